// Where a server answers.
#pragma once

#include <string>

namespace llm_openai {

/// Made from a key `api_base`.
struct Endpoint {
  std::string chat;   ///< URL of the chat completions, with the user's query, e.g. Azure's version
  std::string show;   ///< URL of Ollama's description of a model
  std::string shown;  ///< `chat` without what may be secret: no user, no password, no query
  std::string password;  ///< of the URL; empty: none
  long port = 0;
  bool may_carry_key = false;  ///< https, or a host of this machine
};

/// Throws Error INVALID_ARGUMENT when `api_base` is no URL of HTTP.
[[nodiscard]] Endpoint parse_endpoint(const std::string& api_base);

}  // namespace llm_openai
