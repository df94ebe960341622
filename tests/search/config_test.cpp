#include "core/search/config.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/temp_dir.hpp"
#include "core/search/config_keys.hpp"

using fihost::Json;
using namespace fihost::search;

namespace {

struct Read {
  EvolveConfig config;
  std::vector<std::string> notes;
};

Read read_text(const std::string& text, const std::string& name = "evolve.yaml") {
  const fihost::TempDir folder;
  fihost::write_text(folder.path() / name, text);
  Read read;
  read.config = read_config(folder.path() / name, read.notes);
  return read;
}

/// What is wrong with `text`, from the file's name on.
std::string refusal(const std::string& text, const std::string& name = "evolve.yaml") {
  try {
    (void)read_text(text, name);
  } catch (const fihost::Error& e) {
    CHECK(e.fault() == fihost::Fault::usage);
    const std::string what = e.what();
    return what.substr(what.find(name));
  }
  return "taken";
}

const char* const example = R"(
max_iterations: 50
early_stopping_patience: null
target_score: 1.5
random_seed: 18446744073709551615
llm:
  api_base: http://localhost:11434/v1
  api_key: ${OPENAI_API_KEY}
  temperature: 0.7
  models:
    - {name: a, weight: 2}
prompt:
  section_bytes: {profile: 1024}
database:
  parent_selection: best_of_n
  feature_edges:
    registers: [32, 64.5]
evaluator:
  devices: [cuda:0, "cuda:1"]
  workloads: "0"
mutators:
  - mutator.params
  - id: mutator.llm_diff
    weight: 3
    tries: 2
profiler:
  plugin: profiler.ncu
budget:
  usd: 5
)";

}  // namespace

TEST_CASE("a configuration in YAML is read, every kind of key") {
  const auto [config, notes] = read_text(example);
  CHECK(notes.empty());
  CHECK(config.max_iterations == 50);
  CHECK(config.early_stopping_patience == 0);
  CHECK(config.target_score == 1.5);
  CHECK(config.random_seed == 18446744073709551615u);
  CHECK(config.llm.id == "llm.openai");
  CHECK(config.llm.config["temperature"] == 0.7);
  CHECK(config.llm.config["models"][0]["weight"] == 2);
  CHECK(config.prompt.section_bytes.at("profile") == 1024);
  CHECK(config.database.parent_selection == ParentSelection::best_of_n);
  CHECK(config.database.feature_edges.at("registers") == std::vector<double>{32, 64.5});
  CHECK(config.evaluator.devices == std::vector<std::string>{"cuda:0", "cuda:1"});
  CHECK(config.evaluator.workloads == "0");
  REQUIRE(config.mutators.size() == 2);
  CHECK(config.mutators[0].id == "mutator.params");
  CHECK(config.mutators[0].weight == 1);
  CHECK(config.mutators[1].weight == 3);
  CHECK(config.mutators[1].config == Json{{"tries", 2}});
  CHECK(config.profiler.id == "profiler.ncu");
  CHECK(config.budget.usd == 5.0);
  CHECK_FALSE(config.budget.llm_tokens);
}

TEST_CASE("what is printed is read again as it was, as JSON and as YAML") {
  for (const auto& text : {std::string(example), std::string("{}")}) {
    const auto json = to_json(read_text(text).config);
    CHECK(to_json(read_text(fihost::dump(json), "evolve.json").config) == json);
    CHECK(to_json(read_text(to_yaml(read_text(text).config)).config) == json);
  }
}

TEST_CASE("text that looks like something else stays text through YAML") {
  EvolveConfig config;
  for (const char* text : {"", "null", "true", "0x10", "1e3", ".5", "~", "- a", "a: b", "a #b",
                           "say \"it\"\n  twice\t\x01", "{x}", "ünïcode", "*", "yes", "-", "<<"}) {
    config.prompt.system_message = text;
    CHECK_MESSAGE(read_text(to_yaml(config)).config.prompt.system_message == text, text);
  }
}

TEST_CASE("an unknown key is refused with its line and the nearest known one") {
  CHECK(refusal("max_iterations: 5\ndatabase:\n  num_island: 3\n") ==
        "evolve.yaml:3: there is no key 'database.num_island'; did you mean "
        "'database.num_islands'?");
  CHECK(refusal("evaluater: {}") ==
        "evolve.yaml:1: there is no key 'evaluater'; did you mean 'evaluator'?");
  CHECK(refusal("{\"prompt\": {\n\"zzzzzzz\": 1}}", "evolve.json") ==
        "evolve.json:2: there is no key 'prompt.zzzzzzz'; docs/evolve-config.md lists them");
}

