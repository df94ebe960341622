// What a server of chat completions says.
#pragma once

#include <cstdint>
#include <fihost/context.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace llm_openai {

using fihost::sdk::Json;

/// JSON of a server, discarded when it is none or nests too deep; bytes that are no UTF-8 become
/// U+FFFD first.
[[nodiscard]] Json parse_reply(std::string_view text);

/// Why a server refuses.
struct ServerError {
  std::string message;    ///< for people; the reply's start when it has another form
  std::string code;       ///< "insufficient_quota"; empty: none is given
  std::string parameter;  ///< the one that is wrong; empty: it does not say
  long status = 0;        ///< of an error inside a good reply; 0: it does not say
};

/// An assistant's message.
struct Answer {
  std::string text;
  std::string model;          ///< as the server calls it; empty: it does not say
  std::string finish_reason;  ///< the server's word; empty: it does not say
  std::string refusal;        ///< what the model says instead of an answer
  std::optional<std::int64_t> input_tokens, output_tokens;
};

/// An answer, or why there is none.
struct Reading {
  Answer answer;
  std::optional<ServerError> error;  ///< the server says that it failed
  std::string wrong;                 ///< not a chat completion, and why; empty: it is
};

/// The error of a reply whose status is not 200.
[[nodiscard]] ServerError read_error(const std::string& body);
/// The same, from its JSON: an "error" that is an object or a text, else "message" or "detail".
[[nodiscard]] ServerError read_error(const Json& reply);

/// A whole, unstreamed reply.
[[nodiscard]] Reading read_answer(const std::string& body);

/// The text of "content": a string, null, or a list of parts.
[[nodiscard]] std::string content_text(const Json& content);
/// A member that is a text; else empty.
[[nodiscard]] std::string text_at(const Json& object, const char* key);
/// "usage" into `answer`, as far as it is there.
void read_usage(const Json& reply, Answer& answer);

/// `text` without the thoughts before the answer: "<think>...</think>", and what begins inside one
/// because the prompt ended with "<think>".
[[nodiscard]] std::string without_thoughts(const std::string& text);

/// "stop", "truncated", "filtered" or "empty", of an answer without its thoughts.
[[nodiscard]] std::string finish_of(const Answer& answer);

}  // namespace llm_openai
