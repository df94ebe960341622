#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/model/definition.hpp"
#include "tests/candidates/moe_problem.hpp"

namespace fihost {
namespace {

const std::string task = "moe_fp8_block_scale_ds_routing_topk8_ng8_kg4_e32_h7168_i2048";

LoadedObject trusted(const std::string& role) {
  return LoadedObject(std::string(FIHOST_TRUSTED) + "/" + task + "/" + role + ".cpu.so");
}

/// The reference agrees with the evaluation in double on single elements of one token.
void check_elements(const MoeProblem& problem, const HostTensor& output, std::int64_t token) {
  CAPTURE(token);
  const std::vector<std::int64_t> columns{0, 1, 127, 128, 2047, 4000, 7167};
  const std::vector<double> expected = problem.evaluate(token, columns);
  // Products of 1e4..1e5 cancel in the sums, so float32 leaves an absolute error.
  for (std::size_t i = 0; i < columns.size(); ++i) {
    CAPTURE(columns[i]);
    const double actual = from_bfloat16(output.as<std::uint16_t>()[token * 7168 + columns[i]]);
    CHECK(std::abs(actual - expected[i]) <= 1 + 0.004 * std::abs(expected[i]));
  }
}

bool is_zero(const HostTensor& output, std::int64_t token) {
  const auto* row = output.as<std::uint16_t>() + token * 7168;
  return std::all_of(row, row + 7168, [](std::uint16_t bits) { return bits == 0; });
}

}  // namespace

TEST_CASE("the MoE reference equals an evaluation in double") {
  MoeProblem problem(3, 64, 1);
  problem.send(0, {64, 100, 130, 200, 10, 11, 12, 95});  // first and last local expert
  problem.send(1, {1, 2, 33, 34, 130, 131, 200, 201});   // none
  problem.send(2, {70, 1, 2, 130, 131, 200, 201, 3});    // one
  for (const int local : {0, 31, 6}) problem.fill_expert(local);
  const HostTensor output = problem.run(trusted("reference"));
  check_elements(problem, output, 0);
  check_elements(problem, output, 2);
  CHECK(is_zero(output, 1));
}

TEST_CASE("the MoE reference chooses by biased scores inside the four best groups only") {
  MoeProblem problem(2, 0, 2);
  // The best expert of all stands alone in group 0: four other groups have two good ones each.
  problem.send(0, {32, 33, 64, 65, 96, 97, 128, 129});
  float* const logits = problem.routing_logits.as<float>();
  logits[0] = 9;
  for (int e = 1; e < 32; ++e) logits[e] = -30;
  // Expert 40 needs its bias to be chosen; its weight is that of the plain score.
  problem.send(1, {41, 42, 64, 65, 96, 97, 128, 129});
  logits[256 + 40] = 0.5f;
  problem.routing_bias.as<std::uint16_t>()[40] = to_bfloat16(0.5f);
  for (const int local : {0, 1, 8, 9, 10}) problem.fill_expert(local);
  const TokenRouting biased =
      route_by_sorting(logits + 256, problem.routing_bias.as<std::uint16_t>());
  REQUIRE(biased.experts[0] == 40);
  const HostTensor first = problem.run(trusted("reference"));
  CHECK(is_zero(first, 0));

  problem.local_expert_offset.as<std::int32_t>()[0] = 32;
  const HostTensor output = problem.run(trusted("reference"));
  check_elements(problem, output, 0);
  check_elements(problem, output, 1);
}

TEST_CASE("local experts at both ends of the layer and outside it get what is theirs") {
  MoeProblem problem(2, 0, 3);
  problem.send(0, {0, 1, 32, 33, 64, 65, 96, 97});
  problem.send(1, {255, 254, 192, 193, 160, 161, 128, 129});
  struct Case {
    int offset, token;
    std::vector<int> locals;  ///< that the token goes to
  };
  for (const Case& end :
       {Case{0, 0, {0, 1}}, Case{-31, 0, {31}}, Case{224, 1, {31, 30}}, Case{255, 1, {0}}}) {
    CAPTURE(end.offset);
    for (const int local : end.locals) problem.fill_expert(local);
    problem.local_expert_offset.as<std::int32_t>()[0] = end.offset;
    const HostTensor output = problem.run(trusted("reference"));
    check_elements(problem, output, end.token);
    CHECK(is_zero(output, 1 - end.token));
  }
  for (const int offset : {256, -32, 1000}) {
    problem.local_expert_offset.as<std::int32_t>()[0] = offset;
    const HostTensor output = problem.run(trusted("reference"));
    CHECK(is_zero(output, 0));
    CHECK(is_zero(output, 1));
  }
}

TEST_CASE("all tokens may go to one local expert") {
  MoeProblem problem(9, 32, 4);
  for (std::int64_t t = 0; t < 9; ++t) problem.send(t, {40, 1, 2, 70, 71, 100, 101, 3});
  problem.fill_expert(8);
  const HostTensor output = problem.run(trusted("reference"));
  check_elements(problem, output, 0);
  check_elements(problem, output, 8);
}

TEST_CASE("every MoE candidate for the CPU agrees with the reference") {
  const std::string definition = std::string(FIHOST_TASKS) + "/" + task + "/definition.json";
  const Tolerance tolerance = parse_definition(read_json(definition), definition).tolerance;
  CHECK(tolerance.atol == 1.0);
  CHECK(tolerance.rtol == 0.3);
  REQUIRE(tolerance.required_matched_ratio == 0.9);
  // A token with several local experts, an expert with several tokens, tokens with none.
  MoeProblem problem(7, 192, 5);
  problem.generate(trusted("generator"), 3, 9);
  const HostTensor expected = problem.run(trusted("reference"));

  int seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(FIHOST_CANDIDATES "/" + task)) {
    if (entry.path().filename().string().find(".cpu.so") == std::string::npos) continue;
    CAPTURE(entry.path().string());
    const LoadedObject candidate(entry.path());
    CHECK(candidate.table().definition == task);
    CHECK(candidate.table().role == FIHOST_ROLE_CANDIDATE);
    const HostTensor actual = problem.run(candidate);
    CHECK(matched_ratio(actual, expected, {tolerance.atol, tolerance.rtol}) >= 0.9);
    // They compute in float32, so they are far closer than the contest asks.
    CHECK(matched_ratio(actual, expected, {1, 0.01}) >= 0.999);
    ++seen;
  }
  CHECK(seen >= 2);

  HostTensor zeros(bfloat16_dtype, {7, 7168});
  CHECK(matched_ratio(zeros, expected, {tolerance.atol, tolerance.rtol}) < 0.9);
}

}  // namespace fihost
