#include "core/solution/unpacker.hpp"

#include <doctest/doctest.h>

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/temp_dir.hpp"
#include "core/solution/packer.hpp"

using doctest::Contains;

namespace {

fihost::Solution sample() {
  fihost::Solution solution;
  solution.name = "mine/v1";
  solution.definition = "d";
  solution.author = "a";
  solution.target_hardware = {"cuda"};
  solution.entry_point = {"z.cu", "run"};
  solution.dependencies = {"cublas"};
  // Not in the order of their names, and one that the starter kit would leave behind.
  solution.sources = {{"z.cu", "one\n"}, {"a/b.cuh", "two"}, {"table.inc", "3,\n"}};
  return solution;
}

}  // namespace

TEST_CASE("packing what was unpacked gives a solution with the same hash") {
  const fihost::TempDir folder;
  auto solution = sample();
  SUBCASE("without a binding") {}
  SUBCASE("with a binding") { solution.binding = fihost::SolutionBinding::tvm_ffi; }
  const auto files = fihost::unpack(solution, folder.path(), false);
  CHECK(files.size() == 4);
  CHECK(fihost::read_text(folder.path() / "solution/cuda/a/b.cuh") == "two");
  const auto again = fihost::pack_folder(folder.path()).solution;
  CHECK(content_hash(again) == content_hash(solution));
  CHECK(fihost::to_json(again) == fihost::to_json(solution));
}

TEST_CASE("a file that is there is not overwritten, and nothing else is written then") {
  const fihost::TempDir folder;
  const auto taken = folder.path() / "solution/cuda/table.inc";
  fihost::write_text(taken, "mine");
  CHECK_THROWS_WITH_AS(fihost::unpack(sample(), folder.path(), false),
                       Contains("table.inc: is there already; --force"), fihost::Error);
  CHECK(fihost::read_text(taken) == "mine");
  CHECK_FALSE(std::filesystem::exists(folder.path() / "config.toml"));
  fihost::unpack(sample(), folder.path(), true);
  CHECK(fihost::read_text(taken) == "3,\n");
}

TEST_CASE("no source leaves the folder") {
  const fihost::TempDir folder;
  for (const auto* path : {"../out.cu", "/tmp/out.cu", "a/../../../out.cu"}) {
    auto solution = sample();
    solution.sources[1].path = path;
    CHECK_THROWS_WITH_AS(fihost::unpack(solution, folder.path() / "in", false),
                         Contains("leads out of its folder"), fihost::Error);
    CHECK_FALSE(std::filesystem::exists(folder.path() / "in/config.toml"));
  }
}

TEST_CASE("a solution's name is one folder") {
  auto solution = sample();
  CHECK(fihost::folder_name(solution) == "mine_v1");
  solution.name = "..";
  CHECK(fihost::folder_name(solution) == "_..");
}
