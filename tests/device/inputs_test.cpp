#include "core/device/inputs.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <set>

#include "core/base/error.hpp"
#include "core/device/cpu_device.hpp"
#include "core/device/cpu_random.hpp"
#include "core/device/random.hpp"
#include "core/device/random_table.hpp"

using namespace fihost;
using namespace fihost::device;

namespace {

struct Moments {
  double mean = 0, deviation = 0, low = 1e9, high = -1e9;
};

Moments moments(DType dtype, std::uint64_t key) {
  constexpr std::uint64_t count = 400'000;
  const auto device = open_cpu_device();
  const auto buffer = device->allocate(bytes(dtype, count), false);
  device->randomize(*buffer, dtype, count, key);
  Moments out;
  double squares = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const double x = load_as_float(buffer->data(), i, dtype);
    out.mean += x / count;
    squares += x * x / count;
    out.low = std::min(out.low, x);
    out.high = std::max(out.high, x);
  }
  out.deviation = std::sqrt(squares - out.mean * out.mean);
  return out;
}

Definition definition_of(const std::string& shape, const std::string& dtype) {
  return parse_definition(parse_json(R"({"name":"d","op_type":"t","axes":{"n":{"type":"var"}},
        "inputs":{"x":{"shape":)" + shape +
                                         R"(,"dtype":")" + dtype + R"("}},
        "outputs":{"y":{"shape":["n"],"dtype":"float32"}},"reference":"def run(x):\n  return x"})",
                                     "test"),
                          "test");
}

}  // namespace

TEST_CASE("floating contents are standard normal") {
  for (const DType dtype : {DType::float32, DType::float16, DType::bfloat16}) {
    const Moments found = moments(dtype, 11);
    CHECK(std::fabs(found.mean) < 0.01);
    CHECK(found.deviation == doctest::Approx(1.0).epsilon(0.01));
    CHECK(found.high > 4.0);
    CHECK(found.low < -4.0);
  }
}

TEST_CASE("fp8 contents are normals clamped to two") {
  // Deviation of a standard normal clamped to [-2, 2]: sqrt(0.9206).
  for (const DType dtype : {DType::float8_e4m3fn, DType::float8_e5m2}) {
    const Moments found = moments(dtype, 12);
    CHECK(found.low == -2.0);
    CHECK(found.high == 2.0);
    CHECK(std::fabs(found.mean) < 0.01);
    CHECK(found.deviation == doctest::Approx(0.9595).epsilon(0.015));
  }
}

TEST_CASE("integers and booleans fill exactly the prescribed range") {
  for (const DType dtype : {DType::int16, DType::int32, DType::int64}) {
    const Moments found = moments(dtype, 13);
    CHECK(found.low == -1024);
    CHECK(found.high == 1023);
    CHECK(found.mean == doctest::Approx(-0.5).epsilon(0.01).scale(1000));
  }
  CHECK(moments(DType::int8, 14).low == -128);
  CHECK(moments(DType::int8, 14).high == 127);
  CHECK(moments(DType::boolean, 15).mean == doctest::Approx(0.5).epsilon(0.01));
}

TEST_CASE("every width of vectors gives the same bytes, to the last element") {
  for (const DType dtype :
       {DType::float32, DType::float16, DType::bfloat16, DType::float8_e4m3fn, DType::float8_e5m2,
        DType::int64, DType::int32, DType::int16, DType::int8, DType::boolean}) {
    CAPTURE(name(dtype));
    constexpr std::uint64_t count = 100'003;
    const auto table = make_random_table(dtype);
    std::vector<std::byte> plain(bytes(dtype, count) + 1), wide = plain;
    for (const std::uint64_t key : {3ull, ~0ull}) {
      randomize_on_cpu(plain.data(), dtype, count, key, table.data(), Vectors::plain);
      randomize_on_cpu(wide.data(), dtype, count, key, table.data());
      CHECK(plain == wide);
      CHECK(plain.back() == std::byte{0});
    }
  }
}

TEST_CASE("normal contents have the distribution's quantiles, far into its tails") {
  constexpr std::uint64_t count = 4'000'000;
  const auto device = open_cpu_device();
  for (const DType dtype : {DType::float32, DType::float16, DType::bfloat16}) {
    CAPTURE(name(dtype));
    const auto buffer = device->allocate(bytes(dtype, count), false);
    device->randomize(*buffer, dtype, count, 21);
    for (const double x : {-3.9, -3.0, -1.5, -0.25, 0.25, 0.7, 2.0, 3.6, 4.1}) {
      CAPTURE(x);
      const double p = 0.5 * std::erfc(-x / std::sqrt(2.0));
      std::uint64_t below = 0;
      for (std::uint64_t i = 0; i < count; ++i) {
        below += load_as_float(buffer->data(), i, dtype) < x ? 1 : 0;
      }
      // Five standard deviations, and what rounding to 8 bits moves over the border.
      const double sampling = 5 * std::sqrt(p * (1 - p) / count);
      const double rounding = std::exp(-x * x / 2) * std::fabs(x) / 512;
      CHECK(std::fabs(static_cast<double>(below) / count - p) < sampling + rounding);
    }
  }
}

