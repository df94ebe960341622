// One step up or down in the choices of each constant that is declared with fihost/tune.h: all of them
// are measured, and the fastest is proposed.
#include <fihost/plugin.hpp>
#include <fihost/tokens.hpp>
#include <string>
#include <vector>

namespace {

using fihost::sdk::Context;
using fihost::sdk::Json;
using fihost::sdk::Token;
using fihost::sdk::tokens;

/// `source` and, for each FIHOST_TUNE(type, name, value, choices...), the sources a step away.
Json neighbours(const std::string& source) {
  Json found = Json::array({{{"source", source}, {"note", "the parent"}}});
  const std::vector<Token> all = tokens(source);
  for (std::size_t i = 0; i + 1 < all.size(); ++i) {
    if (!all[i].is("FIHOST_TUNE") || !all[i + 1].is("(")) continue;
    std::vector<Token> words;  // type, name, value, choices
    const std::size_t end = closing(all, i + 1);
    for (std::size_t k = i + 2; k < end; ++k) {
      if (!all[k].is(",")) words.push_back(all[k]);
    }
    if (words.size() < 4) continue;
    const Token value = words[2];
    for (std::size_t k = 3; k < words.size(); ++k) {
      const bool above = k > 3 && words[k - 1].is(value.text);
      const bool below = k + 1 < words.size() && words[k + 1].is(value.text);
      if (!above && !below) continue;
      std::string changed = source;
      changed.replace(value.offset, value.text.size(), words[k].text);
      found.push_back({{"source", changed},
                       {"note", std::string(words[1].text) + " = " + std::string(words[k].text)}});
    }
  }
  return found;
}

class Step final : public fihost::sdk::Mutator {
 public:
  static constexpr const char* id = "mutator.step";
  static constexpr const char* version = "1.0.0";
  static constexpr const char* summary = "one step of one tunable constant, whichever is fastest";

  Json propose(const Json& request, const Context& context) override {
    const Json& parent = request.at("parents").at(0);
    const Json candidates = neighbours(parent.at("source").get<std::string>());
    if (candidates.size() == 1) return nothing("nothing is declared with FIHOST_TUNE");
    const Json measured = context.ask(
        "measure", "measure", {{"candidates", candidates}, {"language", parent.at("language")}});
    std::size_t best = 0;
    const auto score = [&](std::size_t i) {
      const Json& result = measured.at("results").at(i);  // no score: it is not right
      return result.contains("score") && result["score"].is_number() ? result["score"].get<double>()
                                                                     : 0.0;
    };
    for (std::size_t i = 1; i < candidates.size(); ++i) {
      if (score(i) > score(best)) best = i;
    }
    if (best == 0) return nothing("no step is faster than the parent");
    return {{"children", Json::array({candidates[best]})}};
  }

 private:
  static Json nothing(const char* reason) {
    return {{"children", Json::array()},
            {"failures", Json::array({{{"stage", "search"}, {"reason", reason}}})}};
  }
};

}  // namespace

FIHOST_PLUGIN("mutator_step", Step);
