#include "core/search/source_digest.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "core/base/hash.hpp"

namespace fihost::search {
namespace {

/// Longest first. '>' stands alone, so that A<B<C>> and A<B<C> > are the same.
constexpr std::array<std::string_view, 24> operators = {
    "<=>", "<<=", "...", "->*", "::", "->", ".*", "++", "--", "<<", "<=", "==",
    "!=",  "&&",  "||",  "+=",  "-=", "*=", "/=", "%=", "&=", "|=", "^=", "##"};

constexpr char end = '\0';

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f' || c == end;
}

/// Reads characters as the compiler does: a backslash at the end of a line joins it with the next.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) { skip_splices(); }

  [[nodiscard]] bool done() const { return at_ >= text_.size(); }
  [[nodiscard]] char peek() const { return done() ? end : text_[at_]; }
  [[nodiscard]] char after() const {
    Cursor next = *this;
    (void)next.take();
    return next.peek();
  }
  char take() {
    const char c = peek();
    ++at_;
    skip_splices();
    return c;
  }
  [[nodiscard]] bool starts_with(std::string_view word) const {
    Cursor next = *this;
    return std::all_of(word.begin(), word.end(),
                       [&](char c) { return !next.done() && next.take() == c; });
  }
  void skip(std::size_t count) {
    while (count-- > 0) (void)take();
  }
  /// The text from here as it stands in the file; joins are not lines' ends here.
  [[nodiscard]] std::string_view rest() const {
    return done() ? std::string_view{} : text_.substr(at_);
  }
  void skip_raw(std::size_t bytes) {
    at_ += bytes;
    skip_splices();
  }

 private:
  void skip_splices() {
    while (at_ + 1 < text_.size() && text_[at_] == '\\') {
      const bool dos = text_.substr(at_ + 1, 2) == "\r\n";
      if (!dos && text_[at_ + 1] != '\n') return;
      at_ += dos ? 3 : 2;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

class Normaliser {
 public:
  explicit Normaliser(std::string_view source) : in_(source) { out_.reserve(source.size()); }

  std::string run() && {
    while (!in_.done()) {
      const char c = in_.peek();
      if (c == '\n') {
        line_end();
      } else if (is_space(c)) {
        (void)in_.take();
      } else if (c == '/' && in_.after() == '/') {
        while (!in_.done() && in_.peek() != '\n') (void)in_.take();
      } else if (c == '/' && in_.after() == '*') {
        block_comment();
      } else {
        token(c);
        line_is_empty_ = false;
      }
    }
    if (in_directive_) line_end();
    return std::move(out_);
  }

 private:
  void line_end() {
    (void)in_.take();
    if (in_directive_) out_ += '\n';
    in_directive_ = false;
    line_is_empty_ = true;
    directive_words_ = 0;
  }

  void block_comment() {
    in_.skip(2);
    while (!in_.done() && !(in_.peek() == '*' && in_.after() == '/')) (void)in_.take();
    in_.skip(2);
  }

  void begin_token() {
    if (!out_.empty() && out_.back() != '\n') out_ += ' ';
  }

  void token(char c) {
    if (c == '#' && line_is_empty_) {
      // On a line of its own, whatever comes before.
      if (!out_.empty() && out_.back() != '\n') out_ += '\n';
      in_directive_ = true;
    }
    begin_token();
    if (is_digit(c) || (c == '.' && is_digit(in_.after()))) {
      number();
    } else if (is_word(c)) {
      word();
    } else if (c == '"' || c == '\'') {
      literal();
    } else {
      punctuation(c);
    }
  }

  void number() {
    char before = end;
    while (!in_.done()) {
      const char c = in_.peek();
      const bool sign = (c == '+' || c == '-') &&
                        (before == 'e' || before == 'E' || before == 'p' || before == 'P');
      if (c == '\'' && is_word(in_.after())) {
        before = in_.take();
        continue;
      }
      if (!is_word(c) && c != '.' && !sign) return;
      before = in_.take();
      out_ += before;
    }
  }

  void word() {
    const std::size_t begin = out_.size();
    while (is_word(in_.peek())) out_ += in_.take();
    const std::string_view name = std::string_view(out_).substr(begin);
    const bool prefix = name == "u8" || name == "u" || name == "U" || name == "L";
    const bool raw = name == "R" || name == "u8R" || name == "uR" || name == "UR" || name == "LR";
    if (raw && in_.peek() == '"') {
      raw_string();
    } else if (prefix && (in_.peek() == '"' || in_.peek() == '\'')) {
      literal();
    } else if (in_directive_) {
      directive_word(std::string(name));
    }
  }

  /// The words after '#' that change how the rest of the line reads.
  void directive_word(const std::string& name) {
    ++directive_words_;
    if (directive_words_ == 1) {
      defines_ = name == "define";
      if (name == "include" || name == "include_next" || name == "import") header_name();
    } else if (directive_words_ == 2 && defines_ && in_.peek() == '(') {
      out_ += in_.take();  // f(x) takes arguments, f (x) does not
    }
  }

  void header_name() {
    while (!in_.done() && is_space(in_.peek())) (void)in_.take();
    const char open = in_.peek();
    if (open != '<' && open != '"') return;
    const char close = open == '<' ? '>' : '"';
    begin_token();
    out_ += in_.take();
    while (!in_.done() && in_.peek() != '\n') {
      const char c = in_.take();
      out_ += c;
      if (c == close) return;
    }
  }

  /// Up to its end, or to the line's where it has none: an apostrophe in #error.
  void literal() {
    const char quote = in_.take();
    out_ += quote;
    while (!in_.done() && in_.peek() != '\n') {
      const char c = in_.take();
      out_ += c;
      if (c == quote) return suffix();
      if (c == '\\' && !in_.done() && in_.peek() != '\n') out_ += in_.take();
    }
  }

  void suffix() {
    while (is_word(in_.peek())) out_ += in_.take();
  }

  void raw_string() {
    const auto text = in_.rest();
    const auto open = text.substr(0, 18).find('(');
    if (open == std::string_view::npos) return literal();
    const std::string close = ")" + std::string(text.substr(1, open - 1)) + "\"";
    const auto found = text.find(close, open);
    const auto length = found == std::string_view::npos ? text.size() : found + close.size();
    out_ += text.substr(0, length);
    in_.skip_raw(length);
    suffix();
  }

  void punctuation(char c) {
    const auto found = std::find_if(operators.begin(), operators.end(), [&](std::string_view op) {
      return op[0] == c && in_.starts_with(op);
    });
    if (found == operators.end()) {
      out_ += in_.take();
    } else {
      out_ += *found;
      in_.skip(found->size());
    }
  }

  Cursor in_;
  std::string out_;
  bool line_is_empty_ = true;  ///< no token yet
  bool in_directive_ = false;
  int directive_words_ = 0;
  bool defines_ = false;
};

}  // namespace

std::string normalised_source(std::string_view source) { return Normaliser(source).run(); }

std::string source_digest(std::string_view source) {
  return Hash().add("source").add(normalised_source(source)).hex();
}

}  // namespace fihost::search
