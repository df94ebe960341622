#include "core/device/tvm_ffi_object.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstring>
#include <vector>

#include "core/device/invocation.hpp"
#include "core/device/object.hpp"
#include "core/model/dtype.hpp"

using namespace fihost::device;
using fihost::DType;

namespace {

Object load(const std::string& function, const std::string& runtime = TVM_FFI_SHIM) {
  return Object::load(TVM_FFI_FUNCTION, {.function = function, .runtime = runtime});
}

template <class T>
TensorShape scalar(DType dtype, T value) {
  TensorShape shape{};
  const fihost_dtype code = fihost::to_sdk(dtype);
  shape.code = code.code;
  shape.bits = code.bits;
  shape.scalar = 1;
  std::memcpy(shape.extent, &value, sizeof value);
  return shape;
}

TensorShape vector_of(std::int64_t extent, bool output) {
  TensorShape shape{};
  const fihost_dtype code = fihost::to_sdk(DType::int64);
  shape.code = code.code;
  shape.bits = code.bits;
  shape.output = output ? 1 : 0;
  shape.rank = 1;
  shape.extent[0] = extent;
  return shape;
}

struct Answer {
  fihost_status status;
  std::string text;
};

Answer call(Object& object, const std::vector<TensorShape>& shapes,
            const std::vector<void*>& data) {
  object.set_shapes(shapes);
  const Invocation invocation(shapes, data, {FIHOST_CPU, 0});
  Answer answer;
  const fihost_sink sink = sink_of(answer.text);
  answer.status = object.table().run(object.state(), &invocation.call(), &sink);
  return answer;
}

}  // namespace

TEST_CASE("a TVM-FFI function gets tensors, ints, floats and bools as the dtypes say") {
  auto object = load("list");
  REQUIRE(object.refusal() == "");
  const std::vector<TensorShape> shapes = {scalar(DType::float32, 2.5f),
                                           scalar(DType::bfloat16, std::uint16_t{0x3fc0}),
                                           scalar(DType::int8, std::int8_t{-3}),
                                           scalar(DType::int32, std::int32_t{-70000}),
                                           scalar(DType::int64, std::int64_t{1} << 40),
                                           scalar(DType::boolean, std::uint8_t{1}),
                                           vector_of(7, false),
                                           vector_of(64, true)};
  std::array<std::int64_t, 7> in{};
  std::array<std::int64_t, 64> out{};
  std::vector<void*> data(shapes.size(), nullptr);
  data[6] = in.data();
  data[7] = out.data();
  const auto answer = call(object, shapes, data);
  CAPTURE(answer.text);
  REQUIRE(answer.status == FIHOST_OK);
  const auto number = [&](std::size_t argument) {
    double value;
    std::memcpy(&value, &out[2 * argument + 1], sizeof value);
    return value;
  };
  CHECK(out[0] == tvm_ffi_float);
  CHECK(number(0) == 2.5);
  CHECK(out[2] == tvm_ffi_float);
  CHECK(number(1) == 1.5);
  CHECK(out[4] == tvm_ffi_int);
  CHECK(out[5] == -3);
  CHECK(out[7] == -70000);
  CHECK(out[9] == std::int64_t{1} << 40);
  CHECK(out[10] == tvm_ffi_bool);
  CHECK(out[11] == 1);
  CHECK(out[12] == tvm_ffi_tensor);
  CHECK(out[13] == 7001);
  CHECK(std::memcmp(&out[14], "done", 5) == 0);
}

TEST_CASE("what a TVM-FFI function raises is the error's text, the last one") {
  auto object = load("raises");
  for (int i = 0; i < 2; ++i) {
    const auto answer = call(object, {}, {});
    CHECK(answer.status == FIHOST_INTERNAL);
    CHECK(answer.text == "ValueError: not today");
  }
  auto silent = load("is_silent");
  CHECK(call(silent, {}, {}).text == "it failed without raising an error");
}

TEST_CASE("a TVM-FFI function that returns a value is refused") {
  auto object = load("returns");
  const auto answer = call(object, {}, {});
  CHECK(answer.status == FIHOST_UNSUPPORTED);
  CHECK(answer.text.find("destination-passing style") != std::string::npos);
}

TEST_CASE("a TVM-FFI object that cannot be called says why") {
  CHECK(load("nothing").refusal() == "no entry symbol __tvm_ffi_nothing");
  CHECK(load("list", "/no/such/libtvm_ffi.so").refusal().find("cannot be loaded") !=
        std::string::npos);
  CHECK(load("list", "libm.so.6").refusal().find("is no TVM-FFI runtime") != std::string::npos);
}
