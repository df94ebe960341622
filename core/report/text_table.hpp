// Columns of text, aligned and fitted to a terminal.
#pragma once

#include <string>
#include <vector>

#include "core/report/terminal.hpp"

namespace fihost {

struct Column {
  std::string title;
  bool right = false;   ///< numbers are aligned to the right
  bool shrink = false;  ///< gives way first when the terminal is narrow
};

struct Cell {
  Cell() = default;
  Cell(std::string content, Tone meaning = Tone::plain)  // NOLINT: a cell is mostly its text
      : text(std::move(content)), tone(meaning) {}
  std::string text;
  Tone tone = Tone::plain;
};

class TextTable {
 public:
  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// As many cells as there are columns; control characters are left out of them.
  void add(std::vector<Cell> row);

  /// Title line and rows, each ended by a newline and without trailing spaces. A column in which every
  /// cell is "-" or empty is left out.
  [[nodiscard]] std::string text(const Terminal& terminal) const;

 private:
  [[nodiscard]] std::vector<std::size_t> widths(const Terminal& terminal) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace fihost
