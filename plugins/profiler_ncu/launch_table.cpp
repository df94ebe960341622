#include "launch_table.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace profiler_ncu {
namespace {

using Cells = std::vector<std::string>;

/// The cells of one line; every one is quoted, and a quote inside is doubled. Empty: no such line.
Cells cells_of(std::string_view line) {
  Cells cells;
  std::size_t at = 0;
  while (at < line.size() && line[at] == '"') {
    std::string cell;
    for (++at; at < line.size(); ++at) {
      if (line[at] != '"') {
        cell += line[at];
      } else if (at + 1 < line.size() && line[at + 1] == '"') {
        cell += line[++at];
      } else {
        break;
      }
    }
    if (at >= line.size()) return {};  // torn
    cells.push_back(std::move(cell));
    ++at;
    if (at == line.size()) return cells;
    if (line[at++] != ',') return {};
  }
  return {};
}

/// "1,980,000.5" -> 1980000.5. ncu groups thousands as the locale has it.
std::optional<double> number(std::string text) {
  std::erase(text, ',');
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) {
    return std::nullopt;
  }
  if (value != value || value - value != 0) return std::nullopt;  // NaN or infinite
  return value;
}

/// What a unit is in ns or bytes. --print-units base leaves only the first of each.
double scale_of(const std::string& unit) {
  struct Scale {
    const char* unit;
    double factor;
  };
  static constexpr std::array<Scale, 13> scales = {{{"us", 1e3},
                                                    {"usecond", 1e3},
                                                    {"ms", 1e6},
                                                    {"msecond", 1e6},
                                                    {"s", 1e9},
                                                    {"second", 1e9},
                                                    {"Kbyte", 1e3},
                                                    {"Mbyte", 1e6},
                                                    {"Gbyte", 1e9},
                                                    {"Tbyte", 1e12},
                                                    {"Kbyte/block", 1e3},
                                                    {"KB", 1e3},
                                                    {"MB", 1e6}}};
  for (const auto& scale : scales) {
    if (unit == scale.unit) return scale.factor;
  }
  return 1;
}

/// ncu prints hundreds of facts about the device on every row.
bool of_interest(const std::string& column) {
  static constexpr std::array<std::string_view, 3> passed_over = {"device__", "nvlink__", "numa__"};
  return column.find("__") != std::string::npos &&
         std::none_of(passed_over.begin(), passed_over.end(),
                      [&](std::string_view prefix) { return column.rfind(prefix, 0) == 0; });
}

Launch launch_of(const Cells& header, const Cells& units, const Cells& row) {
  Launch launch;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (header[i] == "Kernel Name") launch.kernel = row[i];
    if (header[i] == "Block Size") launch.block = row[i];
    if (header[i] == "Grid Size") launch.grid = row[i];
    if (!of_interest(header[i])) continue;
    if (const auto value = number(row[i])) {
      launch.values[header[i]] = *value * (i < units.size() ? scale_of(units[i]) : 1);
    }
  }
  return launch;
}

template <class Each>
void for_each_line(std::string_view text, Each&& each) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    each(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

/// Where the bracket that ends at `end` (exclusive) begins; npos: nowhere.
std::size_t opening(std::string_view text, std::size_t end, char open, char close) {
  int depth = 0;
  for (std::size_t i = end; i-- > 0;) {
    if (text[i] == close) ++depth;
    if (text[i] == open && --depth == 0) return i;
  }
  return std::string_view::npos;
}

}  // namespace

std::optional<double> Launch::value(const std::string& metric) const {
  const auto found = values.find(metric);
  if (found == values.end()) return std::nullopt;
  return found->second;
}

double Launch::value_or(const std::string& metric, double other) const {
  return value(metric).value_or(other);
}

std::vector<Launch> parse_launches(std::string_view text) {
  std::vector<Launch> launches;
  Cells header, units;
  for_each_line(text, [&](std::string_view line) {
    if (line.empty() || line.front() != '"') return;
    auto cells = cells_of(line);
    if (cells.size() > 4 && cells[0] == "ID" && cells[1] == "Process ID") {
      header = std::move(cells);
      units.clear();
    } else if (header.empty() || cells.size() != header.size()) {
      return;
    } else if (cells[0].empty()) {
      units = std::move(cells);
    } else {
      launches.push_back(launch_of(header, units, cells));
    }
  });
  return launches;
}

std::string first_error(std::string_view text) {
  constexpr std::string_view mark = "==ERROR== ";
  std::string found;
  for_each_line(text, [&](std::string_view line) {
    if (found.empty() && line.rfind(mark, 0) == 0) found = line.substr(mark.size());
  });
  return found;
}

std::string short_name(std::string_view kernel) {
  auto name = kernel;
  if (!name.empty() && name.back() == ')') {
    const auto open = opening(name, name.size(), '(', ')');
    if (open != std::string_view::npos && open > 0) name = name.substr(0, open);
  }
  // A function template names its result type in front: the last blank outside of brackets.
  int depth = 0;
  for (std::size_t i = name.size(); i-- > 0;) {
    if (name[i] == '>' || name[i] == ')') ++depth;
    if (name[i] == '<' || name[i] == '(') --depth;
    if (name[i] == ' ' && depth == 0) return std::string(name.substr(i + 1));
  }
  return std::string(name);
}

std::string base_name(std::string_view kernel) {
  std::string name = short_name(kernel);
  if (!name.empty() && name.back() == '>') {
    const auto open = opening(name, name.size(), '<', '>');
    if (open == std::string_view::npos) return {};
    name.resize(open);
  }
  if (const auto scope = name.rfind("::"); scope != std::string::npos) name.erase(0, scope + 2);
  const bool plain = std::all_of(name.begin(), name.end(),
                                 [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
  return plain ? name : std::string();
}

}  // namespace profiler_ncu
