#include "chat_request.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace llm_openai {
namespace {

constexpr std::array<std::string_view, 5> optional_parameters = {
    "temperature", "top_p", "seed", "reasoning_effort", "stream_options"};

bool contains(std::string_view text, std::string_view what) {
  return text.find(what) != std::string_view::npos;
}

/// `name` as a whole word: "max_tokens" is not in "max_tokens_per_minute".
bool names(std::string_view text, std::string_view name) {
  const auto in_word = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  };
  for (std::size_t at = 0; (at = text.find(name, at)) != std::string_view::npos; ++at) {
    const std::size_t end = at + name.size();
    if ((at == 0 || !in_word(text[at - 1])) && (end == text.size() || !in_word(text[end]))) {
      return true;
    }
  }
  return false;
}

/// The number is refused, not its name: another name would hide the reason.
bool about_the_amount(std::string_view message) {
  constexpr std::array<std::string_view, 6> words = {"too large", "too high", "maximum",
                                                     "at most",   "exceed",   "context"};
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return contains(message, word); });
}

}  // namespace

Form first_form(const Model& model) {
  return {.completion_tokens = model.max_completion_tokens.value_or(false),
          .tokens_settled = model.max_completion_tokens.has_value(),
          .dropped = {}};
}

Json chat_body(const Model& model, const Json& request, const Form& form) {
  Json body = {{"model", model.name}, {"messages", request.at("messages")}};
  const auto add = [&](const char* key, const Json& value) {
    if (form.dropped.count(key) == 0) body[key] = value;
  };
  const Json limits = request.value("limits", Json::object());
  const auto tokens = std::min(model.max_tokens, limits.value("output_tokens", model.max_tokens));
  body[form.completion_tokens ? "max_completion_tokens" : "max_tokens"] = tokens;
  if (model.temperature) add("temperature", *model.temperature);
  if (model.top_p) add("top_p", *model.top_p);
  // Servers keep a seed in 32 bits, some with a sign.
  constexpr std::uint64_t low_bits = 0x7fffffff;
  if (const auto seed = request.find("seed"); seed != request.end()) {
    add("seed", seed->get<std::uint64_t>() & low_bits);
  } else if (model.random_seed) {
    add("seed", *model.random_seed & low_bits);
  }
  if (!model.reasoning_effort.empty()) add("reasoning_effort", model.reasoning_effort);
  if (model.stream) {
    body["stream"] = true;
    add("stream_options", {{"include_usage", true}});
  }
  return body;
}

bool learn(Form& form, const Json& body, const ServerError& refusal) {
  const auto is_meant = [&](std::string_view key) {
    if (!body.contains(key)) return false;
    return refusal.parameter.empty() ? names(refusal.message, key) : refusal.parameter == key;
  };
  const char* const tokens = form.completion_tokens ? "max_completion_tokens" : "max_tokens";
  if (!form.tokens_settled && is_meant(tokens) && !about_the_amount(refusal.message)) {
    form.completion_tokens = !form.completion_tokens;
    form.tokens_settled = true;
    return true;
  }
  for (const std::string_view key : optional_parameters) {
    if (is_meant(key)) return form.dropped.emplace(key).second;
  }
  return false;
}

}  // namespace llm_openai
