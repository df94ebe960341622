// Element types as numbers: decode to float, encode from float. The same source runs on the CPU and
// in CUDA kernels and gives the same bits on both: integer operations only, or single IEEE steps.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "core/model/dtype.hpp"

#if defined(__CUDACC__)
#include <cuda_fp16.h>
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

/// `a` if `condition`, else `b`, never as a branch.
FIHOST_BOTH inline std::uint32_t select(bool condition, std::uint32_t a, std::uint32_t b) {
  const std::uint32_t mask = 0u - static_cast<std::uint32_t>(condition);
  return (a & mask) | (b & ~mask);
}

/// Without branches, so that loops over it become vector code: a normal number moves its fields, a
/// subnormal one is its mantissa times a power of two.
FIHOST_BOTH inline float decode_small(std::uint32_t code, SmallFloat format) {
  const int bias = (1 << (format.exponent_bits - 1)) - 1;
  const int shift = 23 - format.mantissa_bits;
  const std::uint32_t magnitude_mask = (1u << (format.exponent_bits + format.mantissa_bits)) - 1u;
  const std::uint32_t infinity = ((1u << format.exponent_bits) - 1u) << format.mantissa_bits;
  const std::uint32_t sign = (code & (magnitude_mask + 1u)) << (8 - format.exponent_bits + shift);
  const std::uint32_t magnitude = code & magnitude_mask;
  const float unit =
      bits_float(static_cast<std::uint32_t>(128 - bias - format.mantissa_bits) << 23);
  const std::uint32_t tiny = float_bits(static_cast<float>(static_cast<int>(magnitude)) * unit);
  std::uint32_t bits = (magnitude << shift) + (static_cast<std::uint32_t>(127 - bias) << 23);
  bits = select(magnitude < (1u << format.mantissa_bits), tiny, bits);
  if (format.infinities) {
    bits = select(magnitude >= infinity, 0x7f800000u | (magnitude - infinity) << shift, bits);
  }
  if (format.all_ones_nan) bits = select(magnitude == magnitude_mask, 0x7fc00000u, bits);
  return bits_float(sign | bits);
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

/// The unsigned integer that holds one element's bits.
template <DType D>
using Code = std::conditional_t<
    D == DType::int64, std::uint64_t,
    std::conditional_t<
        D == DType::float32 || D == DType::int32, std::uint32_t,
        std::conditional_t<D == DType::float16 || D == DType::bfloat16 || D == DType::int16,
                           std::uint16_t, std::uint8_t>>>;

template <DType D>
FIHOST_BOTH inline Code<D> load_code(const void* data, std::uint64_t index) {
  if constexpr (D == DType::float4_e2m1) {
    const auto pair = load_element<std::uint8_t>(data, index / 2);
    return static_cast<std::uint8_t>(index % 2 == 0 ? pair & 15u : pair >> 4);
  } else {
    return load_element<Code<D>>(data, index);
  }
}

/// An element of which every byte is `byte`.
template <DType D>
FIHOST_BOTH inline Code<D> filled_code(std::uint8_t byte) {
  if constexpr (D == DType::float4_e2m1) return static_cast<std::uint8_t>(byte & 15u);
  return static_cast<Code<D>>(0x0101010101010101ull * byte);
}

#if defined(__CUDA_ARCH__)
/// A GPU widens halves in one instruction; the small formats are halves after a shift.
__device__ inline float widen_half(std::uint32_t bits) {
  return __half2float(__ushort_as_half(static_cast<unsigned short>(bits)));
}
#endif

/// As torch's .to(torch.float32) gives it.
template <DType D>
FIHOST_BOTH inline float decode(Code<D> code) {
#if defined(__CUDA_ARCH__)
  if constexpr (D == DType::float16) return widen_half(code);
  if constexpr (D == DType::float8_e5m2) return widen_half(code << 8);
  if constexpr (D == DType::float8_e4m3fn) {
    const float x = widen_half((code & 0x80u) << 8 | (code & 0x7fu) << 7) * 256.0f;
    return (code & 0x7fu) == 0x7fu ? bits_float(0x7fc00000u) : x;
  }
#endif
  if constexpr (D == DType::float32) return bits_float(code);
  if constexpr (D == DType::float16) return decode_small(code, half_format);
  if constexpr (D == DType::bfloat16) return bits_float(static_cast<std::uint32_t>(code) << 16);
  if constexpr (D == DType::float8_e4m3fn) return decode_small(code, e4m3fn_format);
  if constexpr (D == DType::float8_e5m2) return decode_small(code, e5m2_format);
  if constexpr (D == DType::float4_e2m1) return decode_small(code, e2m1fn_format);
  if constexpr (D == DType::boolean) return code != 0 ? 1.0f : 0.0f;
  return static_cast<float>(static_cast<std::make_signed_t<Code<D>>>(code));
}

/// Calls body(std::integral_constant<DType, dtype>()).
template <class Body>
decltype(auto) with_dtype(DType dtype, Body&& body) {
  switch (dtype) {
    case DType::float32:
      return body(std::integral_constant<DType, DType::float32>());
    case DType::float16:
      return body(std::integral_constant<DType, DType::float16>());
    case DType::bfloat16:
      return body(std::integral_constant<DType, DType::bfloat16>());
    case DType::float8_e4m3fn:
      return body(std::integral_constant<DType, DType::float8_e4m3fn>());
    case DType::float8_e5m2:
      return body(std::integral_constant<DType, DType::float8_e5m2>());
    case DType::float4_e2m1:
      return body(std::integral_constant<DType, DType::float4_e2m1>());
    case DType::int64:
      return body(std::integral_constant<DType, DType::int64>());
    case DType::int32:
      return body(std::integral_constant<DType, DType::int32>());
    case DType::int16:
      return body(std::integral_constant<DType, DType::int16>());
    case DType::int8:
      return body(std::integral_constant<DType, DType::int8>());
    case DType::boolean:
      break;
  }
  return body(std::integral_constant<DType, DType::boolean>());
}

/// Element `index` of a tensor as float32.
inline float load_as_float(const void* data, std::uint64_t index, DType dtype) {
  return with_dtype(dtype,
                    [&](auto d) { return decode<d.value>(load_code<d.value>(data, index)); });
}

}  // namespace fihost::device
