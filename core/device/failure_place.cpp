#include "core/device/failure_place.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <vector>

namespace fihost::device {
namespace {

enum class Kind { unwritten, nonfinite, error };

/// Consecutive elements of all buffers, on the host.
struct Excerpt {
  std::uint64_t from = 0, count = 0;  // `from` is even, so that pairs of float4 stay whole
  std::vector<std::byte> expected, actual, first;
};

struct Found {
  std::uint64_t element = 0;
  float actual = 0, expected = 0;
};

Kind kind_of(const Compared& compared) {
  if (compared.unwritten > 0) return Kind::unwritten;
  return compared.found.nonfinite_mismatches > 0 ? Kind::nonfinite : Kind::error;
}

class Search {
 public:
  Search(Device& device, const FailedOutput& output)
      : device_(device), output_(output), kind_(kind_of(output.compared)) {}

  /// The patch of `row` with most failures and the first of them.
  std::string worst_patch(std::uint64_t row) {
    const RowGrid& grid = output_.compared.grid;
    const std::uint64_t begin = grid.begin(row), end = grid.end(row);
    const Excerpt excerpt = read(begin, end - begin);
    std::uint64_t worst = begin, most = 0;
    for (std::uint64_t at = begin; at < end; at += patch_elements) {
      const std::uint64_t failures = count_wrong(excerpt, at, patch_end(at, end));
      if (failures <= most) continue;
      worst = at;
      most = failures;
    }
    const auto one = first_wrong(excerpt, worst, patch_end(worst, end));
    if (!one) return "";
    return fmt::format("the worst place is {}, {} of {} elements; {}",
                       range(worst, patch_end(worst, end)), most, patch_end(worst, end) - worst,
                       sample(*one));
  }

  /// The first wrong element of all.
  std::string first() {
    constexpr std::uint64_t step = 1 << 20;
    const std::uint64_t elements = output_.plan.elements;
    for (std::uint64_t at = 0; at < elements; at += step) {
      const Excerpt excerpt = read(at, std::min(step, elements - at));
      const auto one = first_wrong(excerpt, at, std::min(at + step, elements));
      if (one) return "the first at " + sample(*one);
    }
    return "";
  }

 private:
  static std::uint64_t patch_end(std::uint64_t at, std::uint64_t end) {
    return std::min(at + patch_elements, end);
  }

  Excerpt read(std::uint64_t from, std::uint64_t count) {
    const DType dtype = output_.plan.spec->dtype;
    Excerpt out;
    out.from = from / 2 * 2;
    out.count = from + count - out.from;
    const std::uint64_t offset = bytes(dtype, out.from), size = bytes(dtype, out.count);
    out.expected = device_.download(output_.expected, offset, size);
    out.actual = device_.download(output_.actual, offset, size);
    if (output_.first != nullptr) out.first = device_.download(*output_.first, offset, size);
    return out;
  }

  template <DType D>
  bool wrong(const Excerpt& excerpt, std::uint64_t element, Found& found) const {
    const std::uint64_t i = element - excerpt.from;
    const auto code = load_code<D>(excerpt.actual.data(), i);
    const float x = decode<D>(code), y = decode<D>(load_code<D>(excerpt.expected.data(), i));
    found = {element, x, y};
    if (kind_ == Kind::unwritten) {
      return !excerpt.first.empty() && code == filled_code<D>(second_poison_byte) &&
             load_code<D>(excerpt.first.data(), i) == filled_code<D>(poison_byte);
    }
    if (!is_finite(x) || !is_finite(y)) {
      return kind_ == Kind::nonfinite && look_at_nonfinite(y, x).mismatch != 0;
    }
    const float abs = std::abs(x - y), rel = abs / (std::abs(y) + 1e-8f);
    return kind_ == Kind::error && abs > static_cast<float>(output_.tolerance.atol) &&
           rel > static_cast<float>(output_.tolerance.rtol);
  }

  std::optional<Found> first_wrong(const Excerpt& excerpt, std::uint64_t from,
                                   std::uint64_t to) const {
    return with_dtype(output_.plan.spec->dtype, [&](auto d) -> std::optional<Found> {
      Found found;
      for (std::uint64_t i = from; i < to; ++i) {
        if (wrong<d.value>(excerpt, i, found)) return found;
      }
      return std::nullopt;
    });
  }

  std::uint64_t count_wrong(const Excerpt& excerpt, std::uint64_t from, std::uint64_t to) const {
    return with_dtype(output_.plan.spec->dtype, [&](auto d) {
      Found found;
      std::uint64_t count = 0;
      for (std::uint64_t i = from; i < to; ++i) count += wrong<d.value>(excerpt, i, found) ? 1 : 0;
      return count;
    });
  }

  std::vector<std::uint64_t> coordinates(std::uint64_t element) const {
    const TensorShape& shape = output_.plan.shape;
    std::vector<std::uint64_t> out(static_cast<std::size_t>(shape.rank));
    for (std::size_t i = out.size(); i-- > 0;) {
      const auto extent = static_cast<std::uint64_t>(std::max<std::int64_t>(1, shape.extent[i]));
      out[i] = element % extent;
      element /= extent;
    }
    return out;
  }

  std::string at(std::uint64_t element) const {
    return fmt::format("[{}]", fmt::join(coordinates(element), ", "));
  }

  /// "[5, 128..255]", or "[5, 0] to [9, 7]" across the last dimension.
  std::string range(std::uint64_t from, std::uint64_t to) const {
    const auto first = coordinates(from), last = coordinates(to - 1);
    const bool one_row = !first.empty() && std::equal(first.begin(), first.end() - 1, last.begin());
    if (!one_row) return at(from) + " to " + at(to - 1);
    std::string text = "[";
    for (std::size_t i = 0; i + 1 < first.size(); ++i) text += fmt::format("{}, ", first[i]);
    return text + fmt::format("{}..{}]", first.back(), last.back());
  }

  std::string sample(const Found& found) const {
    if (kind_ == Kind::unwritten) return at(found.element) + ", which no call wrote";
    return fmt::format("{} is {}, the reference has {}", at(found.element), found.actual,
                       found.expected);
  }

  Device& device_;
  const FailedOutput& output_;
  Kind kind_;
};

}  // namespace

std::string place_text(Device& device, const FailedOutput& output) {
  Search search(device, output);
  const Comparison& found = output.compared.found;
  const bool row = kind_of(output.compared) == Kind::error && found.wrong_rows > 0;
  return row ? search.worst_patch(packed_row(found.worst_row)) : search.first();
}

}  // namespace fihost::device
