#include "core/search/code_digest.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdlib>
#include <string>

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/temp_dir.hpp"

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using namespace fihost::search;
using fihost::write_text;

namespace {

/// `text` with every `from` as `to`.
std::string with(std::string text, const std::string& from, const std::string& to) {
  REQUIRE(text.find(from) != std::string::npos);
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

/// Builds as a run does, each source in a folder of its own.
struct Workshop {
  fihost::TempDir dir;
  fihost::Toolchain tools = fihost::find_toolchain();
  int built = 0;

  fs::path build(const std::string& source, const std::string& name) {
    // ccache, where there is one, works here and not in the user's cache.
    ::setenv("CCACHE_DIR", (dir.path() / "ccache").c_str(), 1);
    const auto place = dir.path() / std::to_string(++built);
    write_text(place / name, source);
    const fihost::Builder builder(tools, FIHOST_PREFIX, place / "cache");
    const auto result = builder.build({place / name, {"sm_90a"}, {}}, 300s);
    CAPTURE(result.log);
    REQUIRE(result.ok);
    return result.object;
  }
};

const std::string cpu_source = R"(#include <fihost/candidate.h>
#include <cmath>
namespace {
const float table[3] = {1, 2, 3};
fihost_status run(void*, const fihost_call* call, const fihost_sink*) noexcept {
  auto* out = static_cast<float*>(call->outputs[0].data);
  for (int index = 0; index < 3; ++index) out[index] = std::sin(out[index]) * 7.5f + table[index];
  return FIHOST_OK;
}
}
extern "C" const fihost_candidate fihost_candidate_v1 = {
    FIHOST_HEADER(fihost_candidate, 0), "x", "x", nullptr, FIHOST_ROLE_CANDIDATE, FIHOST_CPU,
    nullptr, nullptr, run, nullptr};
)";

const std::string cuda_source = R"(#include <fihost/candidate.h>
#include <cuda_runtime.h>
namespace {
__constant__ float table[4] = {1, 2, 3, 4};
__global__ void scale(float* data) {
  __shared__ float tile[256];
  tile[threadIdx.x] = data[threadIdx.x];
  __syncthreads();
  data[threadIdx.x] = tile[255 - threadIdx.x] * table[threadIdx.x & 3] + 0.1f;
}
fihost_status run(void*, const fihost_call* call, const fihost_sink*) noexcept {
  scale<<<1, 256, 0, static_cast<cudaStream_t>(call->stream)>>>(
      static_cast<float*>(call->outputs[0].data));
  return cudaGetLastError() == cudaSuccess ? FIHOST_OK : FIHOST_DEVICE_ERROR;
}
}
extern "C" const fihost_candidate fihost_candidate_v1 = {
    FIHOST_HEADER(fihost_candidate, 0), "x", "x", nullptr, FIHOST_ROLE_CANDIDATE, FIHOST_CUDA,
    nullptr, nullptr, run, nullptr};
)";

}  // namespace

TEST_CASE("code digest: names of variables and comments make no other program") {
  Workshop shop;
  const auto digest = code_digest(shop.build(cpu_source, "k.cpp"), {});
  CHECK(digest.size() == 64);
  CHECK(digest == code_digest(shop.build(cpu_source, "k.cpp"), {}));
  CHECK(digest ==
        code_digest(shop.build("// why\n\n" + with(cpu_source, "index", "i"), "k.cpp"), {}));
  CHECK(digest == code_digest(shop.build(cpu_source, "longer_name.cpp"), {}));
}

TEST_CASE("code digest: another constant, table or callee makes another program") {
  Workshop shop;
  const auto digest = code_digest(shop.build(cpu_source, "k.cpp"), {});
  CHECK(digest != code_digest(shop.build(with(cpu_source, "7.5f", "7.25f"), "k.cpp"), {}));
  CHECK(digest != code_digest(shop.build(with(cpu_source, "1, 2, 3}", "1, 2, 4}"), "k.cpp"), {}));
  // The call goes through the same slot of the same table.
  CHECK(digest != code_digest(shop.build(with(cpu_source, "std::sin", "std::cos"), "k.cpp"), {}));
}

TEST_CASE("code digest: what is no object has none") {
  const fihost::TempDir dir;
  CHECK_THROWS_AS((void)code_digest(dir.path() / "missing", {}), fihost::Error);
  write_text(dir.path() / "text", "no object");
  CHECK(code_digest(dir.path() / "text", {}) == "");
  Workshop shop;
  auto bytes = fihost::read_text(shop.build(cpu_source, "k.cpp"));
  for (const std::size_t size : {std::size_t{4}, std::size_t{64}, bytes.size() / 2}) {
    write_text(dir.path() / "half", bytes.substr(0, size));
    CHECK(code_digest(dir.path() / "half", {}) == "");
  }
}

TEST_CASE("code digest: a CUDA object is as good as its kernels (needs nvcc)") {
  Workshop shop;
  if (!shop.tools.nvcc) {
    MESSAGE("skipped: no nvcc on this machine");
    return;
  }
  const auto object = shop.build(cuda_source, "k.cu");
  CHECK(code_digest(object, {}) == "");            // nobody looks into it
  CHECK(code_digest(object, "/bin/false") == "");  // who looks fails
  CHECK(code_digest(object, "/bin/true") == "");   // who looks finds nothing
  const auto tool = find_cuobjdump(shop.tools);
  if (!tool) {
    MESSAGE("the rest skipped: no cuobjdump on this machine");
    return;
  }
  const auto digest = code_digest(object, tool);
  CHECK(digest.size() == 64);
  const auto of = [&](const std::string& source) {
    return code_digest(shop.build(source, "k.cu"), tool);
  };
  CHECK(digest == of("// why\n\n" + with(cuda_source, "tile", "cache")));
  CHECK(digest != of(with(cuda_source, "0.1f", "0.2f")));            // an immediate operand
  CHECK(digest != of(with(cuda_source, "2, 3, 4}", "2, 3, 5}")));    // constant memory
  CHECK(digest != of(with(cuda_source, "tile[256]", "tile[512]")));  // shared memory
  CHECK(digest != of(with(cuda_source, "<<<1, 256", "<<<2, 256")));  // host code
  CHECK(digest != of(with(cuda_source, "void scale", "__launch_bounds__(512) void scale")));
}
