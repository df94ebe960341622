// The keys of this plugin's configuration; README.md says what they mean.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace llm_openai {

/// Keys that stand at the top and in every entry of `models`.
inline constexpr std::string_view model_keys = R"(
  "provider": {"type": ["string", "null"], "enum": ["openai", "ollama", null]},
  "api_base": {"type": ["string", "null"]},
  "api_key": {"type": ["string", "null"]},
  "temperature": {"type": ["number", "null"], "minimum": 0},
  "top_p": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
  "max_tokens": {"type": ["integer", "null"], "minimum": 1},
  "max_completion_tokens": {"type": ["boolean", "null"]},
  "context_tokens": {"type": ["integer", "null"], "minimum": 1},
  "timeout": {"type": ["number", "null"], "minimum": 0.001},
  "connect_timeout": {"type": ["number", "null"], "minimum": 0.001},
  "retries": {"type": ["integer", "null"], "minimum": 0, "maximum": 100},
  "retry_delay": {"type": ["number", "null"], "minimum": 0},
  "random_seed": {"type": ["integer", "null"], "minimum": 0},
  "reasoning_effort": {"type": ["string", "null"]},
  "stream": {"type": ["boolean", "null"]},
  "headers": {"type": ["object", "null"], "additionalProperties": true},
  "price_input": {"type": ["number", "null"], "minimum": 0},
  "price_output": {"type": ["number", "null"], "minimum": 0},
  "ca_file": {"type": ["string", "null"]},
  "proxy": {"type": ["string", "null"]})";

inline constexpr std::string_view schema_start = R"({"type": "object", "properties": {
  "model": {"type": ["string", "null"]},
  "primary_model": {"type": ["string", "null"]},
  "primary_model_weight": {"type": ["number", "null"], "minimum": 0},
  "secondary_model": {"type": ["string", "null"]},
  "secondary_model_weight": {"type": ["number", "null"], "minimum": 0},
  "models": {"type": ["array", "null"], "items": {"type": "object", "required": ["name"],
    "properties": {
      "name": {"type": "string"},
      "weight": {"type": ["number", "null"], "minimum": 0},)";

/// The whole schema, ending in a zero byte.
inline constexpr auto config_schema_text = [] {
  constexpr std::string_view parts[] = {schema_start, model_keys, "}}},", model_keys, "}}"};
  constexpr std::size_t size = [&] {
    std::size_t sum = 1;
    for (const std::string_view part : parts) sum += part.size();
    return sum;
  }();
  std::array<char, size> text{};
  std::size_t at = 0;
  for (const std::string_view part : parts) {
    for (const char c : part) text[at++] = c;
  }
  return text;
}();

}  // namespace llm_openai
