// What only Ollama tells.
#pragma once

#include <cstdint>
#include <fihost/context.hpp>
#include <optional>

#include "settings.hpp"

namespace llm_openai {

/// Tokens that the server keeps in mind for the model: its parameter num_ctx, else Ollama's own
/// default, if the model has room for it. None: the server does not say.
[[nodiscard]] std::optional<std::int64_t> ollama_window(const Model& model,
                                                        const fihost::sdk::Context& context);

}  // namespace llm_openai
