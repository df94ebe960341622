#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

#include "core/base/json.hpp"
#include "core/base/temp_dir.hpp"
#include "core/build/builder.hpp"
#include "core/build/object_file.hpp"
#include "tests/build/sources.hpp"

using namespace std::chrono_literals;
using fihost::write_text;

TEST_CASE("builder: CUDA candidates are built, kept and explained (needs nvcc)") {
  auto tools = fihost::find_toolchain();
  if (!tools.nvcc) {
    MESSAGE("skipped: no nvcc on this machine");
    return;
  }
  const fihost::TempDir dir("fihost-cuda-test");
  // ccache, where there is one, works here and not in the user's cache.
  ::setenv("CCACHE_DIR", (dir.path() / "ccache").c_str(), 1);
  const fihost::Builder builder(tools, FIHOST_PREFIX, dir.path() / "cache");
  const auto source = dir.path() / "k.cu";
  write_text(dir.path() / "factor.cuh", "constexpr int factor = 3;\n");
  write_text(source, fihost::test::cuda_candidate);
  const fihost::BuildRequest request{source, {"sm_90a"}, {}};

  const auto result = builder.build(request, 120s);
  CAPTURE(result.log);
  REQUIRE(result.ok);
  const auto object = fihost::inspect_object(result.object);
  CHECK(object.refusal == "");
  CHECK(object.exports == std::vector<std::string>{"fihost_candidate_v1"});
  for (const auto& library : object.needed) CHECK(library.find("cuda") == std::string::npos);
  REQUIRE(result.kernels.size() == 1);
  CHECK(result.kernels[0].kernel.find("reverse<3>(float*)") != std::string::npos);
  CHECK(result.kernels[0].arch == "sm_90a");
  CHECK(result.kernels[0].registers > 0);
  CHECK(result.kernels[0].shared_bytes == 1024);
  CHECK(result.kernels[0].spill_store_bytes == 0);

  const auto again = builder.build(request, 120s);
  CHECK(again.cached);
  REQUIRE(again.kernels.size() == 1);
  CHECK(again.kernels[0].registers == result.kernels[0].registers);

  // The header it includes counts too; this one has no value, so nvcc ends at once.
  write_text(dir.path() / "factor.cuh", "constexpr int factor = missing;\n");
  const auto failed = builder.build(request, 120s);
  CHECK_FALSE(failed.ok);
  REQUIRE(fihost::test::errors(failed) >= 1);
  CHECK(failed.diagnostics[0].file == (dir.path() / "factor.cuh").string());
  CHECK(failed.diagnostics[0].line == 1);
  CHECK(failed.diagnostics[0].message.find("missing") != std::string::npos);
}
