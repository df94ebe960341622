#include "core/model/dtype.hpp"

#include <array>

namespace fihost {
namespace {

struct Row {
  DType dtype;
  std::string_view name;
  std::string_view tag;  ///< in safetensors
  std::uint8_t bits;
  std::uint8_t code;  ///< the SDK's
  bool floating;
};

/// In the order of the enumerators.
constexpr std::array rows = {
    Row{DType::float32, "float32", "F32", 32, FIHOST_TYPE_FLOAT, true},
    Row{DType::float16, "float16", "F16", 16, FIHOST_TYPE_FLOAT, true},
    Row{DType::bfloat16, "bfloat16", "BF16", 16, FIHOST_TYPE_BFLOAT, true},
    Row{DType::float8_e4m3fn, "float8_e4m3fn", "F8_E4M3", 8, FIHOST_TYPE_FLOAT8_E4M3FN, true},
    Row{DType::float8_e5m2, "float8_e5m2", "F8_E5M2", 8, FIHOST_TYPE_FLOAT8_E5M2, true},
    Row{DType::float4_e2m1, "float4_e2m1", "", 4, FIHOST_TYPE_FLOAT4_E2M1FN, true},
    Row{DType::int64, "int64", "I64", 64, FIHOST_TYPE_INT, false},
    Row{DType::int32, "int32", "I32", 32, FIHOST_TYPE_INT, false},
    Row{DType::int16, "int16", "I16", 16, FIHOST_TYPE_INT, false},
    Row{DType::int8, "int8", "I8", 8, FIHOST_TYPE_INT, false},
    Row{DType::boolean, "bool", "BOOL", 8, FIHOST_TYPE_BOOL, false},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].dtype != static_cast<DType>(i)) return false;
  }
  return true;
}
static_assert(in_order());

const Row& row(DType dtype) { return rows[static_cast<std::size_t>(dtype)]; }

}  // namespace

std::string_view name(DType dtype) { return row(dtype).name; }

std::optional<DType> parse_dtype(std::string_view name) {
  for (const Row& row : rows) {
    if (row.name == name) return row.dtype;
  }
  return std::nullopt;
}

int bits(DType dtype) { return row(dtype).bits; }

std::uint64_t bytes(DType dtype, std::uint64_t elements) {
  const auto width = row(dtype).bits;
  return width < 8 ? elements / 2 + elements % 2 : elements * (width / 8u);
}

bool is_floating(DType dtype) { return row(dtype).floating; }

fihost_dtype to_sdk(DType dtype) {
  return {.code = row(dtype).code, .bits = row(dtype).bits, .lanes = 1};
}

std::string_view safetensors_tag(DType dtype) { return row(dtype).tag; }

std::optional<DType> parse_safetensors_tag(std::string_view tag) {
  for (const Row& row : rows) {
    if (!tag.empty() && row.tag == tag) return row.dtype;
  }
  return std::nullopt;
}

}  // namespace fihost
