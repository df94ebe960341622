#include "core/device/inputs.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <set>

#include "core/base/error.hpp"
#include "core/device/cpu_device.hpp"
#include "core/device/elements.hpp"

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
