// Which vector instructions the loops over tensors may use.
#pragma once

namespace fihost::device {

enum class Vectors { plain, avx2, avx512 };

/// The widest that this processor has.
[[nodiscard]] inline Vectors widest_vectors() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq")) {
    return Vectors::avx512;
  }
  if (__builtin_cpu_supports("avx2")) return Vectors::avx2;
#endif
  return Vectors::plain;
}

}  // namespace fihost::device
