// Keeps the tables of docs/evolve-config.md equal to the table of keys.
//
//   config_reference FILE            exits with 1 and says where FILE differs
//   config_reference FILE --write    puts the tables into FILE
//
// A table stands between the lines `<!-- keys: SECTION -->` (`top` for the top level, `openevolve` for
// what has no effect) and `<!-- end -->`.
#include <cstdio>
#include <exception>
#include <sstream>

#include "core/base/error.hpp"
#include "core/search/config_keys.hpp"

namespace {

using namespace fihost::search;

constexpr std::string_view begin_mark = "<!-- keys: ", end_mark = "<!-- end -->";

/// As it stands in a cell of a Markdown table.
std::string cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) {
    text.insert(at, "\\");
  }
  return text;
}

std::string default_of(const ConfigKey& key) {
  const auto defaults = to_json(EvolveConfig());
  const auto& place = key.section.empty() ? defaults : defaults.at(key.section);
  const auto text = fihost::dump(place.at(key.name));
  return text.size() > 2 || text != "\"\"" ? "`" + text + "`" : std::string();
}

std::string keys_table(const std::string& section) {
  std::string text = "| key | default | takes | |\n|---|---|---|---|\n";
  for (const auto& key : config_keys()) {
    if (key.section != section) continue;
    text += fmt::format("| `{}` | {} | {} | {} |\n", key.name, cell(default_of(key)),
                        cell(wanted(key)), cell(key.help));
  }
  return text;
}

std::string foreign_table() {
  std::string text = "| key | why |\n|---|---|\n";
  for (const auto& key : foreign_keys()) {
    text += fmt::format("| `{}{}{}` | {} |\n", key.section, key.section.empty() ? "" : ".",
                        key.name, cell(key.reason));
  }
  return text;
}

std::string table(const std::string& name) {
  if (name == "openevolve") return foreign_table();
  return keys_table(name == "top" ? "" : name);
}

/// `page` with its tables made anew.
std::string renewed(const std::string& page) {
  std::istringstream in(page);
  std::string out, line;
  bool inside = false;
  while (std::getline(in, line)) {
    if (inside && line != end_mark) continue;
    inside = line.starts_with(begin_mark);
    out += line + "\n";
    if (!inside) continue;
    const auto name = line.substr(begin_mark.size());
    out += table(name.substr(0, name.find(' ')));
  }
  if (inside) fihost::fail("a table has no line {}", end_mark);
  return out;
}

int first_difference(const std::string& a, const std::string& b) {
  int line = 1;
  for (std::size_t i = 0; i < a.size() && i < b.size() && a[i] == b[i]; ++i) line += a[i] == '\n';
  return line;
}

int run(const std::string& file, bool write) {
  const auto page = fihost::read_text(file), wanted_page = renewed(page);
  if (write) fihost::write_text(file, wanted_page);
  if (write || page == wanted_page) return 0;
  std::fprintf(stderr,
               "%s:%d: differs from the table of keys; config_reference %s --write mends it\n",
               file.c_str(), first_difference(page, wanted_page), file.c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc < 2) fihost::fail("config_reference: name the page");
    return run(argv[1], argc > 2 && std::string(argv[2]) == "--write");
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 2;
  }
}
