// A text taken line by line.
#pragma once

#include <algorithm>
#include <string_view>

namespace fihost {

/// Call `take` with each line of `text`, without its end.
template <class Take>
void for_each_line(std::string_view text, Take&& take) {
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    take(line);
  }
}

/// Remove `prefix` from the front of `text`, if it is there.
inline bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

}  // namespace fihost
