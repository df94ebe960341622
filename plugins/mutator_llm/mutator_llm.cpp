// Three mutators that ask a language model: for an edit, for a new file, and for a combination of two.
#include <fihost/plugin.hpp>
#include <string>
#include <utility>

#include "conversation.hpp"
#include "lines.hpp"
#include "prompt.hpp"
#include "regions.hpp"

namespace {

using fihost::sdk::Context;
using fihost::sdk::Json;
using mutator_llm::Format;
using mutator_llm::Found;
using mutator_llm::message;
using mutator_llm::Prompt;

/// A source with LF line ends, and what it had.
struct Source {
  std::string text;
  bool dos = false;
  explicit Source(const std::string& original)
      : text(mutator_llm::with_unix_line_ends(original)),
        dos(original.find("\r\n") != std::string::npos) {}
  /// In the original's line ends.
  [[nodiscard]] std::string restored(const std::string& child) const {
    return dos ? mutator_llm::with_dos_line_ends(child) : child;
  }
};

Json no_children(const std::string& reason) {
  return {{"children", Json::array()},
          {"failures", Json::array({{{"stage", "edit"}, {"reason", reason}}})}};
}

/// Why `source` cannot be worked on; empty: it can.
std::string marker_problem(const Source& source) {
  const std::string problem =
      mutator_llm::find_regions(mutator_llm::split_lines(source.text)).problem;
  return problem.empty() ? problem : "the parent's markers do not pair up: " + problem;
}

/// Neighbouring children of one request get seeds that are far apart.
std::uint64_t child_seed(std::uint64_t seed, std::size_t child) {
  return seed + child * 0x9e3779b97f4a7c15u;
}

/// What the three have in common; `prepare` is what makes one of them.
class LlmMutator : public fihost::sdk::Mutator {
 public:
  static constexpr bool concurrent = true;

  LlmMutator(const Json& config, Format format) : config_(config), format_(format) {
    for (const char* limit : {"output_tokens", "seconds"}) {
      if (config.contains(limit)) limits_[limit] = config[limit];
    }
  }

  Json propose(const Json& request, const Context& context) override {
    const Json& parents = request.at("parents");
    if (const std::string reason = missing(parents); !reason.empty()) return no_children(reason);
    const Source source(parents.at(0).at("source").get<std::string>());
    if (const std::string reason = marker_problem(source); !reason.empty()) {
      return no_children(reason);
    }
    Json reply = {{"children", Json::array()}, {"failures", Json::array()}};
    const std::size_t count = request.at("count").get<std::size_t>();
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t seed = child_seed(request.value("seed", std::uint64_t{0}), i);
      Prompt prompt(request, source.text, format_);
      Json details = prepare(prompt, parents, seed);
      const std::string question = prompt.text(template_name());
      Found found = mutator_llm::converse(
          context, prompt,
          {source.text, format_,
           Json::array({message("system", prompt.system()), message("user", question)}), "propose",
           seed, limits_});
      if (found.child.is_null()) {
        reply["failures"].push_back(std::move(found.failure));
        continue;
      }
      found.child["source"] = source.restored(found.child["source"].get<std::string>());
      found.child["parents"] = origins();
      found.child["details"].update(details);
      reply["children"].push_back(std::move(found.child));
    }
    return reply;
  }

  Json repair(const Json& request, const Context& context) override {
    const Json& broken = request.at("child");
    const Source source(broken.at("source").get<std::string>());
    if (const std::string reason = marker_problem(source); !reason.empty()) {
      return no_children(reason);
    }
    Prompt prompt(request, source.text, format_);
    prompt.set("diagnostics",
               std::string(mutator_llm::trimmed(request.at("diagnostics").get<std::string>())));
    Json messages = broken.value("conversation", Json::array());
    if (messages.empty()) messages.push_back(message("system", prompt.system()));
    messages.push_back(message("user", prompt.text("repair")));
    Found found = mutator_llm::converse(context, prompt,
                                        {source.text, format_, std::move(messages), "repair",
                                         request.value("seed", std::uint64_t{0}), limits_});
    if (found.child.is_null()) {
      return {{"children", Json::array()}, {"failures", Json::array({std::move(found.failure)})}};
    }
    found.child["source"] = source.restored(found.child["source"].get<std::string>());
    for (const char* kept : {"note", "parents", "details"}) {
      if (broken.contains(kept)) found.child[kept] = broken[kept];
    }
    return {{"children", Json::array({std::move(found.child)})}, {"failures", Json::array()}};
  }

