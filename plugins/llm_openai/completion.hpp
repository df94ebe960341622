// One answer of one model, with as many tries as it is allowed.
#pragma once

#include <cstdint>
#include <fihost/context.hpp>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "chat_request.hpp"
#include "settings.hpp"

namespace llm_openai {

/// A model and what has been learned about it. Thread-safe.
class Backend {
 public:
  explicit Backend(Model model) : model_(std::move(model)), form_(first_form(model_)) {}
  [[nodiscard]] const Model& model() const noexcept { return model_; }

  /// The reply of llm.complete. `seed` spreads the waits between tries. Throws Error UNSUPPORTED for
  /// what no further try can change, INTERNAL when the tries are used up, CANCELLED.
  [[nodiscard]] Json complete(const Json& request, std::uint64_t seed,
                              const fihost::sdk::Context& context);

 private:
  [[nodiscard]] Form form();
  void remember(const Form& form);
  /// Tokens that prompt and answer may have together; none: unknown.
  [[nodiscard]] std::optional<std::int64_t> window(const fihost::sdk::Context& context);

  Model model_;
  std::mutex mutex_;  // of all below
  Form form_;
  bool asked_window_ = false;
  std::optional<std::int64_t> window_;
};

}  // namespace llm_openai
