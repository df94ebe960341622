// Definitions, workloads and rankings between text and structs.
#include <memory>
#include <string>

#include "benchmarks/bench.hpp"
#include "core/base/json.hpp"
#include "core/base/temp_dir.hpp"
#include "core/model/definition.hpp"
#include "core/model/workload.hpp"
#include "core/report/ranking_json.hpp"

namespace fihost::bench {
namespace {

/// Ten tensors, ten axes and three kilobytes of Python: as large as definitions get.
Json definition_json(const std::string& name) {
  Json axes = {{"tokens", {{"type", "var"}, {"description", "Number of tokens"}}}};
  Json inputs = Json::object();
  for (int i = 0; i < 9; ++i) {
    const std::string n = std::to_string(i);
    axes["extent_" + n] = {{"type", "const"}, {"value", 128 * (i + 1)}, {"description", "One"}};
    inputs["input_" + n] = {{"shape", {"tokens", "extent_" + n}},
                            {"dtype", "float8_e4m3fn"},
                            {"description", "What the operation takes as number " + n}};
  }
  std::string reference = "import torch\n\n\ndef run(";
  for (int i = 0; i < 9; ++i) reference += "input_" + std::to_string(i) + (i < 8 ? ", " : "):\n");
  for (int i = 0; i < 50; ++i)
    reference += "    x = torch.matmul(input_0.float(), input_1.T)  # x\n";
  reference += "    return x\n";
  return {{"name", name},
          {"op_type", "moe"},
          {"description", "A definition that has about the size of a fused operation's"},
          {"axes", axes},
          {"inputs", inputs},
          {"outputs", {{"out", {{"shape", {"tokens", "extent_0"}}, {"dtype", "bfloat16"}}}}},
          {"reference", reference}};
}

std::string workload_line(const std::string& definition) {
  Json inputs = Json::object();
  for (int i = 0; i < 9; ++i) {
    inputs["input_" + std::to_string(i)] = {{"type", "safetensors"},
                                            {"path", "./blob/workloads/moe/some/where.safetensors"},
                                            {"tensor_key", "input"}};
  }
  return dump({{"definition", definition},
               {"workload",
                {{"axes", {{"tokens", 4096}}},
                 {"inputs", inputs},
                 {"uuid", "00000000-0000-4000-8000-000000000001"}}},
               {"solution", nullptr},
               {"evaluation", nullptr}});
}

/// 100 candidates on 19 workloads.
Ranking large_ranking() {
  WorkloadResult result;
  result.uuid = "00000000-0000-4000-8000-000000000001";
  result.axes = {{"tokens", 4096}};
  result.trial.status = Status::passed;
  result.trial.correctness.emplace();
  result.trial.timing.emplace().latency_ms = 0.123456789;
  result.baseline = result.trial.timing;
  CandidateResult candidate;
  candidate.name = "candidate";
  candidate.path = "somewhere/candidate.cu";
  candidate.workloads.assign(19, result);
  Ranking ranking;
  ranking.definition = "definition";
  ranking.candidates.assign(100, candidate);
  return ranking;
}

void report_text(benchmark::State& state, const std::string& text) {
  state.SetBytesProcessed(static_cast<std::int64_t>(text.size()) *
                          static_cast<std::int64_t>(state.iterations()));
}

void add_folder(int count) {
  const auto folder = std::make_shared<TempDir>();  // goes with the function
  add("json/" + std::to_string(count) + " definition files", benchmark::kMillisecond,
      [folder, count](benchmark::State& state) {
        std::vector<std::filesystem::path> paths;
        for (int i = 0; i < count; ++i) {
          const std::string name = "definition_" + std::to_string(i);
          paths.push_back(folder->path() / (name + ".json"));
          write_text(paths.back(), dump(definition_json(name), 2));
        }
        for (auto _ : state) {
          for (const auto& path : paths) {
            benchmark::DoNotOptimize(parse_definition(read_json(path), path.string()));
          }
        }
      });
}

}  // namespace

void add_json(const Sizes& sizes) {
  add("json/definition", benchmark::kMicrosecond, [](benchmark::State& state) {
    const std::string text = dump(definition_json("d"), 2);
    for (auto _ : state) {
      benchmark::DoNotOptimize(parse_definition(parse_json(text, "bench"), "bench"));
    }
    report_text(state, text);
  });
  add("json/workload", benchmark::kMicrosecond, [](benchmark::State& state) {
    const Definition definition = parse_definition(definition_json("d"), "bench");
    const std::string text = workload_line("d");
    for (auto _ : state) {
      benchmark::DoNotOptimize(parse_workload(parse_json(text, "bench"), definition, "bench"));
    }
    report_text(state, text);
  });
  add("json/ranking/write", benchmark::kMillisecond, [](benchmark::State& state) {
    const Ranking ranking = large_ranking();
    std::string text;
    for (auto _ : state) {
      text = dump(to_json(ranking), 2);
      benchmark::DoNotOptimize(text);
    }
    report_text(state, text);
  });
  add("json/ranking/read", benchmark::kMillisecond, [](benchmark::State& state) {
    const std::string text = dump(to_json(large_ranking()), 2);
    for (auto _ : state) benchmark::DoNotOptimize(parse_json(text, "bench"));
    report_text(state, text);
  });
  add_folder(sizes.files);
}

}  // namespace fihost::bench
