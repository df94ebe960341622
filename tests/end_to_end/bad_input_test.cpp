// What a batch of bad candidates gets: each its own verdict, and the rest of the batch goes on.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/base/temp_dir.hpp"
#include "tests/end_to_end/fihost_process.hpp"

using namespace fihost;
using namespace fihost::test;

namespace {

struct Expectation {
  const char* name;
  const char* verdict;
  const char* log;  ///< a part of the log of the first workload that did not pass
};

const std::vector<Expectation> cpu_batch = {
    {"cpu_constructor_crashes", "RUNTIME_ERROR", "signal 11"},
    {"cpu_constructor_hangs", "TIMEOUT", "constructor"},
    {"cpu_constructor_exits", "RUNTIME_ERROR", "exit code 0"},
    {"cpu_never_writes", "INCORRECT_NUMERICAL", "1000 of 1000 elements were not written"},
    {"cpu_infinite_loop", "TIMEOUT", "run()"},
    {"cpu_segfault", "RUNTIME_ERROR", "signal 11"},
    {"cpu_exits", "RUNTIME_ERROR", "exit code 0"},
    {"cpu_aborts", "RUNTIME_ERROR", "last words"},
    {"cpu_closes_everything", "RUNTIME_ERROR", "died"},
    {"cpu_nan", "INCORRECT_NUMERICAL", "NaN"},
    {"cpu_infinity", "INCORRECT_NUMERICAL", "1 of 1000 elements that are NaN or infinite"},
    {"cpu_wrong_last_row", "INCORRECT_NUMERICAL", "1000 of 1000"},
    {"cpu_wrong_last_element", "INCORRECT_NUMERICAL", "1 of 1000"},
    {"cpu_wrong_in_one_workload", "INCORRECT_NUMERICAL", "1 of 33000"},
    {"cpu_writes_past_the_end", "RUNTIME_ERROR", "died"},
    {"cpu_writes_into_slack", "RUNTIME_ERROR", "outside output y"},
    {"cpu_changes_input", "RUNTIME_ERROR", "changed input x"},
    {"cpu_writes_past_workspace", "RUNTIME_ERROR", "outside its workspace"},
    {"cpu_right_only_at_first", "INCORRECT_NUMERICAL", "timed call"},
    {"cpu_workspace_too_large", "RUNTIME_ERROR", "1125899906842624 bytes"},
    {"cpu_wrong_magic", "COMPILE_ERROR", "magic"},
    {"cpu_wrong_version", "COMPILE_ERROR", "version"},
    {"cpu_wrong_size", "COMPILE_ERROR", "size"},
    {"cpu_unknown_flags", "COMPILE_ERROR", "flags"},
    {"cpu_no_entry_symbol", "COMPILE_ERROR", "fihost_candidate_v1"},
    {"cpu_wrong_definition", "COMPILE_ERROR", "some_other_definition"},
    {"cpu_wrong_arch", "COMPILE_ERROR", "sm_75"},
    {"cpu_wrong_role", "COMPILE_ERROR", "role"},
    {"cpu_wrong_device", "COMPILE_ERROR", "device"},
    {"cpu_undefined_symbol", "COMPILE_ERROR", "fihost_test_symbol_that_nobody_defines"},
    {"cpu_returns_status", "RUNTIME_ERROR", "INTERNAL: on purpose"},
    {"cpu_returns_INVALID_ARGUMENT", "RUNTIME_ERROR", "INVALID_ARGUMENT: on purpose"},
    {"cpu_returns_UNSUPPORTED", "RUNTIME_ERROR", "UNSUPPORTED: on purpose"},
    {"cpu_returns_OUT_OF_MEMORY", "RUNTIME_ERROR", "OUT_OF_MEMORY: on purpose"},
    {"cpu_returns_CANCELLED", "RUNTIME_ERROR", "CANCELLED: on purpose"},
    {"cpu_returns_DEVICE_ERROR", "RUNTIME_ERROR", "DEVICE_ERROR: on purpose"},
    {"cpu_returns_UNKNOWN", "RUNTIME_ERROR", "INTERNAL: on purpose"},
};

const std::vector<Expectation> gpu_batch = {
    {"cuda_infinite_loop", "TIMEOUT", "run()"},
    {"cuda_illegal_address", "RUNTIME_ERROR", "device fault"},
    {"cuda_nan", "INCORRECT_NUMERICAL", "NaN"},
    {"cuda_never_writes", "INCORRECT_NUMERICAL", "not written"},
    {"cuda_wrong_last_row", "INCORRECT_NUMERICAL", "1000 of 1000"},
    {"cuda_wrong_in_one_workload", "INCORRECT_NUMERICAL", "1 of 33000"},
    {"cuda_writes_past_the_end", "RUNTIME_ERROR", "device fault"},
    {"cuda_writes_into_slack", "RUNTIME_ERROR", "outside output y"},
    {"cuda_changes_input", "RUNTIME_ERROR", "changed input x"},
    {"cuda_waits_for_the_device", "RUNTIME_ERROR", "waited for the device"},
    {"cuda_workspace_too_large", "RUNTIME_ERROR", "1125899906842624 bytes"},
    {"cuda_wrong_arch", "COMPILE_ERROR", "sm_75"},
    {"cuda_returns_status", "RUNTIME_ERROR", "UNSUPPORTED: on purpose"},
    {"cpu_right", "COMPILE_ERROR", "device"},
};

std::string first_log(const Json& row) {
  for (const Json& workload : row.at("workloads")) {
    if (workload.at("status") != "PASSED") return workload.at("log");
  }
  return "";
}

/// Rank the whole batch in one run, a right candidate last.
void check_batch(const std::vector<Expectation>& batch, const std::string& device,
                 const std::string& right) {
  const TempDir cache;
  std::vector<std::string> arguments = {"rank",      "--json", "--quick",      "--device", device,
                                        "--timeout", "2",      "--definition", "scale_f32"};
  for (const Expectation& expected : batch) arguments.push_back(object(expected.name));
  arguments.push_back(object(right));
  const Output output = run_fihost(arguments, cache.path());
  CAPTURE(output.err);
  REQUIRE(output.exit.code == 0);
  const auto rows = rows_by_name(parse_json(output.out, "stdout"));
  for (const Expectation& expected : batch) {
    CAPTURE(std::string(expected.name));
    REQUIRE(rows.contains(expected.name));
    const Json& row = rows.at(expected.name);
    CHECK(row.at("verdict") == expected.verdict);
    CHECK(row.at("score").is_null());
    CHECK_MESSAGE(first_log(row).find(expected.log) != std::string::npos, first_log(row));
  }
  const Json& good = rows.at(right);
  CHECK(good.at("verdict") == "PASSED");
  CHECK(good.at("rank") == 1);
  CHECK(good.at("score").get<double>() > 0.0);
}

}  // namespace

