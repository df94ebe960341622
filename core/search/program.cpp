#include "core/search/program.hpp"

#include <array>
#include <utility>

namespace fihost::search {
namespace {

constexpr std::array<std::pair<Outcome, std::string_view>, 11> outcomes = {{
    {Outcome::pending, "pending"},
    {Outcome::accepted, "accepted"},
    {Outcome::slower, "slower"},
    {Outcome::duplicate, "duplicate"},
    {Outcome::no_proposal, "no_proposal"},
    {Outcome::llm_failed, "llm_failed"},
    {Outcome::build_failed, "build_failed"},
    {Outcome::incorrect, "incorrect"},
    {Outcome::crashed, "crashed"},
    {Outcome::timed_out, "timed_out"},
    {Outcome::abandoned, "abandoned"},
}};

}  // namespace

std::string_view name(Language language) { return language == Language::cuda ? "cuda" : "cpp"; }

std::string_view suffix(Language language) { return language == Language::cuda ? ".cu" : ".cpp"; }

std::optional<Language> parse_language(std::string_view text) {
  if (text == "cuda") return Language::cuda;
  if (text == "cpp") return Language::cpp;
  return std::nullopt;
}

std::string_view name(Outcome outcome) {
  for (const auto& [value, text] : outcomes) {
    if (value == outcome) return text;
  }
  return "pending";
}

std::optional<Outcome> parse_outcome(std::string_view text) {
  for (const auto& [value, word] : outcomes) {
    if (word == text) return value;
  }
  return std::nullopt;
}

}  // namespace fihost::search
