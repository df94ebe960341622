#include "tests/candidates/moe_cuda_problem.hpp"

#include <cuda_fp8.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "tests/candidates/loaded_object.hpp"

namespace fihost {
namespace {

constexpr std::int64_t hidden = 7168, intermediate = 2048, block = 128, experts = 256, local = 32;
constexpr int input_guard = 0xff;   // NaN
constexpr int output_guard = 0xa5;  // nothing that a kernel would write

std::vector<std::uint8_t> fp8_normals(std::size_t count, std::uint64_t& random) {
  std::vector<std::uint8_t> table(65536), drawn(count);
  for (auto& value : table)
    value = __nv_cvt_float_to_fp8(std::clamp(next_normal(random), -2.0f, 2.0f), __NV_SATFINITE,
                                  __NV_E4M3);
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < count; ++i, bits >>= 16) {
    if (i % 4 == 0) bits = next_random(random);
    drawn[i] = table[bits & 0xffff];
  }
  return drawn;
}

std::vector<float> normals(std::int64_t count, std::uint64_t& random) {
  std::vector<float> drawn(static_cast<std::size_t>(count));
  for (float& value : drawn) value = next_normal(random);
  return drawn;
}

struct Differences {
  std::int64_t unwritten = 0, mismatched = 0, bad_blocks = 0, nonzero = 0;
  std::int64_t first_bad = -1;  ///< token * 56 + its 128 columns
};

Differences compare_rows(const std::uint16_t* actual, const std::uint16_t* expected,
                         const std::vector<bool>& has_local, std::int64_t begin, std::int64_t end) {
  Differences found;
  for (std::int64_t i = begin * hidden / block; i < end * hidden / block; ++i) {
    const bool zero = !has_local[static_cast<std::size_t>(i / (hidden / block))];
    int wrong = 0, nonzero = 0, unwritten = 0;
    for (std::int64_t j = i * block; j < (i + 1) * block; ++j) {
      const float e = from_bfloat16(expected[j]), distance = std::abs(from_bfloat16(actual[j]) - e);
      wrong += !(distance <= 1 || distance <= 0.3f * std::abs(e));
      unwritten += actual[j] == 0xffff;
      nonzero += ((actual[j] | expected[j]) & 0x7fff) != 0;
    }
    found.mismatched += wrong;
    found.unwritten += unwritten;
    if (zero) found.nonzero += nonzero;
    if (wrong <= block / 2 && !(zero && nonzero > 0)) continue;
    ++found.bad_blocks;
    if (found.first_bad < 0) found.first_bad = i;
  }
  return found;
}

Differences compare_all(const std::uint16_t* actual, const std::uint16_t* expected,
                        const std::vector<bool>& has_local) {
  const auto tokens = static_cast<std::int64_t>(has_local.size());
  const std::int64_t parts =
      std::min<std::int64_t>(std::max(1u, std::thread::hardware_concurrency()), (tokens + 63) / 64);
  std::vector<Differences> found(static_cast<std::size_t>(parts));
  std::vector<std::thread> threads;
  for (std::int64_t part = 0; part < parts; ++part)
    threads.emplace_back([&, part] {
      found[static_cast<std::size_t>(part)] = compare_rows(
          actual, expected, has_local, tokens * part / parts, tokens * (part + 1) / parts);
    });
  for (std::thread& thread : threads) thread.join();
  Differences all;
  for (const Differences& part : found) {
    all.unwritten += part.unwritten;
    all.mismatched += part.mismatched;
    all.bad_blocks += part.bad_blocks;
    all.nonzero += part.nonzero;
    if (all.first_bad < 0) all.first_bad = part.first_bad;
  }
  return all;
}

}  // namespace

MoeCudaProblem::MoeCudaProblem()
    : logits_(float32_dtype, input_guard),
      bias_(bfloat16_dtype, input_guard),
      hidden_(fp8_dtype, input_guard),
      hidden_scale_(float32_dtype, input_guard),
      gemm1_(fp8_dtype, input_guard),
      gemm1_scale_(float32_dtype, input_guard),
      gemm2_(fp8_dtype, input_guard),
      gemm2_scale_(float32_dtype, input_guard),
      output_(bfloat16_dtype, output_guard) {
  // Prime periods: no two rows, tiles or experts begin at the same place.
  const std::vector<std::uint8_t> weights = fp8_normals(16'777'213, random_);
  activations_ = fp8_normals(4'194'301, random_);
  gemm1_.reshape({local, 2 * intermediate, hidden});
  gemm1_.repeat(weights, 0);
  gemm2_.reshape({local, hidden, intermediate});
  gemm2_.repeat(weights, 7'654'321);
  gemm1_scale_.reshape({local, 2 * intermediate / block, hidden / block});
  gemm1_scale_.upload(normals(local * 2 * intermediate / block * hidden / block, random_).data());
  gemm2_scale_.reshape({local, hidden / block, intermediate / block});
  gemm2_scale_.upload(normals(local * hidden / block * intermediate / block, random_).data());
}

void MoeCudaProblem::set(const RoutingCase& wanted, const Routing& routing) {
  offset_ = wanted.offset;
  logits_.reshape({wanted.tokens, experts});
  logits_.upload(routing.logits.data());
  bias_.reshape({experts});
  bias_.upload(routing.bias.data());
  hidden_.reshape({wanted.tokens, hidden});
  hidden_.repeat(activations_, next_random(random_));
  hidden_scale_.reshape({hidden / block, wanted.tokens});
  hidden_scale_.upload(normals(hidden / block * wanted.tokens, random_).data());
  output_.reshape({wanted.tokens, hidden});
}

std::vector<fihost_tensor> MoeCudaProblem::inputs() {
  return {logits_.view(),
          bias_.view(),
          hidden_.view(),
          hidden_scale_.view(),
          gemm1_.view(),
          gemm1_scale_.view(),
          gemm2_.view(),
          gemm2_scale_.view(),
          {&offset_, {FIHOST_CPU, 0}, 0, int32_dtype, nullptr, nullptr, 0},
          {&factor_, {FIHOST_CPU, 0}, 0, float32_dtype, nullptr, nullptr, 0}};
}

std::string difference(const PinnedResult& actual, const PinnedResult& expected,
                       const std::vector<bool>& has_local) {
  const Differences found = compare_all(actual.data(), expected.data(), has_local);
  const double total = static_cast<double>(has_local.size()) * hidden;
  const double matched = 1 - static_cast<double>(found.mismatched) / total;
  if (matched >= 0.9 && found.unwritten + found.bad_blocks == 0) return "";
  std::string text = "matched " + std::to_string(matched) + ", " + std::to_string(found.unwritten) +
                     " elements unwritten, " + std::to_string(found.nonzero) +
                     " not zero but without a local expert, " + std::to_string(found.bad_blocks) +
                     " blocks of 128 columns wrong";
  if (found.first_bad >= 0)
    text += ", the first at token " + std::to_string(found.first_bad / (hidden / block)) +
            ", column " + std::to_string(found.first_bad % (hidden / block) * block);
  return text;
}

}  // namespace fihost
