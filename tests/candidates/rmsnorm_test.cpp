#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <set>
#include <string>

#include "core/base/json.hpp"
#include "core/model/definition.hpp"
#include "core/model/workload.hpp"
#include "tests/candidates/loaded_object.hpp"

namespace fihost {
namespace {

const std::string task = "rmsnorm_h7168";
constexpr std::int64_t columns = 7168;

struct RmsnormProblem {
  explicit RmsnormProblem(std::int64_t batch_size)
      : rows(batch_size), x(bfloat16_dtype, {rows, columns}), weight(bfloat16_dtype, {columns}) {
    std::uint64_t random = 17;
    for (std::int64_t i = 0; i < x.count(); ++i)
      x.as<std::uint16_t>()[i] =
          to_bfloat16(next_normal(random) * static_cast<float>(1 + i / columns % 5));
    for (std::int64_t i = 0; i < columns; ++i)
      weight.as<std::uint16_t>()[i] = to_bfloat16(next_normal(random));
  }

  HostTensor run(const LoadedObject& object) {
    HostTensor output(bfloat16_dtype, {rows, columns});
    std::memset(output.as<void>(), 0xff, output.bytes());
    REQUIRE(object.call({x.view(), weight.view()}, {output.view()}) == FIHOST_OK);
    return output;
  }

  std::int64_t rows;
  HostTensor x, weight;
};

LoadedObject reference() {
  return LoadedObject(std::string(FIHOST_TRUSTED) + "/" + task + "/reference.cpu.so");
}

/// Elements that are more than `steps` bfloat16 values apart.
std::int64_t differing(const HostTensor& a, const HostTensor& b, int steps) {
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < a.count(); ++i) {
    const int difference = a.as<std::uint16_t>()[i] - b.as<std::uint16_t>()[i];
    if (std::abs(difference) > steps) ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("the RMSNorm reference rounds the exact result once") {
  RmsnormProblem problem(3);
  std::memset(problem.x.as<std::uint16_t>() + columns, 0, 2 * columns);  // epsilon alone
  const HostTensor output = problem.run(reference());
  for (std::int64_t row = 0; row < 3; ++row) {
    double squares = 0;
    const auto* x = problem.x.as<std::uint16_t>() + row * columns;
    for (std::int64_t i = 0; i < columns; ++i) squares += std::pow(from_bfloat16(x[i]), 2.0);
    const double scale = 1 / std::sqrt(squares / columns + 1e-6);
    int wrong = 0;
    for (std::int64_t i = 0; i < columns; ++i) {
      const double exact =
          from_bfloat16(x[i]) * scale * from_bfloat16(problem.weight.as<std::uint16_t>()[i]);
      const double actual = from_bfloat16(output.as<std::uint16_t>()[row * columns + i]);
      // Half a bfloat16 step is 2^-8 of the power of two below.
      if (std::abs(actual - exact) > std::abs(exact) * 0.003907) ++wrong;
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("small rows show epsilon") {
  RmsnormProblem problem(1);
  for (std::int64_t i = 0; i < columns; ++i) {
    problem.x.as<std::uint16_t>()[i] = to_bfloat16(0x1p-10f);
    problem.weight.as<std::uint16_t>()[i] = to_bfloat16(1);
  }
  const HostTensor output = problem.run(reference());
  const double exact = 0x1p-10 / std::sqrt(0x1p-20 + 1e-6);
  CHECK(from_bfloat16(output.as<std::uint16_t>()[5]) == doctest::Approx(exact).epsilon(0.004));
}

TEST_CASE("every RMSNorm candidate for the CPU agrees with the reference") {
  const LoadedObject trusted = reference();
  int seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(FIHOST_CANDIDATES "/" + task)) {
    if (entry.path().filename().string().find(".cpu.so") == std::string::npos) continue;
    CAPTURE(entry.path().string());
    const LoadedObject candidate(entry.path());
    CHECK(candidate.table().definition == task);
    for (const std::int64_t rows : {1, 2, 3, 32, 33, 130}) {
      CAPTURE(rows);
      RmsnormProblem problem(rows);
      CHECK(differing(problem.run(candidate), problem.run(trusted), 1) == 0);
    }
    ++seen;
  }
  CHECK(seen >= 2);
}

TEST_CASE("the RMSNorm workloads are the powers of two up to 8192 and state their cost") {
  const std::string folder = std::string(FIHOST_TASKS) + "/" + task;
  const Definition definition =
      parse_definition(read_json(folder + "/definition.json"), folder + "/definition.json");
  CHECK(definition.tolerance.atol == 1e-2);
  const std::string lines = folder + "/workloads.jsonl";
  const std::vector<Workload> workloads = read_workloads(lines, definition);
  REQUIRE(workloads.size() == 14);
  std::int64_t rows = 1;
  std::set<std::string> uuids;
  for (const Workload& workload : workloads) {
    CHECK(workload.axes.at("batch_size") == rows);
    REQUIRE(workload.cost.has_value());
    CHECK(workload.cost->bytes == static_cast<double>(2 * 2 * rows * columns + 2 * columns));
    CHECK(workload.cost->flops == static_cast<double>(4 * rows * columns));
    uuids.insert(workload.uuid);
    rows *= 2;
  }
  CHECK(uuids.size() == 14);
}

}  // namespace fihost
