#include "core/report/text_table.hpp"

#include <algorithm>
#include <numeric>

namespace fihost {
namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t narrowest = 8;  // of a column that shrinks

std::string padded(const std::string& text, std::size_t width, bool right) {
  const auto used = columns_of(text);
  const std::string space(width - std::min(width, used), ' ');
  return right ? space + text : text + space;
}

void strip(std::string& line) {
  line.erase(std::find_if(line.rbegin(), line.rend(), [](char c) { return c != ' '; }).base(),
             line.end());
}

}  // namespace

void TextTable::add(std::vector<Cell> row) {
  for (auto& cell : row) cell.text = printable(cell.text);
  rows_.push_back(std::move(row));
}

std::vector<std::size_t> TextTable::widths(const Terminal& terminal) const {
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    std::size_t width = 0;
    for (const auto& row : rows_) {
      if (row[c].text != "-") width = std::max(width, columns_of(row[c].text));
    }
    if (width > 0 || rows_.empty()) width = std::max(width, columns_of(columns_[c].title));
    widths.push_back(width);
  }
  const auto shown = std::count_if(widths.begin(), widths.end(), [](auto w) { return w > 0; });
  auto total = std::accumulate(widths.begin(), widths.end(), std::size_t{0}) +
               gap * static_cast<std::size_t>(std::max<std::ptrdiff_t>(shown - 1, 0));
  for (std::size_t c = 0; c < columns_.size() && terminal.width > 0; ++c) {
    const auto room = static_cast<std::size_t>(terminal.width);
    if (!columns_[c].shrink || total <= room || widths[c] <= narrowest) continue;
    const auto cut = std::min(total - room, widths[c] - narrowest);
    widths[c] -= cut;
    total -= cut;
  }
  return widths;
}

std::string TextTable::text(const Terminal& terminal) const {
  const auto width = widths(terminal);
  std::string out;
  const auto add_line = [&](const auto& cell_of, bool title) {
    std::string line;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      if (width[c] == 0) continue;
      const Cell cell = cell_of(c);
      if (!line.empty()) line += std::string(gap, ' ');
      const auto content = padded(fitted(cell.text, width[c]), width[c], columns_[c].right);
      line += painted(content, title ? Tone::faint : cell.tone, terminal.colour);
    }
    strip(line);
    out += line + "\n";
  };
  add_line([&](std::size_t c) { return Cell(columns_[c].title); }, true);
  for (const auto& row : rows_) add_line([&](std::size_t c) { return row[c]; }, false);
  return out;
}

}  // namespace fihost