 protected:
  [[nodiscard]] const Json& config() const { return config_; }

 private:
  /// Why these parents are not enough; empty: they are.
  [[nodiscard]] virtual std::string missing(const Json& parents) const {
    return parents.empty() ? "there is no parent to improve" : "";
  }
  /// Sets what the template needs besides; returns what is worth keeping with the child.
  [[nodiscard]] virtual Json prepare(Prompt& prompt, const Json& parents,
                                     std::uint64_t seed) const = 0;
  [[nodiscard]] virtual const char* template_name() const = 0;
  /// Which parents the child descends from, by index.
  [[nodiscard]] virtual Json origins() const { return Json::array({0}); }

  Json config_, limits_ = Json::object();
  Format format_;
};

class LlmDiff final : public LlmMutator {
 public:
  static constexpr const char* id = "mutator.llm_diff";
  static constexpr const char* version = "1.0.0";
  static constexpr const char* summary = "asks a language model for an edit of the parent";
  static constexpr const char* config_schema = R"({
    "type": "object",
    "properties": {
      "output_tokens": {"type": "integer", "minimum": 1, "description": "of one answer"},
      "seconds": {"type": "number", "minimum": 0, "description": "for one answer"}
    }})";
  LlmDiff(const Json& config, const Context&) : LlmMutator(config, Format::diff) {}

 private:
  Json prepare(Prompt&, const Json&, std::uint64_t) const override { return Json::object(); }
  const char* template_name() const override { return "diff"; }
};

class LlmRewrite final : public LlmMutator {
 public:
  static constexpr const char* id = "mutator.llm_rewrite";
  static constexpr const char* version = "1.0.0";
  static constexpr const char* summary = "asks a language model to write the parent anew";
  static constexpr const char* config_schema = R"({
    "type": "object",
    "properties": {
      "output_tokens": {"type": "integer", "minimum": 1, "description": "of one answer"},
      "seconds": {"type": "number", "minimum": 0, "description": "for one answer"},
      "brief": {"type": "string", "description": "always this one of briefs.md; default: drawn"}
    }})";
  LlmRewrite(const Json& config, const Context&) : LlmMutator(config, Format::whole) {}

 private:
  Json prepare(Prompt& prompt, const Json&, std::uint64_t seed) const override {
    const auto brief = prompt.brief(config().value("brief", std::string()), seed);
    prompt.set("brief", brief.text);
    return {{"brief", brief.name}};
  }
  const char* template_name() const override { return "rewrite"; }
};

class LlmCrossover final : public LlmMutator {
 public:
  static constexpr const char* id = "mutator.llm_crossover";
  static constexpr const char* version = "1.0.0";
  static constexpr const char* summary = "asks a language model to combine two parents";
  static constexpr const char* config_schema = LlmDiff::config_schema;
  LlmCrossover(const Json& config, const Context&) : LlmMutator(config, Format::whole) {}

 private:
  std::string missing(const Json& parents) const override {
    return parents.size() < 2 ? "there is no second parent to combine with" : "";
  }
  Json prepare(Prompt& prompt, const Json& parents, std::uint64_t) const override {
    prompt.set("partner_name", parents.at(1).value("name", std::string("the partner")));
    const std::string partner = parents.at(1).at("source").get<std::string>();
    prompt.set("partner_source", mutator_llm::with_unix_line_ends(partner));
    prompt.set("comparison", mutator_llm::comparison_of(parents.at(0), parents.at(1)));
    return Json::object();
  }
  const char* template_name() const override { return "crossover"; }
  Json origins() const override { return Json::array({0, 1}); }
};

}  // namespace

FIHOST_PLUGIN("mutator_llm", LlmDiff, LlmRewrite, LlmCrossover);
