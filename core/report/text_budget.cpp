#include "core/report/text_budget.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fihost {
namespace {

/// Shorter ones are always taken: a note would be no shorter.
constexpr std::size_t short_bytes = 80;

/// The end of a whole character at or before `at`.
std::size_t whole(const std::string& text, std::size_t at) {
  while (at > 0 && at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0u) == 0x80u)
    --at;
  return at;
}

}  // namespace

std::string TextBudget::take(const std::string& text) {
  if (text.size() <= short_bytes) {
    taken_ += text.size();
    return text;
  }
  if (taken_ + std::min(text.size(), bounds_.each) > bounds_.total) {
    return fmt::format("[{} bytes are left out of this report; fihost export has them]",
                       text.size());
  }
  if (text.size() <= bounds_.each) {
    taken_ += text.size();
    return text;
  }
  taken_ += bounds_.each;
  const auto head = whole(text, bounds_.each / 2);
  const auto tail = whole(text, text.size() - bounds_.each / 2);
  return fmt::format("{}\n[{} bytes are left out of this report; fihost export has them]\n{}",
                     text.substr(0, head), tail - head, text.substr(tail));
}

void TextBudget::take_all(Json& json) {
  if (json.is_string()) {
    json = take(json.get<std::string>());
  } else if (json.is_structured()) {
    for (auto& member : json) take_all(member);
  }
}

}  // namespace fihost
