#include "core/model/python_source.hpp"

#include <algorithm>
#include <array>

#include "core/base/error.hpp"

namespace fihost {
namespace {

/// What a scan over the tokens that span characters found.
struct Scan {
  std::string fault;
  bool defines_run = false;
  bool assigns = false;    // a bare '=' outside brackets
  bool two_lines = false;  // more than one logical line
};

bool is_name_character(char c) {
  return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// One past the string literal that starts with the quote at `at`; npos when it is not closed.
std::size_t string_end(std::string_view source, std::size_t at) {
  const char quote = source[at];
  const std::string triple(3, quote);
  const bool is_long = source.substr(at).starts_with(triple);
  for (std::size_t i = at + (is_long ? 3 : 1); i < source.size(); ++i) {
    if (source[i] == '\\') {
      ++i;
    } else if (!is_long && source[i] == '\n') {
      return std::string_view::npos;
    } else if (!is_long && source[i] == quote) {
      return i + 1;
    } else if (is_long && source.substr(i).starts_with(triple)) {
      return i + 3;
    }
  }
  return std::string_view::npos;
}

/// "def run (" with any blanks between.
bool starts_run(std::string_view line) {
  const auto skip_blanks = [&line] {
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  };
  if (!line.starts_with("def ") && !line.starts_with("def\t")) return false;
  line.remove_prefix(3);
  skip_blanks();
  if (!line.starts_with("run")) return false;
  line.remove_prefix(3);
  skip_blanks();
  return line.starts_with('(');
}

class Scanner {
 public:
  explicit Scanner(std::string_view source) : source_(source) {}

  Scan run() {
    bool line_begins = true;
    for (std::size_t at = 0; at < source_.size() && scan_.fault.empty();) {
      if (line_begins && starts_run(source_.substr(at))) scan_.defines_run = true;
      line_begins = false;
      const char c = source_[at];
      if (c == '\n') {
        const bool continued = at > 0 && source_[at - 1] == '\\';
        line_begins = open_.empty() && !continued;
        scan_.two_lines = scan_.two_lines || (line_begins && !rest_is_blank(at));
        ++line_;
        ++at;
      } else if (c == '#') {
        at = std::min(source_.find('\n', at), source_.size());
      } else if (c == '"' || c == '\'') {
        at = skip_string(at);
      } else {
        character(at);
        ++at;
      }
    }
    if (scan_.fault.empty() && !open_.empty()) {
      scan_.fault = fmt::format("is no Python: '{}' is never closed", open_.back());
    }
    return scan_;
  }

 private:
  [[nodiscard]] bool rest_is_blank(std::size_t at) const {
    return source_.find_first_not_of(" \t\r\n", at) == std::string_view::npos;
  }

  std::size_t skip_string(std::size_t at) {
    const auto end = string_end(source_, at);
    if (end == std::string_view::npos) {
      scan_.fault = fmt::format("is no Python: the string in its line {} is not closed", line_);
      return source_.size();
    }
    const auto text = source_.substr(at, end - at);
    line_ += static_cast<int>(std::count(text.begin(), text.end(), '\n'));
    return end;
  }

  void character(std::size_t at) {
    const char c = source_[at];
    if (c == '(' || c == '[' || c == '{') {
      open_ += c;
    } else if (c == ')' || c == ']' || c == '}') {
      const char wanted = c == ')' ? '(' : c == ']' ? '[' : '{';
      if (open_.empty() || open_.back() != wanted) {
        scan_.fault = fmt::format("is no Python: '{}' in its line {} closes nothing", c, line_);
      } else {
        open_.pop_back();
      }
    } else if (c == '=' && open_.empty()) {
      const char before = at > 0 ? source_[at - 1] : ' ';
      const char after = at + 1 < source_.size() ? source_[at + 1] : ' ';
      const bool compares =
          after == '=' || std::string_view("=<>!:").find(before) != std::string::npos;
      scan_.assigns = scan_.assigns || !compares;
    }
  }

  std::string_view source_;
  std::string open_;  // brackets
  int line_ = 1;
  Scan scan_;
};

}  // namespace

std::string reference_fault(std::string_view source) {
  const auto scan = Scanner(source).run();
  if (!scan.fault.empty() || scan.defines_run) return scan.fault;
  return "must hold a top-level Python function: a line that starts with \"def run(\"";
}

std::string expression_fault(std::string_view source) {
  const auto first = source.find_first_not_of(" \t");
  if (first == std::string_view::npos) return "is no Python expression: it is blank";
  const auto scan = Scanner(source).run();
  if (!scan.fault.empty()) return scan.fault;
  if (scan.assigns) return "is no Python expression: it assigns; \"==\" compares";
  if (scan.two_lines) return "is no Python expression: it has several lines";
  auto word = source.substr(first);
  word = word.substr(
      0, static_cast<std::size_t>(std::find_if_not(word.begin(), word.end(), is_name_character) -
                                  word.begin()));
  constexpr std::array statements = {"assert", "class",  "def",   "del",    "for",
                                     "from",   "global", "if",    "import", "pass",
                                     "raise",  "return", "while", "with"};
  if (std::find(statements.begin(), statements.end(), word) != statements.end()) {
    return fmt::format("is no Python expression: it is a statement ({})", word);
  }
  return {};
}

}  // namespace fihost
