#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "core/device/random.hpp"

using namespace fihost::device;

TEST_CASE("every finite code of a small format survives decode and encode") {
  const auto check = [](SmallFloat format, std::uint32_t codes) {
    int wrong = 0;
    for (std::uint32_t code = 0; code < codes; ++code) {
      const float x = decode_small(code, format);
      if (!std::isfinite(x)) continue;
      if (encode_small(x, format) != code) ++wrong;
    }
    return wrong;
  };
  CHECK(check(half_format, 65536) == 0);
  CHECK(check(e4m3fn_format, 256) == 0);
  CHECK(check(e5m2_format, 256) == 0);
  CHECK(check(e2m1fn_format, 16) == 0);
}

TEST_CASE("small formats decode to their documented landmarks") {
  CHECK(decode_small(0x7e, e4m3fn_format) == 448.0f);
  CHECK(std::isnan(decode_small(0x7f, e4m3fn_format)));
  CHECK(std::isnan(decode_small(0xff, e4m3fn_format)));
  CHECK(decode_small(0x01, e4m3fn_format) == std::ldexp(1.0f, -9));
  CHECK(decode_small(0x7b, e5m2_format) == 57344.0f);
  CHECK(std::isinf(decode_small(0x7c, e5m2_format)));
  CHECK(decode_small(0x7bff, half_format) == 65504.0f);
  CHECK(decode_small(0x0001, half_format) == std::ldexp(1.0f, -24));
  CHECK(decode_small(0x7, e2m1fn_format) == 6.0f);
}

TEST_CASE("encoding rounds to nearest, ties to even") {
  CHECK(encode_bfloat16(1.0f + 1.0f / 256) == 0x3f80);  // half way, down to even
  CHECK(encode_bfloat16(1.0f + 3.0f / 256) == 0x3f82);  // half way, up to even
  CHECK(encode_small(1.0f + 1.0f / 16, e4m3fn_format) == 0x38);
  CHECK(encode_small(1.0f + 3.0f / 16, e4m3fn_format) == 0x3a);
  CHECK(encode_small(std::ldexp(1.0f, -10), e4m3fn_format) == 0);  // half the smallest, to even
  CHECK(encode_small(std::ldexp(1.5f, -10), e4m3fn_format) == 1);
}

TEST_CASE("philox gives the published answers") {
  // Known-answer vectors of the Random123 library for philox4x32.
  const auto same = [](Philox4 a, Philox4 b) {
    return a.word[0] == b.word[0] && a.word[1] == b.word[1] && a.word[2] == b.word[2] &&
           a.word[3] == b.word[3];
  };
  const Philox4 zeros{{0, 0, 0, 0}}, ones{{~0u, ~0u, ~0u, ~0u}};
  const Philox4 pi{{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}};
  constexpr std::uint64_t pi_key = 0x299f31d0a4093822ull;
  CHECK(same(philox<10>(zeros, 0), {{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}}));
  CHECK(same(philox<10>(ones, ~0ull), {{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}}));
  CHECK(same(philox<10>(pi, pi_key), {{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}));
  CHECK(same(philox<7>(zeros, 0), {{0x5f6fb709, 0x0d893f64, 0x4f121f81, 0x4f730a48}}));
}

TEST_CASE("the normal quantile inverts the distribution function") {
  CHECK(normal_quantile(0.5) == 0.0);
  for (const double p : {1e-9, 1e-4, 0.01, 0.07, 0.2, 0.4, 0.6, 0.93, 0.999, 1 - 1e-9}) {
    const double x = normal_quantile(p);
    CHECK(0.5 * std::erfc(-x / std::sqrt(2.0)) == doctest::Approx(p).epsilon(1e-9));
  }
}

TEST_CASE("the plain logarithm is the logarithm") {
  for (const double x : {1e-12, 1e-5, 0.1, 0.25, 0.3, 0.70710678, 0.75, 0.9999999}) {
    CHECK(plain_log(x) == doctest::Approx(std::log(x)).epsilon(1e-14));
  }
}
