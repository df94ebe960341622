// How much text a report may carry.
#pragma once

#include <string>

#include "core/base/json.hpp"

namespace fihost {

/// How much text a report carries: sources, prompts, replies, logs. In bytes.
struct TextBounds {
  std::size_t each = 48'000;       ///< a longer one is cut in its middle
  std::size_t total = 12'000'000;  ///< beyond it there is a note instead
};

/// Cuts texts and counts them. What was cut says so.
class TextBudget {
 public:
  explicit TextBudget(const TextBounds& bounds) : bounds_(bounds) {}
  [[nodiscard]] std::string take(const std::string& text);
  /// The same for every string in `json`.
  void take_all(Json& json);

 private:
  TextBounds bounds_;
  std::size_t taken_ = 0;
};

}  // namespace fihost
