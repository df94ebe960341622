#include "space.hpp"

#include <algorithm>
#include <limits>

namespace params {
namespace {

using fihost::sdk::Error;
using fihost::sdk::Json;
using fihost::sdk::Token;
using fihost::sdk::TokenKind;

constexpr int max_depth = 32;  // of constants that are made of constants

std::string text_of(Tokens tokens) {
  std::string text;
  for (const Token& token : tokens) text += token.text;
  return text;
}

// A literal with a sign, perhaps.
std::optional<Number> choice(Tokens tokens) {
  return evaluate(tokens, [](std::string_view, std::size_t) { return std::optional<Number>(); });
}

}  // namespace

Limits limits(const Json& device) {
  return {device.value("shared_bytes_per_block", Number{0}),
          device.value("registers_per_multiprocessor", Number{0})};
}

Space::Space(std::string source)
    : source_(std::move(source)), tokens_(fihost::sdk::tokens(source_)) {
  // Where the scopes end that are open; what an unnamed namespace declares is seen behind it.
  std::vector<std::size_t> scopes = {source_.size()};
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    if (tokens_[i].is("{")) {
      const std::size_t close = fihost::sdk::closing(tokens_, i);
      const bool unnamed = i > 0 && tokens_[i - 1].is("namespace");
      scopes.push_back(unnamed || close == tokens_.size() ? scopes.back() : tokens_[close].offset);
    } else if (tokens_[i].is("}") && scopes.size() > 1) {
      scopes.pop_back();
    } else if (tokens_[i].is("constexpr")) {
      read_constants(i + 1, scopes.back());
    } else if (tokens_[i].kind == TokenKind::identifier && i + 1 < tokens_.size() &&
               tokens_[i + 1].is("(")) {
      read_call(i, scopes.back());
    }
  }
}

void Space::read_call(std::size_t name, std::size_t until) {
  const std::size_t open = name + 1, close = fihost::sdk::closing(tokens_, open);
  if (close == tokens_.size()) return;
  const Tokens inside = Tokens(tokens_).subspan(open + 1, close - open - 1);
  if (tokens_[name].is("FIHOST_TUNE")) read_tune(open, close, until);
  if (tokens_[name].is("FIHOST_TUNE_REQUIRE")) conditions_.push_back(inside);
  if (tokens_[name].is("FIHOST_TUNE_BLOCK")) blocks_.push_back(inside);
}

std::vector<Tokens> Space::arguments(std::size_t open, std::size_t close) const {
  std::vector<Tokens> found;
  std::size_t begin = open + 1;
  for (std::size_t i = begin; i <= close; ++i) {
    if (i < close && tokens_[i].kind == TokenKind::symbol &&
        (tokens_[i].is("(") || tokens_[i].is("[") || tokens_[i].is("{"))) {
      i = fihost::sdk::closing(tokens_, i);
    } else if (i == close || tokens_[i].is(",")) {
      found.push_back(Tokens(tokens_).subspan(begin, i - begin));
      begin = i + 1;
    }
  }
  return found;
}

void Space::read_tune(std::size_t open, std::size_t close, std::size_t until) {
  const std::vector<Tokens> all = arguments(open, close);
  const std::string where = all.size() < 2 ? "FIHOST_TUNE" : "FIHOST_TUNE " + text_of(all[1]);
  const auto refuse = [&](const std::string& why) {
    throw Error(FIHOST_INVALID_ARGUMENT, where + ": " + why);
  };
  if (all.size() < 4 || all[1].size() != 1 || all[2].empty())
    refuse("wanted (type, name, value, choices...)");
  Tunable made;
  made.name = all[1].front().text;
  made.begin = all[2].front().offset;
  made.end = all[2].back().end();
  made.until = until;
  for (const Tokens& written : std::span(all).subspan(3)) {
    const auto value = choice(written);
    if (!value) refuse("the choice '" + text_of(written) + "' is no integer, true or false");
    if (std::find(made.values.begin(), made.values.end(), *value) != made.values.end()) continue;
    made.values.push_back(*value);
    made.choices.push_back(text_of(written));
  }
  const auto value = choice(all[2]);
  const auto here =
      value ? std::find(made.values.begin(), made.values.end(), *value) : made.values.end();
  if (here == made.values.end())
    refuse("the value '" + text_of(all[2]) + "' is not one of its choices");
  if (made.values.size() > std::numeric_limits<std::uint16_t>::max()) refuse("too many choices");
  made.current = static_cast<std::size_t>(here - made.values.begin());
  tunables_.push_back(std::move(made));
}