TEST_CASE("a value of the wrong type or out of range is refused with what is wanted") {
  CHECK(refusal("\ndatabase: {num_islands: 0}") ==
        "evolve.yaml:2: database.num_islands: found 0, wanted an integer from 1 to 1000");
  CHECK(refusal("max_iterations: many") ==
        "evolve.yaml:1: max_iterations: found \"many\", wanted an integer from 0 to 1000000000");
  CHECK(
      refusal("max_iterations: -1").ends_with("found -1, wanted an integer from 0 to 1000000000"));
  CHECK(refusal("max_iterations: 1.5").find("found 1.5") != std::string::npos);
  CHECK(refusal("database: {migration_rate: .nan}").ends_with("wanted a number from 0 to 1"));
  CHECK(refusal("deterministic: yes").ends_with("found \"yes\", wanted true or false"));
  CHECK(refusal("database: {parent_selection: best}")
            .ends_with("wanted one of weighted, random_parent, best_of_n"));
  CHECK(refusal("database: {feature_edges: {registers: [2, 1]}}")
            .ends_with("found a mapping, wanted a mapping of names to ascending lists of numbers"));
  CHECK(refusal("evaluator: {devices: [gpu]}") ==
        "evolve.yaml:1: evaluator.devices: found gpu, wanted \"cpu\" or \"cuda:N\"");
  CHECK(refusal("mutators:\n- id: mutator.x\n- weight: 1") ==
        "evolve.yaml:3: mutators: wanted the key 'id', which names the plugin");
  CHECK(refusal("profiler: {}") ==
        "evolve.yaml:1: profiler: wanted the key 'plugin', which names it");
  CHECK(refusal("prompt: 5") == "evolve.yaml:1: prompt: found 5, wanted a mapping");
}

TEST_CASE("what is malformed is refused with its line") {
  CHECK(refusal("a: 1\nb: [1").starts_with("evolve.yaml:2: not valid YAML: "));
  CHECK(refusal("random_seed: 1\nrandom_seed: 2") ==
        "evolve.yaml:2: the key random_seed stands twice");
  CHECK(refusal("--- {}\n--- {}") == "evolve.yaml: holds 2 documents; wanted one");
  CHECK(refusal("llm: !!python/object:os.system {}").find("tag") != std::string::npos);
  CHECK(refusal("{\n\"a\": }", "evolve.json").starts_with("evolve.json:2: not valid JSON"));
  std::string bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n";
  for (char c = 'b'; c < 'j'; ++c) {
    bomb += fmt::format("{0}: &{0} [*{1}, *{1}, *{1}, *{1}, *{1}, *{1}, *{1}, *{1}, *{1}]\n", c,
                        static_cast<char>(c - 1));
  }
  CHECK(refusal(bomb).ends_with("has more than 10000 values"));
  CHECK(refusal("a: &a [*a]\n").ends_with("nests deeper than 64 levels"));
}

TEST_CASE("keys of OpenEvolve without a meaning here are taken and told") {
  const auto [config, notes] = read_text(
      "checkpoint_interval: 10\nevaluator:\n  timeout: 300\n  parallel_evaluations: 4\n"
      "database:\n  feature_dimensions: [complexity, diversity]\nevolution_trace: {enabled: "
      "true}\n");
  CHECK(config.evaluator.timeout_s == 300);
  CHECK(config.database.feature_dimensions == DatabaseConfig().feature_dimensions);
  REQUIRE(notes.size() == 6);
  CHECK(notes[0].ends_with(
      "evolve.yaml:1: checkpoint_interval has no effect: every event is saved as it happens"));
  CHECK(notes[1].find("evaluator.timeout is taken for evaluator.timeout_s") != std::string::npos);
}

TEST_CASE("a workload may be named by its bare number") {
  CHECK(read_text("evaluator: {workloads: 3}").config.evaluator.workloads == "3");
}

TEST_CASE("a folder of templates is relative to the configuration's") {
  const fihost::TempDir folder;
  const auto file = folder.path() / "deep/evolve.yaml";
  fihost::write_text(file, "prompt: {template_dir: ../templates}\n");
  std::vector<std::string> notes;
  const auto config = read_config(file, notes);
  CHECK(config.prompt.template_dir == (folder.path() / "templates").string());
}

TEST_CASE("the example of the documentation is taken without a note") {
  std::vector<std::string> notes;
  const auto config = read_config(EXAMPLE_CONFIG, notes);
  CHECK(notes.empty());
  CHECK(config.mutators.size() == 2);
  CHECK(config.llm.config["api_key"] == "${LLM_API_KEY}");
}

TEST_CASE("the default of every key is a value that the key takes") {
  std::vector<std::string> notes;
  CHECK(to_json(parse_config(to_json(EvolveConfig()), "defaults", notes)) ==
        to_json(EvolveConfig()));
  CHECK(notes.empty());
  for (const auto& foreign : foreign_keys()) {
    CHECK_MESSAGE(std::none_of(config_keys().begin(), config_keys().end(),
                               [&](const ConfigKey& key) {
                                 return key.section == foreign.section && key.name == foreign.name;
                               }),
                  foreign.name);
  }
}
