// Integer expressions over named constants, as conditions of tunables are written.
#pragma once

#include <cstdint>
#include <fihost/tokens.hpp>
#include <functional>
#include <optional>
#include <span>

namespace params {

using Number = std::int64_t;
using Tokens = std::span<const fihost::sdk::Token>;

/// The value of a name; nothing when it is not known. `place` is the offset where the name stands.
using Lookup = std::function<std::optional<Number>(std::string_view name, std::size_t place)>;

/// An integer literal, true or false.
[[nodiscard]] std::optional<Number> literal(const fihost::sdk::Token& token);

/// Nothing when the tokens are no expression of literals, known names, + - * / % << >>, comparisons,
/// && || ! ?: and parentheses, or when it has no value: a division by zero, an overflow. What && and
/// || do not need may be unknown.
[[nodiscard]] std::optional<Number> evaluate(Tokens tokens, const Lookup& lookup);

}  // namespace params
