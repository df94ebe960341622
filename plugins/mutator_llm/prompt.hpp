// The messages of a request.
#pragma once

#include <cstdint>
#include <fihost/context.hpp>
#include <string>
#include <string_view>

#include "templates.hpp"

namespace mutator_llm {

using fihost::sdk::Context;
using fihost::sdk::Json;

/// How an answer is to look.
enum class Format { diff, whole };

/// Everything that a prompt is made of.
class Prompt {
 public:
  /// Of a request to propose or repair; `source`, with LF line ends, is the one to be changed.
  Prompt(const Json& request, const std::string& source, Format format);

  void set(const std::string& name, std::string value);
  /// The template `name` with its placeholders filled. Throws Error, see expanded().
  [[nodiscard]] std::string text(const std::string& name) const;
  /// The user's system message as it is, else the template's.
  [[nodiscard]] std::string system() const;
  [[nodiscard]] Brief brief(const std::string& wanted, std::uint64_t seed) const;

 private:
  std::string folder_, system_message_;
  Values values_;
};

/// {"role": ..., "content": ...}
[[nodiscard]] Json message(const char* role, std::string_view content);

/// Which of two parents is faster on which workload, a line each, the largest differences first; empty
/// where nothing was measured for both.
[[nodiscard]] std::string comparison_of(const Json& first, const Json& second);

}  // namespace mutator_llm
