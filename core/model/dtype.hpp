// Element types of a FlashInfer Trace definition.
#pragma once

#include <fihost/tensor.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace fihost {

/// The complete list of the format.
enum class DType {
  float32,
  float16,
  bfloat16,
  float8_e4m3fn,
  float8_e5m2,
  float4_e2m1,
  int64,
  int32,
  int16,
  int8,
  boolean
};

/// "float8_e4m3fn" and so on; the format calls boolean "bool".
[[nodiscard]] std::string_view name(DType dtype);
[[nodiscard]] std::optional<DType> parse_dtype(std::string_view name);

/// Bits of one element: 4, 8, 16, 32 or 64.
[[nodiscard]] int bits(DType dtype);
/// Bytes that `elements` take, float4 packed two a byte and rounded up. Not checked for overflow: the
/// tensors of a Workload and of a SafetensorsFile were checked to fit in 2^63 bytes.
[[nodiscard]] std::uint64_t bytes(DType dtype, std::uint64_t elements);
[[nodiscard]] bool is_floating(DType dtype);

/// The SDK's code for it, as a candidate sees it.
[[nodiscard]] fihost_dtype to_sdk(DType dtype);
/// The dtype tag in a safetensors header ("BF16"); empty where that format has none (float4).
[[nodiscard]] std::string_view safetensors_tag(DType dtype);
[[nodiscard]] std::optional<DType> parse_safetensors_tag(std::string_view tag);

}  // namespace fihost
