// The loopholes of FlashInfer Trace's rule: closed by default, open and flagged with --compat.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/base/temp_dir.hpp"
#include "tests/end_to_end/fihost_process.hpp"

using namespace fihost;
using namespace fihost::test;

namespace {

/// What a candidate gets on the workload without NaN and infinities, and on the one with them.
struct Expectation {
  const char* name;
  bool plain, edges;                ///< passes by the strict rule
  bool compat_plain, compat_edges;  ///< passes by FlashInfer Trace's
  const char* flag;                 ///< a part of the strict rule's first remark
};

// A right answer with infinities never passes FlashInfer Trace's rule.
const std::vector<Expectation> batch = {
    {"right", true, true, true, false, ""},
    {"scattered", true, true, true, false, ""},
    {"finite_instead", true, false, true, true, "NaN or infinite"},
    {"other_infinity", true, false, true, false, "NaN or infinite"},
    {"unwritten_bytes", false, false, true, false, "elements were not written"},
    {"unwritten_truth", false, false, true, false, "elements were not written"},
    {"wrong_row", false, false, true, false, "row 17: 4096 of 4096 elements"},
    {"wrong_tile", false, false, true, false, "wrong in 40 of 40 rows"},
};

std::map<std::string, Json> rank(const std::string& device, bool compat) {
  const TempDir cache;
  std::vector<std::string> arguments = {"rank", "--json",       "--quick",    "--device",
                                        device, "--definition", "edges_mixed"};
  if (compat) arguments.push_back("--compat");
  for (const Expectation& expected : batch) {
    arguments.push_back(object(device + "_loophole_" + expected.name));
  }
  const Output output = run_fihost(arguments, cache.path());
  CAPTURE(output.err);
  REQUIRE(output.exit.code == 0);
  const Json ranking = parse_json(output.out, "stdout");
  CHECK(ranking.at("rule") == (compat ? "compat" : "strict"));
  return rows_by_name(ranking);
}

std::string first_flag(const Json& row) {
  for (const Json& workload : row.at("workloads")) {
    const Json& strict = workload.at("strict");
    if (strict.is_object() && strict.at("failure") != "") return strict.at("failure");
  }
  return "";
}

void check_batch(const std::string& device, bool compat) {
  const auto rows = rank(device, compat);
  for (const Expectation& expected : batch) {
    CAPTURE(std::string(expected.name));
    const Json& row = rows.at(device + "_loophole_" + expected.name);
    const auto status = [](bool passes) { return passes ? "PASSED" : "INCORRECT_NUMERICAL"; };
    const Json& plain = row.at("workloads").at(0);
    const Json& edges = row.at("workloads").at(1);
    CHECK_MESSAGE(plain.at("status") == status(compat ? expected.compat_plain : expected.plain),
                  plain.at("log"));
    CHECK_MESSAGE(edges.at("status") == status(compat ? expected.compat_edges : expected.edges),
                  edges.at("log"));
    const std::string flag = first_flag(row);
    CHECK_MESSAGE(flag.find(expected.flag) != std::string::npos, flag);
    CHECK(flag.empty() == std::string(expected.flag).empty());
    if (!compat && !expected.plain) CHECK(plain.at("log") == flag);
  }
}

}  // namespace

TEST_SUITE_BEGIN("strict");

TEST_CASE("by default every loophole costs its candidate, and noise costs nobody") {
  check_batch("cpu", false);
}

TEST_CASE("--compat decides as FlashInfer Trace does and flags what that lets pass") {
  check_batch("cpu", true);
}

TEST_CASE("load shows what the strict rule says of a candidate that passed by the other") {
  const TempDir cache;
  const Output output = run_fihost({"load", "--compat", "--quick", "--device", "cpu", "--workloads",
                                    "rows=40", object("cpu_loophole_wrong_row")},
                                   cache.path());
  CAPTURE(output.err);
  CHECK(output.exit.code == 0);
  CHECK(output.out.find("compat rule") != std::string::npos);
  CHECK(output.out.find("strict rule: 00000000 (rows=40): output y of input set 0 is wrong in 1 of "
                        "40 rows") != std::string::npos);
}

TEST_SUITE_END();

TEST_SUITE_BEGIN("gpu");

TEST_CASE("by default every loophole costs its CUDA candidate, and noise costs nobody") {
  check_batch("cuda", false);
}

TEST_CASE("--compat decides on CUDA as FlashInfer Trace does and flags what that lets pass") {
  check_batch("cuda", true);
}

TEST_SUITE_END();
