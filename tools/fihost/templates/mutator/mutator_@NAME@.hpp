// Doubles and halves the number in a parent's line "constexpr int threads = N;".
#pragma once

#include <fihost/plugin.hpp>
#include <regex>
#include <string>

class Mutator final : public fihost::sdk::Mutator {
 public:
  static constexpr const char* id = "mutator.@NAME@";
  static constexpr const char* version = "0.1.0";
  static constexpr const char* summary = "doubles and halves the threads of a block";

  /// `request` and the reply are as share/fihost/schemas/mutator.propose.json has them.
  fihost::sdk::Json propose(const fihost::sdk::Json& request,
                            const fihost::sdk::Context&) override {
    const auto wanted = request.at("count").get<std::size_t>();
    auto children = fihost::sdk::Json::array();
    for (const auto& parent : request.at("parents")) {
      const auto source = parent.at("source").get<std::string>();
      static const std::regex constant("(constexpr int threads = )([0-9]{1,4});");
      std::smatch found;
      if (!std::regex_search(source, found, constant)) continue;
      const int threads = std::stoi(found[2]);
      for (const int other : {threads * 2, threads / 2}) {
        if (other < 32 || other > 1024 || children.size() == wanted) continue;
        const auto number = std::to_string(other);
        children.push_back({{"source", std::regex_replace(source, constant, "$01" + number + ";")},
                            {"note", "threads = " + number}});
      }
    }
    return {{"children", std::move(children)}};
  }
};
