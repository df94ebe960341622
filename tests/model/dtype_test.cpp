#include "core/model/dtype.hpp"

#include <doctest/doctest.h>

using fihost::DType;

namespace {

constexpr DType all[] = {DType::float32,       DType::float16,     DType::bfloat16,
                         DType::float8_e4m3fn, DType::float8_e5m2, DType::float4_e2m1,
                         DType::int64,         DType::int32,       DType::int16,
                         DType::int8,          DType::boolean};

}  // namespace

TEST_CASE("dtype: every name and tag leads back to its type") {
  for (const auto dtype : all) {
    CHECK(fihost::parse_dtype(fihost::name(dtype)) == dtype);
    const auto tag = fihost::safetensors_tag(dtype);
    if (!tag.empty()) CHECK(fihost::parse_safetensors_tag(tag) == dtype);
  }
  CHECK(fihost::name(DType::boolean) == "bool");
  CHECK(fihost::name(DType::float8_e4m3fn) == "float8_e4m3fn");
  CHECK(fihost::safetensors_tag(DType::bfloat16) == "BF16");
  CHECK(fihost::safetensors_tag(DType::float4_e2m1).empty());
}

TEST_CASE("dtype: what the format lacks is unknown") {
  for (const auto* name : {"float64", "uint8", "boolean", "Float32", ""}) {
    CHECK_FALSE(fihost::parse_dtype(name));
  }
  CHECK_FALSE(fihost::parse_safetensors_tag("F64"));
  CHECK_FALSE(fihost::parse_safetensors_tag(""));
}

TEST_CASE("dtype: sizes are those of packed elements") {
  CHECK(fihost::bytes(DType::int64, 3) == 24);
  CHECK(fihost::bytes(DType::bfloat16, 3) == 6);
  CHECK(fihost::bytes(DType::boolean, 3) == 3);
  CHECK(fihost::bytes(DType::float4_e2m1, 3) == 2);
  CHECK(fihost::bytes(DType::float4_e2m1, 4) == 2);
  CHECK(fihost::bytes(DType::float32, 0) == 0);
  CHECK(fihost::bits(DType::float4_e2m1) == 4);
}

TEST_CASE("dtype: the SDK sees width and kind") {
  const auto bf16 = fihost::to_sdk(DType::bfloat16);
  CHECK(bf16.code == FIHOST_TYPE_BFLOAT);
  CHECK(bf16.bits == 16);
  CHECK(bf16.lanes == 1);
  CHECK(fihost::to_sdk(DType::float8_e4m3fn).code == FIHOST_TYPE_FLOAT8_E4M3FN);
  CHECK(fihost::to_sdk(DType::int16).code == FIHOST_TYPE_INT);
  CHECK(fihost::to_sdk(DType::boolean).code == FIHOST_TYPE_BOOL);
  for (const auto dtype : all) CHECK(fihost::to_sdk(dtype).bits == fihost::bits(dtype));
  CHECK(fihost::is_floating(DType::float4_e2m1));
  CHECK_FALSE(fihost::is_floating(DType::int8));
  CHECK_FALSE(fihost::is_floating(DType::boolean));
}