// `at` is behind `constexpr`: TYPE NAME = VALUE, NAME = VALUE; as far as it has this form.
void Space::read_constants(std::size_t at, std::size_t until) {
  while (at < tokens_.size() && tokens_[at].kind == TokenKind::identifier &&
         at + 1 < tokens_.size() && !tokens_[at + 1].is("="))
    at += tokens_[at + 1].is("::") ? 2 : 1;
  while (at + 1 < tokens_.size() && tokens_[at].kind == TokenKind::identifier &&
         tokens_[at + 1].is("=")) {
    std::size_t end = at + 2;
    while (end < tokens_.size() && !tokens_[end].is(",") && !tokens_[end].is(";")) {
      const bool opens = tokens_[end].is("(") || tokens_[end].is("[") || tokens_[end].is("{");
      end = opens ? fihost::sdk::closing(tokens_, end) + 1 : end + 1;
    }
    if (end >= tokens_.size()) return;
    constants_.push_back({tokens_[at].text, tokens_[end].offset, until,
                          Tokens(tokens_).subspan(at + 2, end - at - 2)});
    if (tokens_[end].is(";")) return;
    at = end + 1;
  }
}

Point Space::current() const {
  Point point;
  for (const Tunable& tunable : tunables_)
    point.push_back(static_cast<std::uint16_t>(tunable.current));
  return point;
}

std::uint64_t Space::size() const noexcept {
  std::uint64_t product = 1;
  for (const Tunable& tunable : tunables_)
    if (__builtin_mul_overflow(product, std::uint64_t{tunable.choices.size()}, &product))
      return std::numeric_limits<std::uint64_t>::max();
  return product;
}

std::string Space::frame() const {
  std::string text;
  std::size_t done = 0;
  for (const Tunable& tunable : tunables_) {
    text.append(source_, done, tunable.begin - done).append("?");
    done = tunable.end;
  }
  return text.append(source_, done);
}

std::string Space::at(const Point& point) const {
  std::string text;
  std::size_t done = 0;
  for (std::size_t i = 0; i < tunables_.size(); ++i) {
    text.append(source_, done, tunables_[i].begin - done).append(tunables_[i].choices[point[i]]);
    done = tunables_[i].end;
  }
  return text.append(source_, done);
}

// The last declaration before `place`: a source made of several parts has equal names in them.
std::optional<Number> Space::lookup(std::string_view name, std::size_t place, const Point& point,
                                    int depth) const {
  const Tunable* tunable = nullptr;
  std::size_t index = 0;
  for (std::size_t i = 0; i < tunables_.size() && tunables_[i].end <= place; ++i)
    if (tunables_[i].name == name && place < tunables_[i].until) {
      tunable = &tunables_[i];
      index = i;
    }
  const Constant* constant = nullptr;
  for (const Constant& each : constants_)
    if (each.place <= place && place < each.until && each.name == name) constant = &each;
  if (tunable != nullptr && (constant == nullptr || constant->place < tunable->end))
    return tunable->values[point[index]];
  if (constant == nullptr || depth >= max_depth) return std::nullopt;
  return evaluate(constant->value, [&](std::string_view inner, std::size_t at_inner) {
    return lookup(inner, at_inner, point, depth + 1);
  });
}

bool Space::allows_block(Tokens block, const Lookup& names, const Limits& limits) const {
  const auto first = static_cast<std::size_t>(block.data() - tokens_.data());
  const std::vector<Tokens> all = arguments(first - 1, first + block.size());
  const auto value = [&](std::size_t i) {
    return i < all.size() ? evaluate(all[i], names) : std::nullopt;
  };
  const auto threads = value(0), shared = value(1), registers = value(2);
  if (threads && (*threads < 1 || *threads > 1024)) return false;
  if (shared && (*shared < 0 ||
                 (limits.shared_bytes_per_block > 0 && *shared > limits.shared_bytes_per_block)))
    return false;
  if (!registers) return true;
  if (*registers < 0 || *registers > 255) return false;
  return !threads || limits.registers_per_multiprocessor == 0 ||
         *registers * *threads <= limits.registers_per_multiprocessor;
}

bool Space::allows(const Point& point, const Limits& limits) const {
  const Lookup names = [&](std::string_view name, std::size_t place) {
    return lookup(name, place, point, 0);
  };
  return std::all_of(
             conditions_.begin(), conditions_.end(),
             [&](Tokens condition) { return evaluate(condition, names).value_or(1) != 0; }) &&
         std::all_of(blocks_.begin(), blocks_.end(),
                     [&](Tokens block) { return allows_block(block, names, limits); });
}

std::string Space::change(const Point& from, const Point& to) const {
  std::string text;
  for (std::size_t i = 0; i < tunables_.size(); ++i)
    if (from[i] != to[i])
      text += (text.empty() ? "" : ", ") + tunables_[i].name + " " + tunables_[i].choices[from[i]] +
              " -> " + tunables_[i].choices[to[i]];
  return text;
}

Json Space::values(const Point& point) const {
  Json result = Json::object();
  for (std::size_t i = 0; i < tunables_.size(); ++i) {
    std::string name = tunables_[i].name;
    for (int number = 2; result.contains(name); ++number)
      name = tunables_[i].name + "#" + std::to_string(number);
    const std::string& written = tunables_[i].choices[point[i]];
    if (written == "true" || written == "false")
      result[name] = written == "true";
    else
      result[name] = tunables_[i].values[point[i]];
  }
  return result;
}

}  // namespace params
