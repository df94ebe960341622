#include <doctest/doctest.h>
#include <stdlib.h>

#include "core/base/error.hpp"
#include "core/base/temp_dir.hpp"
#include "core/search/config.hpp"

using fihost::Json;
using namespace fihost::search;

namespace {

constexpr const char* secret = "sk-4f0c9d";

bool shows(const std::string& text) { return text.find(secret) != std::string::npos; }

const Json llm = {
    {"api_key", secret},
    {"plugin", "llm.openai"},
    {"max_tokens", 4096},
    {"headers", {{"X-Team", secret}, {"Authorization", "Bearer ${TOKEN}"}}},
    {"api_base", "https://user:sk-4f0c9d@host/v1"},
    {"models", {{{"name", "a"}, {"api_key", "x${VAR}sk-4f0c9d"}, {"Api-Key", secret}}}}};

}  // namespace

TEST_CASE("a literal secret is neither in the JSON nor in the YAML of a configuration") {
  std::vector<std::string> notes;
  const auto config = parse_config({{"llm", llm},
                                    {"mutators", {{{"id", "mutator.x"}, {"hub_token", secret}}}},
                                    {"profiler", {{"plugin", "profiler.x"}, {"password", secret}}}},
                                   "test", notes);
  CHECK(config.llm.config["api_key"] == secret);
  CHECK_FALSE(shows(fihost::dump(to_json(config))));
  CHECK_FALSE(shows(to_yaml(config)));
  const auto json = to_json(config)["llm"];
  CHECK(json["api_key"] == "***");
  CHECK(json["headers"]["Authorization"] == "Bearer ${TOKEN}");
  CHECK(json["api_base"] == "https://user:***@host/v1");
  CHECK(json["max_tokens"] == 4096);
}

TEST_CASE("a literal secret is not in what is said of a broken configuration") {
  const fihost::TempDir folder;
  const auto refusal = [&](const std::string& name, const std::string& text) {
    fihost::write_text(folder.path() / name, text);
    std::vector<std::string> notes;
    try {
      (void)read_config(folder.path() / name, notes);
    } catch (const fihost::Error& e) {
      return std::string(e.what());
    }
    return std::string("taken");
  };
  for (const auto& text :
       {std::string(R"({"llm": {"api_key": "sk-4f0c9d)"), std::string("{\"llm\": \"sk-4f0c9d\"}"),
        std::string(R"({"llm": {"api_key": sk-4f0c9d}})"),
        std::string(R"({"llm": {"api_key": "sk-4f0c9d)") + "\x01\"}}",
        std::string(R"({"llm": {"plugin": "sk-4f0c9d"}})"),
        std::string(R"({"mutators": [{"id": "sk-4f0c9d"}]})"),
        std::string(R"({"api_key": "sk-4f0c9d"})"),
        std::string("{\"llm\": {\"api_key\": \"sk-4f0c9d\" \"x\"}}")}) {
    for (const char* name : {"evolve.json", "evolve.yaml"}) {
      const auto what = refusal(name, text);
      CHECK_MESSAGE(!shows(what), what);
    }
  }
  CHECK_FALSE(shows(refusal("a.yaml", "llm:\n  api_key: 'sk-4f0c9d\n  x: 1\n")));
}

TEST_CASE("variables come from the environment, in any depth") {
  ::setenv("FIHOST_TEST_KEY", "k", 1);
  ::unsetenv("FIHOST_TEST_NONE");
  const auto out = expanded({{"a", {{{"b", "x${FIHOST_TEST_KEY}y${FIHOST_TEST_KEY}"}}}},
                             {"c", "$FIHOST_TEST_KEY $ {} 5"},
                             {"d", 5}},
                            "llm");
  CHECK(out["a"][0]["b"] == "xkyk");
  CHECK(out["c"] == "$FIHOST_TEST_KEY $ {} 5");
  CHECK(out["d"] == 5);
  CHECK_THROWS_WITH_AS(
      (void)expanded({{"models", {{{"api_key", "${FIHOST_TEST_NONE}"}}}}}, "llm"),
      "llm.models[0].api_key: the environment has no variable FIHOST_TEST_NONE; set it",
      fihost::Error);
}

TEST_CASE("a secret that was not kept is asked for again") {
  CHECK_THROWS_WITH_AS((void)expanded({{"api_key", "***"}}, "llm"),
                       doctest::Contains("llm.api_key: the value is a secret that was not kept"),
                       fihost::Error);
}
