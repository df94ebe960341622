// What a server of chat completions is sent, and what a refusal teaches about it.
#pragma once

#include <set>
#include <string>

#include "chat_answer.hpp"
#include "settings.hpp"

namespace llm_openai {

/// Which parameters a model takes; learned from its refusals.
struct Form {
  bool completion_tokens = false;  ///< max_completion_tokens in place of max_tokens
  bool tokens_settled = false;     ///< by the configuration, or because both were tried
  std::set<std::string> dropped;   ///< optional parameters that it does not take
};

/// What is known before the first request.
[[nodiscard]] Form first_form(const Model& model);

/// The body of a POST. `request` is that of llm.complete.
[[nodiscard]] Json chat_body(const Model& model, const Json& request, const Form& form);

/// Change `form` to one that `refusal` (of a 400 to `body`) may be content with. False: it names
/// nothing that can be said otherwise.
[[nodiscard]] bool learn(Form& form, const Json& body, const ServerError& refusal);

}  // namespace llm_openai
