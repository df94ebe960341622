// The tables of random.hpp as bytes, for devices to keep.
#pragma once

#include <cstddef>
#include <vector>

#include "core/model/dtype.hpp"

namespace fihost::device {

/// Entries of `dtype`, see random.hpp; empty for types that need none. Takes a few milliseconds.
[[nodiscard]] std::vector<std::byte> make_random_table(DType dtype);

}  // namespace fihost::device
