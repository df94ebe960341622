#include "core/report/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

namespace fihost {
namespace {

const char* code_of(Tone tone) {
  switch (tone) {
    case Tone::plain:
      return "";
    case Tone::strong:
      return "\x1b[1m";
    case Tone::good:
      return "\x1b[32m";
    case Tone::bad:
      return "\x1b[31m";
    case Tone::warning:
      return "\x1b[33m";
    case Tone::faint:
      return "\x1b[2m";
  }
  return "";
}

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xc0u) == 0x80u; }

}  // namespace

Terminal terminal_of(int fd) {
  Terminal terminal;
  const bool refused = is_set("NO_COLOR");
  if (::isatty(fd) == 0) {
    terminal.colour = is_set("CLICOLOR_FORCE") && !refused;
    return terminal;
  }
  const char* term = std::getenv("TERM");
  terminal.interactive = term != nullptr && std::string_view(term) != "dumb";
  terminal.colour = terminal.interactive && !refused;
  winsize size{};
  const bool known = ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  terminal.width = known ? size.ws_col : 80;
  terminal.height = known ? size.ws_row : 24;
  return terminal;
}

std::string painted(std::string_view text, Tone tone, bool colour) {
  if (!colour || tone == Tone::plain || text.empty()) return std::string(text);
  return code_of(tone) + std::string(text) + "\x1b[0m";
}

std::string printable(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0u;
    if (byte == 0xc2 && next >= 0x80 && next < 0xa0) {
      ++i;  // U+0080 to U+009F, the second set of them
    } else if (byte >= 0x20 && byte != 0x7f) {
      out += text[i];
    }
  }
  return out;
}

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  for (const char c : text) columns += continues(c) ? 0 : 1;
  return columns;
}

std::string fitted(std::string_view text, std::size_t columns) {
  if (columns == 0 || columns_of(text) <= columns) return std::string(text);
  std::size_t end = 0, taken = 0;
  while (end < text.size()) {
    if (!continues(text[end]) && taken++ == columns - 1) break;
    ++end;
  }
  return std::string(text.substr(0, end)) + "…";
}

}  // namespace fihost
