// Element types as numbers: decode to float, encode from float. The same source runs on the CPU and
// in CUDA kernels and gives the same bits on both: integer operations only, or single IEEE steps.
#pragma once

#include <cstdint>
#include <cstring>

#include "core/model/dtype.hpp"

#if defined(__CUDACC__)
#define FIHOST_BOTH __host__ __device__
#else
#define FIHOST_BOTH
#endif

namespace fihost::device {

FIHOST_BOTH inline std::uint32_t float_bits(float x) {
  std::uint32_t u;
  memcpy(&u, &x, sizeof u);
  return u;
}

FIHOST_BOTH inline float bits_float(std::uint32_t u) {
  float x;
  memcpy(&x, &u, sizeof x);
  return x;
}

/// Shape of a small binary floating-point format with a sign bit on top.
struct SmallFloat {
  int exponent_bits;
  int mantissa_bits;
  bool infinities;    ///< IEEE style: the top exponent means infinity or NaN
  bool all_ones_nan;  ///< "fn" style: only the all-ones magnitude is NaN
};

constexpr SmallFloat half_format{5, 10, true, false};
constexpr SmallFloat e4m3fn_format{4, 3, false, true};
constexpr SmallFloat e5m2_format{5, 2, true, false};
constexpr SmallFloat e2m1fn_format{2, 1, false, false};

/// Round to nearest even. Only for finite |x| below the format's largest value.
FIHOST_BOTH inline std::uint32_t encode_small(float x, SmallFloat format) {
  const std::uint32_t u = float_bits(x);
  const std::uint32_t sign = (u >> 31) << (format.exponent_bits + format.mantissa_bits);
  const int bias = (1 << (format.exponent_bits - 1)) - 1;
  const int exponent = static_cast<int>((u >> 23) & 0xffu) - 127;
  int shift = 23 - format.mantissa_bits;
  const bool subnormal = exponent < 1 - bias;
  if (subnormal) shift += 1 - bias - exponent;
  if (shift > 25) return sign;
  const std::uint32_t mantissa = (u & 0x7fffffu) | 0x800000u;
  const std::uint32_t odd = (mantissa >> shift) & 1u;
  const std::uint32_t rounded = (mantissa + (1u << (shift - 1)) - 1u + odd) >> shift;
  if (subnormal) return sign | rounded;
  const auto base = static_cast<std::uint32_t>(exponent + bias - 1) << format.mantissa_bits;
  return sign | (base + rounded);  // the hidden bit of `rounded` adds the missing one
}

FIHOST_BOTH inline float decode_small(std::uint32_t code, SmallFloat format) {
  const std::uint32_t mantissa_mask = (1u << format.mantissa_bits) - 1u;
  const std::uint32_t exponent_mask = (1u << format.exponent_bits) - 1u;
  const std::uint32_t sign = (code >> (format.exponent_bits + format.mantissa_bits)) << 31;
  const std::uint32_t mantissa = code & mantissa_mask;
  const std::uint32_t exponent = (code >> format.mantissa_bits) & exponent_mask;
  const int bias = (1 << (format.exponent_bits - 1)) - 1;
  if (format.infinities && exponent == exponent_mask) {
    return bits_float(sign | (mantissa != 0 ? 0x7fc00000u : 0x7f800000u));
  }
  if (format.all_ones_nan && exponent == exponent_mask && mantissa == mantissa_mask) {
    return bits_float(sign | 0x7fc00000u);
  }
  if (exponent == 0) {
    const int scale = 127 + 1 - bias - format.mantissa_bits;
    const float magnitude =
        static_cast<float>(mantissa) * bits_float(static_cast<std::uint32_t>(scale) << 23);
    return bits_float(sign | float_bits(magnitude));
  }
  const auto wide = static_cast<std::uint32_t>(static_cast<int>(exponent) - bias + 127);
  return bits_float(sign | (wide << 23) | (mantissa << (23 - format.mantissa_bits)));
}

/// Round to nearest even; finite x only.
FIHOST_BOTH inline std::uint16_t encode_bfloat16(float x) {
  const std::uint32_t u = float_bits(x);
  return static_cast<std::uint16_t>((u + 0x7fffu + ((u >> 16) & 1u)) >> 16);
}

template <class T>
FIHOST_BOTH inline T load_element(const void* data, std::uint64_t index) {
  return static_cast<const T*>(data)[index];
}

/// Element `index` of a tensor as float32, as torch's .to(torch.float32) gives it.
FIHOST_BOTH inline float load_as_float(const void* data, std::uint64_t index, DType dtype) {
  switch (dtype) {
    case DType::float32:
      return load_element<float>(data, index);
    case DType::float16:
      return decode_small(load_element<std::uint16_t>(data, index), half_format);
    case DType::bfloat16:
      return bits_float(static_cast<std::uint32_t>(load_element<std::uint16_t>(data, index)) << 16);
    case DType::float8_e4m3fn:
      return decode_small(load_element<std::uint8_t>(data, index), e4m3fn_format);
    case DType::float8_e5m2:
      return decode_small(load_element<std::uint8_t>(data, index), e5m2_format);
    case DType::float4_e2m1: {
      const std::uint32_t pair = load_element<std::uint8_t>(data, index / 2);
      return decode_small(index % 2 == 0 ? pair & 15u : pair >> 4, e2m1fn_format);
    }
    case DType::int64:
      return static_cast<float>(load_element<std::int64_t>(data, index));
    case DType::int32:
      return static_cast<float>(load_element<std::int32_t>(data, index));
    case DType::int16:
      return static_cast<float>(load_element<std::int16_t>(data, index));
    case DType::int8:
      return static_cast<float>(load_element<std::int8_t>(data, index));
    case DType::boolean:
      return load_element<std::uint8_t>(data, index) != 0 ? 1.0f : 0.0f;
  }
  return 0.0f;
}

}  // namespace fihost::device