TEST_SUITE_BEGIN("bad_input");

TEST_CASE("every bad CPU candidate gets its verdict and the batch goes on") {
  check_batch(cpu_batch, "cpu", "cpu_right");
}

TEST_CASE("a candidate that floods its output is measured all the same") {
  const TempDir cache;
  const Output output = run_fihost({"rank", "--json", "--quick", "--device", "cpu", "--definition",
                                    "scale_f32", object("cpu_floods_output")},
                                   cache.path());
  CAPTURE(output.err);
  CHECK(output.exit.code == 0);
  CHECK(output.out.find("nothing but noise") == std::string::npos);
}

TEST_CASE("files that are no candidates are rows with a reason, not the end of the run") {
  const TempDir folder;
  write_text(folder.path() / "text.so", "this is not an ELF file");
  write_text(folder.path() / "empty.so", "");
  std::string other_machine = read_text(object("cpu_right"));
  other_machine[18] = '\x28';  // e_machine: ARM
  write_text(folder.path() / "arm.so", other_machine);
  write_text(folder.path() / "half.so", read_text(object("cpu_right")).substr(0, 4000));
  const auto plugin = (build_tree() / "lib/fihost/plugins/scorer_speedup.so").string();
  const Output output =
      run_fihost({"rank", "--json", "--quick", "--device", "cpu", "--definition", "scale_f32",
                  folder.path() / "text.so", folder.path() / "empty.so", folder.path() / "arm.so",
                  folder.path() / "half.so", plugin, object("cpu_right")},
                 folder.path() / "cache");
  CAPTURE(output.err);
  REQUIRE(output.exit.code == 0);
  const auto rows = rows_by_name(parse_json(output.out, "stdout"));
  for (const char* name : {"text", "empty", "arm", "half", "scorer_speedup"}) {
    CAPTURE(name);
    CHECK(rows.at(name).at("verdict") == "COMPILE_ERROR");
    CHECK_FALSE(first_log(rows.at(name)).empty());
  }
  CHECK(rows.at("cpu_right").at("verdict") == "PASSED");
}

TEST_CASE("a run in which nothing passes exits with 1") {
  const TempDir cache;
  const Output output = run_fihost({"rank", "--json", "--quick", "--device", "cpu", "--definition",
                                    "scale_f32", object("cpu_nan")},
                                   cache.path());
  CHECK(output.exit.code == 1);
  CHECK(parse_json(output.out, "stdout").at("candidates").size() == 1);
}

TEST_SUITE_END();

TEST_SUITE_BEGIN("gpu");

TEST_CASE("every bad CUDA candidate gets its verdict and the batch goes on") {
  check_batch(gpu_batch, "cuda", "cuda_right");
}

TEST_SUITE_END();
