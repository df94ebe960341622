#include "expression.hpp"

#include <array>
#include <charconv>
#include <string>

namespace params {
namespace {

using fihost::sdk::Token;
using fihost::sdk::TokenKind;
using Value = std::optional<Number>;

// Deeper than any condition that a person writes, and far from the end of the stack.
constexpr int max_depth = 200;

int precedence(std::string_view op) {
  static constexpr std::array<std::pair<std::string_view, int>, 15> table = {{{"||", 1},
                                                                              {"&&", 2},
                                                                              {"==", 3},
                                                                              {"!=", 3},
                                                                              {"<", 4},
                                                                              {">", 4},
                                                                              {"<=", 4},
                                                                              {">=", 4},
                                                                              {"<<", 5},
                                                                              {">>", 5},
                                                                              {"+", 6},
                                                                              {"-", 6},
                                                                              {"*", 7},
                                                                              {"/", 7},
                                                                              {"%", 7}}};
  for (const auto& [name, level] : table)
    if (name == op) return level;
  return 0;
}

Value shifted(std::string_view op, Number a, Number b) {
  if (a < 0 || b < 0 || b > 62) return std::nullopt;
  if (op == ">>") return a >> b;
  return a > (INT64_MAX >> b) ? Value() : a << b;
}

Value arithmetic(std::string_view op, Number a, Number b) {
  Number result = 0;
  if (op == "+") return __builtin_add_overflow(a, b, &result) ? Value() : result;
  if (op == "-") return __builtin_sub_overflow(a, b, &result) ? Value() : result;
  if (op == "*") return __builtin_mul_overflow(a, b, &result) ? Value() : result;
  if (op == "<<" || op == ">>") return shifted(op, a, b);
  if (b == 0 || (a == INT64_MIN && b == -1)) return std::nullopt;
  return op == "/" ? a / b : a % b;
}

Value compared(std::string_view op, Number a, Number b) {
  if (op == "==") return a == b;
  if (op == "!=") return a != b;
  if (op == "<") return a < b;
  if (op == ">") return a > b;
  if (op == "<=") return a <= b;
  return a >= b;
}

Value combined(std::string_view op, const Value& a, const Value& b) {
  if (op == "&&" || op == "||") {
    const bool decides = op == "||";
    if ((a && (*a != 0) == decides) || (b && (*b != 0) == decides)) return decides;
    return a && b ? Value(!decides) : Value();
  }
  if (!a || !b) return std::nullopt;
  const int level = precedence(op);
  return level == 3 || level == 4 ? compared(op, *a, *b) : arithmetic(op, *a, *b);
}

// Recursive descent; `well_formed_` turns false at the first token that does not fit.
class Parser {
 public:
  Parser(Tokens tokens, const Lookup& lookup) : tokens_(tokens), lookup_(lookup) {}

  Value parse() {
    const Value value = conditional();
    return well_formed_ && at_ == tokens_.size() ? value : std::nullopt;
  }

 private:
  [[nodiscard]] bool next_is(std::string_view text) const {
    return at_ < tokens_.size() && tokens_[at_].is(text);
  }
  bool take(std::string_view text) {
    if (!next_is(text)) return false;
    ++at_;
    return true;
  }

  Value conditional() {
    if (++depth_ > max_depth) well_formed_ = false;
    if (!well_formed_) return std::nullopt;
    Value value = binary(1);
    if (take("?")) {
      const Value yes = conditional();
      well_formed_ = well_formed_ && take(":");
      const Value no = conditional();
      value = value ? (*value != 0 ? yes : no) : std::nullopt;
    }
    --depth_;
    return value;
  }

  Value binary(int lowest) {
    Value left = unary();
    while (well_formed_ && at_ < tokens_.size()) {
      const std::string_view op = tokens_[at_].text;
      const int level = precedence(op);
      if (level < lowest || level == 0) break;
      ++at_;
      const Value right = binary(level + 1);
      left = combined(op, left, right);
    }
    return left;
  }

  Value unary() {
    if (++depth_ > max_depth) well_formed_ = false;
    if (!well_formed_) return std::nullopt;
    Value value;
    if (take("!")) {
      value = unary();
      if (value) value = *value == 0;
    } else if (take("-")) {
      value = unary();
      if (value) value = arithmetic("-", 0, *value);
    } else if (take("+")) {
      value = unary();
    } else {
      value = primary();
    }
    --depth_;
    return value;
  }

  Value primary() {
    if (take("(")) {
      const Value value = conditional();
      well_formed_ = well_formed_ && take(")");
      return value;
    }
    if (at_ == tokens_.size()) {
      well_formed_ = false;
      return std::nullopt;
    }
    const Token& token = tokens_[at_++];
    if (const Value value = literal(token)) return value;
    well_formed_ = token.kind == TokenKind::identifier;
    return well_formed_ ? lookup_(token.text, token.offset) : std::nullopt;
  }

  Tokens tokens_;
  const Lookup& lookup_;
  std::size_t at_ = 0;
  int depth_ = 0;
  bool well_formed_ = true;
};

}  // namespace

Value literal(const Token& token) {
  if (token.is("true")) return 1;
  if (token.is("false")) return 0;
  if (token.kind != TokenKind::number) return std::nullopt;
  std::string digits;
  for (const char c : token.text)
    if (c != '\'') digits += c;
  int base = 10;
  std::size_t begin = 0;
  if (digits.starts_with("0x") || digits.starts_with("0X")) {
    base = 16;
    begin = 2;
  } else if (digits.starts_with("0b") || digits.starts_with("0B")) {
    base = 2;
    begin = 2;
  } else if (digits.size() > 1 && digits[0] == '0') {
    base = 8;
  }
  Number value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [rest, problem] = std::from_chars(digits.data() + begin, end, value, base);
  if (problem != std::errc()) return std::nullopt;
  const bool suffix =
      std::string_view(rest, static_cast<std::size_t>(end - rest)).find_first_not_of("uUlLzZ") ==
      std::string_view::npos;
  return suffix ? Value(value) : std::nullopt;
}

Value evaluate(Tokens tokens, const Lookup& lookup) { return Parser(tokens, lookup).parse(); }

}  // namespace params
