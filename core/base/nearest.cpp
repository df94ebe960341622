#include "core/base/nearest.hpp"

#include <algorithm>
#include <cstddef>

namespace fihost {
namespace {

std::size_t edits(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::optional<std::string> nearest(std::string_view typed, const std::vector<std::string>& words) {
  std::optional<std::string> best;
  std::size_t fewest = 0;
  for (const auto& word : words) {
    const auto count = edits(typed, word);
    if (count > std::max<std::size_t>(2, word.size() / 3) || (best && count >= fewest)) continue;
    best = word;
    fewest = count;
  }
  return best;
}

}  // namespace fihost
