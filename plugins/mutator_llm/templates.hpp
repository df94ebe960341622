// The texts that prompts are made of: the user's own, else the built-in ones.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace mutator_llm {

/// What placeholders stand for, by name.
using Values = std::map<std::string, std::string, std::less<>>;

struct Template {
  std::string text;
  std::string origin;  ///< its file, or "built-in NAME.md", for errors
};

/// Empty: there is none of that name.
[[nodiscard]] std::string_view built_in_template(std::string_view name);

/// `folder`/`name`.md where it is there, else the built-in one; `folder` may be empty. Throws Error
/// when `folder` is none, or the file cannot be read.
[[nodiscard]] Template find_template(const std::string& folder, const std::string& name);

/// The text with every {name}, in small letters and underscores, replaced by its value; {{name}} is a
/// literal {name}, and any other brace is itself. What is inserted is never looked at again. A line
/// that is nothing but a placeholder without a value goes, and so does a blank line after it. Throws
/// Error naming file, line and placeholder when there is no such value, with the ones there are.
[[nodiscard]] std::string expanded(const Template& source, const Values& values);

/// A way of rewriting: "## name" and the text below it.
struct Brief {
  std::string name, text;
};
/// The one that is called `wanted`, or for an empty `wanted` one drawn by `seed`. Throws Error
/// when there is none.
[[nodiscard]] Brief choose_brief(const Template& briefs, const std::string& wanted,
                                 std::uint64_t seed);

}  // namespace mutator_llm
