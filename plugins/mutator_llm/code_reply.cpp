#include "code_reply.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

namespace mutator_llm {
namespace {

/// The fence that a line begins with, e.g. "```"; empty: none.
std::string_view fence_sign(std::string_view line) {
  line = trimmed(line);
  if (line.empty() || (line[0] != '`' && line[0] != '~')) return {};
  const std::size_t count = std::min(line.find_first_not_of(line[0]), line.size());
  if (count < 3) return {};
  // `a` in ```a``` is no fence.
  if (line[0] == '`' && line.substr(count).find('`') != std::string_view::npos) return {};
  return line.substr(0, count);
}

std::string language_of(std::string_view line, std::size_t sign) {
  std::string_view word = trimmed(trimmed(line).substr(sign));
  word = word.substr(0, word.find_first_of(" \t{:,"));
  std::string language;
  for (const char c : word) {
    language += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return language;
}

bool source_language(std::string_view language) {
  constexpr std::array<std::string_view, 13> known = {
      "", "cuda", "cu", "cuh", "cpp", "c++", "cxx", "cc", "c", "h", "hpp", "cuda-cpp", "cuda-c++"};
  return std::find(known.begin(), known.end(), language) != known.end();
}

bool starts_like_code(std::string_view line) {
  line = trimmed(line);
  constexpr std::array<std::string_view, 11> beginnings = {
      "#include",  "#pragma",    "#define",  "#if",    "//",        "/*",
      "namespace", "extern \"C", "template", "using ", "__global__"};
  return std::any_of(beginnings.begin(), beginnings.end(),
                     [&](std::string_view beginning) { return line.starts_with(beginning); });
}

/// A reply that is code from its first line on, but for a line "IDEA: ...".
std::optional<std::string> bare_code(const Lines& lines) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (blank(lines[i]) || (i < 3 && trimmed(lines[i]).starts_with("IDEA"))) continue;
    if (!starts_like_code(lines[i])) return std::nullopt;
    return joined(lines, {i, lines.size()});
  }
  return std::nullopt;
}

}  // namespace

std::vector<Fence> find_fences(const Lines& reply) {
  std::vector<Fence> fences;
  std::string_view sign;  // of the open fence
  for (std::size_t i = 0; i < reply.size(); ++i) {
    const std::string_view here = fence_sign(reply[i]);
    if (here.empty()) continue;
    if (sign.empty()) {
      fences.push_back({language_of(reply[i], here.size()), {i + 1, reply.size()}, false});
      sign = here;
    } else if (here[0] == sign[0] && here.size() >= sign.size() &&
               trimmed(reply[i]).size() == here.size()) {
      fences.back().body.end = i;
      fences.back().closed = true;
      sign = {};
    }
  }
  return fences;
}

CodeReply code_of(std::string_view reply, std::string_view entry) {
  const Lines lines = split_lines(reply);
  struct Block {
    std::string text;
    bool closed = true;
  };
  std::vector<Block> whole;
  bool any = false;
  const auto consider = [&](std::string text, bool closed) {
    if (trimmed(text).empty()) return;
    any = true;
    if (text.find(entry) != std::string::npos) whole.push_back({std::move(text), closed});
  };
  const std::vector<Fence> fences = find_fences(lines);
  for (const Fence& fence : fences) {
    if (source_language(fence.language)) consider(joined(lines, fence.body), fence.closed);
  }
  if (fences.empty()) {
    if (auto code = bare_code(lines)) consider(std::move(*code), true);
  }
  if (!any) return {{}, true, "the reply has no code block"};
  if (whole.empty()) {
    return {{}, true, "no code block of the reply is a whole file: none has " + std::string(entry)};
  }
  std::size_t longest = 0;
  for (const Block& block : whole) longest = std::max(longest, block.text.size());
  const auto chosen = std::find_if(whole.rbegin(), whole.rend(), [&](const Block& block) {
    return block.text.size() * 2 >= longest;
  });
  return {std::move(chosen->text), chosen->closed, {}};
}

}  // namespace mutator_llm