TEST_CASE("float32 normals join smoothly where interpolation ends") {
  const auto bytes_of = make_random_table(DType::float32);
  const auto* nodes = reinterpret_cast<const float*>(bytes_of.data());
  const std::uint32_t seam = interpolated_entries << 16;
  float last = 0;
  for (std::uint32_t bits = seam - 65536; bits < seam + 65536; bits += 64) {
    const float x = normal_from_bits(bits, nodes);
    CHECK(x >= last);
    last = x;
    const double p = 0.5 + (bits + 0.5) / 4294967296.0;
    CHECK(x == doctest::Approx(normal_quantile(p)).epsilon(1e-3));
  }
  CHECK(normal_from_bits(0x7fffffffu, nodes) > 6.2f);
  CHECK(normal_from_bits(0xffffffffu, nodes) == -normal_from_bits(0x7fffffffu, nodes));
}

TEST_CASE("contents of two sets, and neighbours in one, are not correlated") {
  constexpr std::uint64_t count = 1'000'000;
  const auto device = open_cpu_device();
  const auto a = device->allocate(4 * count, false), b = device->allocate(4 * count, false);
  device->randomize(*a, DType::float32, count, stream_key(1, "w", "x", 0));
  device->randomize(*b, DType::float32, count, stream_key(1, "w", "x", 1));
  const auto* x = reinterpret_cast<const float*>(a->data());
  const auto* y = reinterpret_cast<const float*>(b->data());
  const auto correlation = [](const float* u, const float* v, std::uint64_t n) {
    double sum = 0;
    for (std::uint64_t i = 0; i < n; ++i) sum += static_cast<double>(u[i]) * v[i];
    return sum / static_cast<double>(n);
  };
  const double limit = 5 / std::sqrt(static_cast<double>(count) - 256);
  CHECK(std::fabs(correlation(x, y, count)) < limit);
  for (const std::uint64_t lag : {1u, 2u, 4u, 64u, 128u, 256u}) {
    CAPTURE(lag);
    CHECK(std::fabs(correlation(x, x + lag, count - lag)) < limit);
  }
}

TEST_CASE("contents depend on the key alone, and element i not on the length") {
  const auto device = open_cpu_device();
  const auto a = device->allocate(4000, false), b = device->allocate(400, false);
  device->randomize(*a, DType::bfloat16, 2000, 99);
  device->randomize(*b, DType::bfloat16, 200, 99);
  const auto left = device->download(*a), right = device->download(*b);
  CHECK(std::equal(right.begin(), right.end(), left.begin()));
  device->randomize(*b, DType::bfloat16, 200, 100);
  CHECK_FALSE(std::equal(right.begin(), right.end(), device->download(*b).begin()));
}

TEST_CASE("stream keys differ for every seed, workload, input and set") {
  std::set<std::uint64_t> keys;
  for (std::uint64_t seed : {1u, 2u}) {
    for (const char* workload : {"a", "b"}) {
      for (const char* input : {"x", "y", "a"}) {
        for (std::uint32_t set : {0u, 1u, 2u}) keys.insert(stream_key(seed, workload, input, set));
      }
    }
  }
  CHECK(keys.size() == 2 * 2 * 3 * 3);
}

TEST_CASE("a scalar travels as the bytes of its declared type") {
  const Definition definition = definition_of("null", "int32");
  Workload workload;
  workload.uuid = "w";
  workload.axes["n"] = 4;
  workload.inputs["x"] = ScalarInput{std::int64_t{-7}};
  const auto plans = plan_tensors(definition, workload, 1);
  REQUIRE(plans.size() == 2);
  CHECK(plans[0].shape.scalar == 1);
  CHECK(static_cast<std::int32_t>(plans[0].shape.extent[0]) == -7);
  CHECK(plans[1].bytes == 16);
  CHECK(plans[1].shape.output == 1);
}

TEST_CASE("a random float4 tensor is refused by name") {
  const Definition definition = definition_of("[\"n\"]", "float4_e2m1");
  Workload workload;
  workload.uuid = "w";
  workload.axes["n"] = 4;
  const auto plans = plan_tensors(definition, workload, 1);
  const auto device = open_cpu_device();
  const auto buffer = device->allocate(plans[0].bytes, false);
  const Task task;
  CHECK_THROWS_WITH_AS(fill_input(*device, *buffer, plans[0], task, workload, 1, 0),
                       doctest::Contains("float4"), Error);
}
