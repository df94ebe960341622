// fihost/candidate.hpp - small conveniences for the host code of a candidate, in .cpp and .cu.
// C++17 or later; needs nothing but the standard library. Everything here is optional.
#pragma once

#include <fihost/candidate.h>

#include <cstdint>
#include <string_view>

namespace fihost::sdk {

/// The elements of a tensor: data<const float>(input), data<float>(output). Not checked: the host
/// guarantees that dtypes are the definition's.
template <class T>
[[nodiscard]] inline T* data(const fihost_tensor& tensor) noexcept {
  return static_cast<T*>(tensor.data);
}

/// The value of a 0-d tensor, which lives in host memory.
template <class T>
[[nodiscard]] inline T scalar(const fihost_tensor& tensor) noexcept {
  return *static_cast<const T*>(tensor.data);
}

/// Product of the shape; 1 for a 0-d tensor.
[[nodiscard]] constexpr std::int64_t element_count(const fihost_tensor& tensor) noexcept {
  std::int64_t count = 1;
  for (std::int32_t i = 0; i < tensor.ndim; ++i) count *= tensor.shape[i];
  return count;
}

/// Bytes of a compact tensor; a last half-filled byte counts as one.
[[nodiscard]] constexpr std::int64_t byte_count(const fihost_tensor& tensor) noexcept {
  return (element_count(tensor) * tensor.dtype.bits * tensor.dtype.lanes + 7) / 8;
}

/// Append `text` to a sink.
inline void write(const fihost_sink* sink, std::string_view text) noexcept {
  sink->write(sink->impl, {text.data(), text.size()});
}

/// Write one line and give `status`: return fail(error, FIHOST_UNSUPPORTED, "only even sizes");
[[nodiscard]] inline fihost_status fail(const fihost_sink* error, fihost_status status,
                                        std::string_view text) noexcept {
  write(error, text);
  return status;
}

}  // namespace fihost::sdk
