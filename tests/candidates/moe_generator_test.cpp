#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <set>
#include <string>

#include "core/base/json.hpp"
#include "core/model/definition.hpp"
#include "core/model/workload.hpp"
#include "tests/candidates/moe_problem.hpp"

namespace fihost {
namespace {

const std::string task = "moe_fp8_block_scale_ds_routing_topk8_ng8_kg4_e32_h7168_i2048";
const std::string folder = std::string(FIHOST_TASKS) + "/" + task;

LoadedObject generator() {
  return LoadedObject(std::string(FIHOST_TRUSTED) + "/" + task + "/generator.cpu.so");
}

std::vector<Workload> workloads() {
  const std::string lines = folder + "/workloads.jsonl";
  return read_workloads(
      lines, parse_definition(read_json(folder + "/definition.json"), folder + "/definition.json"));
}

/// Call the generator; logits and bias are written where they are given.
fihost_status generate(std::vector<std::int64_t> arguments, HostTensor* logits, HostTensor* bias,
                       std::string* error = nullptr) {
  std::vector<fihost_tensor> inputs;
  for (std::int64_t& value : arguments)
    inputs.push_back({&value, {FIHOST_CPU, 0}, 0, int64_dtype, nullptr, nullptr, 0});
  std::vector<fihost_tensor> outputs(8);
  if (logits != nullptr) outputs[0] = logits->view();
  if (bias != nullptr) outputs[1] = bias->view();
  return generator().call(inputs, outputs, error);
}

struct Counts {
  std::int64_t active = 0, pairs = 0;
  double gap = 1;  ///< the smallest at any decision
};

Counts count(const HostTensor& logits, const HostTensor& bias, std::int64_t offset) {
  Counts counts;
  std::set<int> active;
  for (std::int64_t t = 0; t < logits.count() / 256; ++t) {
    const TokenRouting token =
        route_by_sorting(logits.as<float>() + t * 256, bias.as<std::uint16_t>());
    counts.gap = std::min({counts.gap, token.group_gap, token.expert_gap});
    for (const int e : token.experts) {
      if (e < offset || e >= offset + 32) continue;
      active.insert(e);
      ++counts.pairs;
    }
  }
  counts.active = static_cast<std::int64_t>(active.size());
  return counts;
}

/// What an implementation must read and write when `active` experts have a token.
double compulsory_bytes(std::int64_t tokens, std::int64_t active) {
  const std::int64_t weights = 4096 * 7168 + 7168 * 2048;
  const std::int64_t scales = 4 * (32 * 56 + 56 * 16);
  const std::int64_t token = 7168 + 4 * 56 + 4 * 256 + 2 * 7168;
  return static_cast<double>(active * (weights + scales) + tokens * token + 2 * 256);
}

}  // namespace

TEST_CASE("the generator gives every workload of the track its experts, pairs and margins") {
  const std::vector<Workload> track = workloads();
  REQUIRE(track.size() == 19);
  for (const Workload& workload : track) {
    CAPTURE(workload.uuid);
    std::map<std::string, std::int64_t> wanted(workload.generator.begin(),
                                               workload.generator.end());
    REQUIRE(workload.generator.size() == 3);
    CHECK(workload.generator[0].first == "local_expert_offset");
    CHECK(workload.generator[1].first == "active_local_experts");
    CHECK(workload.generator[2].first == "local_pairs");
    const std::int64_t tokens = workload.axes.at("seq_len");
    HostTensor logits(float32_dtype, {tokens, 256}), bias(bfloat16_dtype, {256});
    std::vector<std::int64_t> arguments{0x5eed, tokens};
    for (const auto& [name, value] : workload.generator) arguments.push_back(value);
    REQUIRE(generate(arguments, &logits, &bias) == FIHOST_OK);

    const Counts counts = count(logits, bias, wanted.at("local_expert_offset"));
    CHECK(counts.active == wanted.at("active_local_experts"));
    CHECK(counts.pairs == wanted.at("local_pairs"));
    CHECK(counts.gap > 0.99e-4);

    const auto& offset = std::get<ScalarInput>(workload.inputs.at("local_expert_offset"));
    CHECK(std::get<std::int64_t>(offset.value) == wanted.at("local_expert_offset"));
    REQUIRE(workload.cost.has_value());
    CHECK(workload.cost->bytes == compulsory_bytes(tokens, counts.active));
    CHECK(workload.cost->flops == static_cast<double>(counts.pairs) * 2 * 44040192);
  }
}

TEST_CASE("the workloads name one blob each, for logits and bias") {
  std::set<std::string> paths;
  for (const Workload& workload : workloads()) {
    const std::string path =
        "./blob/workloads/moe/" + task + "/" + task + "_" + workload.uuid + ".safetensors";
    for (const std::string name : {"routing_logits", "routing_bias"}) {
      const auto& source = std::get<SafetensorsInput>(workload.inputs.at(name));
      CHECK(source.path == path);
      CHECK(source.tensor_key == name);
    }
    paths.insert(path);
    CHECK(std::holds_alternative<RandomInput>(workload.inputs.at("gemm1_weights")));
  }
  CHECK(paths.size() == 19);
}

TEST_CASE("one seed gives one set of logits") {
  HostTensor a(float32_dtype, {40, 256}), b(float32_dtype, {40, 256}), c(float32_dtype, {40, 256});
  HostTensor bias(bfloat16_dtype, {256}), other_bias(bfloat16_dtype, {256});
  REQUIRE(generate({7, 40, 96, 12, 40}, &a, &bias) == FIHOST_OK);
  REQUIRE(generate({7, 40, 96, 12, 40}, &b, nullptr) == FIHOST_OK);
  REQUIRE(generate({8, 40, 96, 12, 40}, &c, &other_bias) == FIHOST_OK);
  CHECK(std::memcmp(a.as<void>(), b.as<void>(), a.bytes()) == 0);
  CHECK(std::memcmp(a.as<void>(), c.as<void>(), a.bytes()) != 0);
  CHECK(std::memcmp(bias.as<void>(), other_bias.as<void>(), bias.bytes()) != 0);
}

TEST_CASE("local experts may straddle two groups or lie partly outside the layer") {
  HostTensor logits(float32_dtype, {30, 256}), bias(bfloat16_dtype, {256});
  for (const std::int64_t offset : {17, -20, 240}) {
    CAPTURE(offset);
    REQUIRE(generate({3, 30, offset, 9, 25}, &logits, &bias) == FIHOST_OK);
    const Counts counts = count(logits, bias, offset);
    CHECK(counts.active == 9);
    CHECK(counts.pairs == 25);
    CHECK(counts.gap > 0.99e-4);
  }
}

TEST_CASE("without parameters the logits are plain normals without ties") {
  HostTensor logits(float32_dtype, {400, 256}), bias(bfloat16_dtype, {256});
  REQUIRE(generate({11, 400}, &logits, &bias) == FIHOST_OK);
  CHECK(count(logits, bias, 0).gap > 0.99e-4);
  double sum = 0, squares = 0;
  for (std::int64_t i = 0; i < logits.count(); ++i) {
    sum += logits.as<float>()[i];
    squares += static_cast<double>(logits.as<float>()[i]) * logits.as<float>()[i];
  }
  CHECK(sum / 102400 == doctest::Approx(0).epsilon(0.02));
  CHECK(squares / 102400 == doctest::Approx(1).epsilon(0.02));
}

TEST_CASE("the generator refuses what no routing can give") {
  HostTensor logits(float32_dtype, {4, 256});
  std::string error;
  CHECK(generate({1, 4, 0, 3, 2}, &logits, nullptr, &error) == FIHOST_INVALID_ARGUMENT);
  CHECK(error.find("active_local_experts and local_pairs") != std::string::npos);
  CHECK(generate({1, 4, 0, 33, 40}, &logits, nullptr) == FIHOST_INVALID_ARGUMENT);
  CHECK(generate({1, 4, 256, 1, 1}, &logits, nullptr) == FIHOST_INVALID_ARGUMENT);
  CHECK(generate({1, -4}, nullptr, nullptr) == FIHOST_INVALID_ARGUMENT);
  CHECK(generate({1, 4, 0, 32, 32}, &logits, nullptr) == FIHOST_UNSUPPORTED);
}

}  // namespace fihost
