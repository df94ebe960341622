// fihost/tokens.hpp - the tokens of a C++ or CUDA source, for plugins that read or rewrite it. C++20;
// needs nothing but the standard library.
#pragma once

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fihost::sdk {

enum class TokenKind : std::uint8_t {
  identifier,  ///< keywords, too
  number,      ///< 1'000, 0x10u, 1e-6f
  text,        ///< a string or character literal with its prefix and quotes
  symbol,      ///< an operator of one or two characters, or a bracket
  directive    ///< a preprocessor line, from # to its end, continued lines included
};

/// A part of the source it was read from; comments and blanks are in none.
struct Token {
  TokenKind kind = TokenKind::symbol;
  std::string_view text;   ///< borrowed from the source
  std::size_t offset = 0;  ///< of its first byte in the source

  [[nodiscard]] bool is(std::string_view other) const noexcept { return text == other; }
  [[nodiscard]] std::size_t end() const noexcept { return offset + text.size(); }
};

namespace detail {

class TokenReader {
 public:
  explicit TokenReader(std::string_view source) : source_(source) {}

  std::vector<Token> read() {
    while (skip_blanks()) {
      const std::size_t begin = at_;
      const TokenKind kind = pass_token();
      tokens_.push_back({kind, source_.substr(begin, at_ - begin), begin});
      line_start_ = false;
    }
    return std::move(tokens_);
  }

 private:
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0';
  }
  static bool is_letter(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
  }
  void pass_to(std::size_t place, std::size_t beyond) {
    at_ = place == std::string_view::npos ? source_.size() : place + beyond;
  }

  // Moves past a comment; false when there is none here.
  bool pass_comment() {
    if (peek() != '/') return false;
    if (peek(1) == '*') {
      pass_to(source_.find("*/", at_ + 2), 2);
    } else if (peek(1) == '/') {
      while (at_ < source_.size() && peek() != '\n') at_ += peek() == '\\' ? 2 : 1;
      at_ = std::min(at_, source_.size());
    } else {
      return false;
    }
    return true;
  }

  // False at the end of the source.
  bool skip_blanks() {
    while (at_ < source_.size()) {
      if (peek() == '\n') {
        line_start_ = true;
        ++at_;
      } else if (peek() == '\\' && (peek(1) == '\n' || peek(1) == '\r')) {
        at_ += 2;
      } else if (std::isspace(static_cast<unsigned char>(peek())) != 0) {
        ++at_;
      } else if (!pass_comment()) {
        return true;
      }
    }
    return false;
  }

  void pass_directive() {
    while (at_ < source_.size() && peek() != '\n') {
      if (peek() == '/' && peek(1) == '/') return;  // a comment at its end
      if (pass_comment()) continue;
      if (peek() == '\\') {
        at_ += peek(1) == '\r' && peek(2) == '\n' ? 3 : 2;
      } else if (peek() == '"') {
        pass_literal();
      } else {
        ++at_;
      }
    }
    at_ = std::min(at_, source_.size());
  }

  // A literal that does not end on its line ends there, as in a comment of a directive.
  void pass_literal() {
    const char quote = peek();
    ++at_;
    while (at_ < source_.size() && peek() != quote && peek() != '\n') at_ += peek() == '\\' ? 2 : 1;
    if (peek() == quote) ++at_;
    at_ = std::min(at_, source_.size());
  }

  void pass_raw_text() {
    const std::size_t open = source_.find('(', at_);
    if (open == std::string_view::npos) return pass_to(open, 0);
    std::string close = ")";
    close.append(source_.substr(at_ + 1, open - at_ - 1)).append("\"");
    pass_to(source_.find(close, open), close.size());
  }

  TokenKind pass_token() {
    const char c = peek();
    if (c == '#' && line_start_) {
      pass_directive();
      return TokenKind::directive;
    }
    if (c == '"' || c == '\'') {
      pass_literal();
      return TokenKind::text;
    }
    if (std::isdigit(static_cast<unsigned char>(c)) != 0 ||
        (c == '.' && std::isdigit(static_cast<unsigned char>(peek(1))) != 0))
      return pass_number();
    if (is_letter(c)) return pass_word();
    static constexpr std::array<std::string_view, 21> pairs = {
        "::", "->", "++", "--", "<<", ">>", "<=", ">=", "==", "!=", "&&",
        "||", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "##"};
    at_ += std::find(pairs.begin(), pairs.end(), source_.substr(at_, 2)) != pairs.end() ? 2 : 1;
    return TokenKind::symbol;
  }

  TokenKind pass_number() {
    const auto exponent = [this] {
      const char c = static_cast<char>(std::tolower(static_cast<unsigned char>(source_[at_ - 1])));
      return (peek() == '+' || peek() == '-') && (c == 'e' || c == 'p') && !hexadecimal_e(c);
    };
    number_begin_ = at_++;
    while (is_letter(peek()) || peek() == '.' || (peek() == '\'' && is_letter(peek(1))) ||
           exponent())
      ++at_;
    return TokenKind::number;
  }
  // In 0x1e+1 the e is a digit.
  [[nodiscard]] bool hexadecimal_e(char c) const {
    const char second = number_begin_ + 1 < source_.size() ? source_[number_begin_ + 1] : '\0';
    return c == 'e' && (second == 'x' || second == 'X');
  }

  TokenKind pass_word() {
    const std::size_t begin = at_;
    while (is_letter(peek())) ++at_;
    const std::string_view word = source_.substr(begin, at_ - begin);
    const bool prefix = word == "L" || word == "u" || word == "U" || word == "u8";
    if (peek() == '"' &&
        (word == "R" || word == "LR" || word == "uR" || word == "UR" || word == "u8R"))
      pass_raw_text();
    else if ((peek() == '"' || peek() == '\'') && prefix)
      pass_literal();
    else
      return TokenKind::identifier;
    return TokenKind::text;
  }

  std::string_view source_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0, number_begin_ = 0;
  bool line_start_ = true;
};

}  // namespace detail

/// In the order of the source, which must outlive them. Never fails: what does not end, ends with the
/// source.
[[nodiscard]] inline std::vector<Token> tokens(std::string_view source) {
  return detail::TokenReader(source).read();
}

/// Index of the bracket that closes the one at `open`, or tokens.size(). Angles are no brackets.
[[nodiscard]] inline std::size_t closing(const std::vector<Token>& tokens, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < tokens.size(); ++i) {
    if (tokens[i].kind != TokenKind::symbol) continue;
    if (tokens[i].is("(") || tokens[i].is("[") || tokens[i].is("{")) ++depth;
    if (tokens[i].is(")") || tokens[i].is("]") || tokens[i].is("}")) --depth;
    if (depth == 0) return i;
  }
  return tokens.size();
}

}  // namespace fihost::sdk
