// Machines without a usable GPU: one line that says why, exit code 3.
#include <doctest/doctest.h>

#include "core/base/temp_dir.hpp"
#include "tests/end_to_end/fihost_process.hpp"

using namespace fihost;
using namespace fihost::test;

namespace {

Output rank_on_cuda(const std::vector<std::string>& environment) {
  const TempDir cache;
  Command command = fihost_command(
      {"rank", "--json", "--device", "cuda", "--definition", "scale_f32", object("cpu_right")},
      cache.path());
  command.environment->insert(command.environment->end(), environment.begin(), environment.end());
  return run(command, std::chrono::minutes(1));
}

}  // namespace

TEST_SUITE_BEGIN("no_gpu");

TEST_CASE("a driver that is too old is named with both versions") {
  if (!std::filesystem::exists(build_tree() / "tests/end_to_end/old_driver/libcuda.so.1")) {
    MESSAGE("built without CUDA: nothing asks a driver");
    return;
  }
  const auto folder = (build_tree() / "tests/end_to_end/old_driver").string();
  const Output output = rank_on_cuda({"LD_LIBRARY_PATH=" + folder});
  CHECK(output.exit.code == 3);
  CHECK(output.out.empty());
  CHECK(output.err.find("too old: it supports CUDA 11.4") != std::string::npos);
}

TEST_CASE("asking for a GPU number that no machine has ends with 3 and one line") {
  const TempDir cache;
  const Output output = run_fihost(
      {"rank", "--json", "--device", "cuda:63", "--definition", "scale_f32", object("cpu_right")},
      cache.path());
  CHECK(output.exit.code == 3);
  CHECK(output.out.empty());
  CHECK(std::count(output.err.begin(), output.err.end(), '\n') == 1);
}

TEST_SUITE_END();
