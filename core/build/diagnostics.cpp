#include "core/build/diagnostics.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>

#include "core/build/text_lines.hpp"

namespace fihost {
namespace {

struct Word {
  std::string_view word;
  std::string_view severity;
};

/// Longer words first: the shorter ones are their tails.
constexpr std::array<Word, 7> words = {{{"fatal error", "error"},
                                        {"catastrophic error", "error"},
                                        {"fatal", "error"},
                                        {"error", "error"},
                                        {"warning", "warning"},
                                        {"remark", "note"},
                                        {"note", "note"}}};

std::optional<Word> take_word(std::string_view& text) {
  for (const Word& word : words) {
    if (take_prefix(text, word.word)) return word;
  }
  return std::nullopt;
}

std::string_view trim(std::string_view text) {
  const auto begin = std::min(text.find_first_not_of(' '), text.size());
  return text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Cut ":<number>" off the end.
std::optional<int> take_number(std::string_view& place) {
  const auto colon = place.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto value = number(place.substr(colon + 1));
  if (value) place = place.substr(0, colon);
  return value;
}

Diagnostic make(std::string_view file, int line, std::string_view severity,
                std::string_view message) {
  return {std::string(file), line, std::string(severity), std::string(trim(message))};
}

/// "k.cu:3:9: error: text", "k.cu:3: error: text", "g++: error: text".
std::optional<Diagnostic> parse_gnu(std::string_view line) {
  for (auto at = line.find(": "); at != std::string_view::npos; at = line.find(": ", at + 2)) {
    auto rest = line.substr(at + 2);
    const auto word = take_word(rest);
    if (!word || !take_prefix(rest, ": ")) continue;
    auto place = line.substr(0, at);
    const auto last = take_number(place);
    const auto before = last ? take_number(place) : std::nullopt;
    if (last) return make(place, before.value_or(*last), word->severity, rest);
    // Not a place but the tool that speaks.
    return make("", 0, word->severity, std::string(place) + ": " + std::string(rest));
  }
  return std::nullopt;
}

/// "k.cu(3): error: text", "k.cu(3): warning #177-D: text".
std::optional<Diagnostic> parse_nvcc(std::string_view line) {
  const auto close = line.find("): ");
  if (close == std::string_view::npos) return std::nullopt;
  const auto open = line.rfind('(', close);
  if (open == std::string_view::npos || open == 0) return std::nullopt;
  const auto at = number(line.substr(open + 1, close - open - 1));
  auto rest = line.substr(close + 3);
  const auto word = take_word(rest);
  if (!at || !word) return std::nullopt;
  const auto colon = rest.find(": ");
  // Between the word and the colon stands nothing, or " #177-D".
  if (colon == std::string_view::npos || (colon > 0 && !rest.starts_with(" #"))) {
    return std::nullopt;
  }
  return make(line.substr(0, open), *at, word->severity, rest.substr(colon + 2));
}

/// "ptxas error   : text", "ptxas /tmp/k.ptx, line 7; error   : text", "nvcc fatal   : text". The
/// PTX is a temporary file, so its place is not reported.
std::optional<Diagnostic> parse_cuda_tool(std::string_view line) {
  for (const std::string_view tool : {"ptxas ", "nvlink ", "nvcc "}) {
    auto rest = line;
    if (!take_prefix(rest, tool)) continue;
    if (const auto place = rest.find("; "); place < rest.find(" : ")) rest.remove_prefix(place + 2);
    const auto word = take_word(rest);
    const auto colon = rest.find(": ");
    if (!word || colon == std::string_view::npos) return std::nullopt;
    if (!trim(rest.substr(0, colon)).empty()) return std::nullopt;
    return make("", 0, word->severity,
                std::string(trim(tool)) + ": " + std::string(rest.substr(colon + 2)));
  }
  return std::nullopt;
}

/// "/usr/bin/ld: k.cpp:(.text+0x9): undefined reference to `f'", with "file:line:" where debug
/// information tells it, and with or without the linker's own name in front.
std::optional<Diagnostic> parse_linker(std::string_view line) {
  const auto undefined = line.find(": undefined reference to ");
  const auto name = line.substr(0, std::min(line.find(": "), line.size()));
  const bool linker = name.ends_with("ld") || name.ends_with("lld") || name.ends_with("ld.gold");
  if (linker && undefined != name.size())
    line.remove_prefix(std::min(name.size() + 2, line.size()));
  if (const auto at = line.find(": undefined reference to "); at != std::string_view::npos) {
    auto place = line.substr(0, at);
    if (place.ends_with(')')) place = place.substr(0, std::min(place.rfind(":("), place.size()));
    const auto number = take_number(place);
    if (place.ends_with(".o")) place = {};  // a temporary of the build
    return make(place, number.value_or(0), "error", line.substr(at + 2));
  }
  if (linker && line.starts_with("cannot find ")) return make("", 0, "error", line);
  return std::nullopt;
}

/// What only says that another program failed, which has spoken for itself.
bool is_echo(const Diagnostic& diagnostic) {
  return diagnostic.message.starts_with("collect2: ld returned ") ||
         diagnostic.message.find("linker command failed") != std::string::npos;
}

}  // namespace

std::vector<Diagnostic> parse_diagnostics(std::string_view log) {
  std::vector<Diagnostic> out;
  for_each_line(log, [&](std::string_view line) {
    for (const auto parse : {parse_cuda_tool, parse_nvcc, parse_linker, parse_gnu}) {
      auto found = parse(line);
      if (!found) continue;
      if (!is_echo(*found)) out.push_back(std::move(*found));
      return;
    }
  });
  return out;
}

}  // namespace fihost
