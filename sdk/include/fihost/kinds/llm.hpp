// fihost/kinds/llm.hpp - talks to a language model.
#pragma once

#include <fihost/context.hpp>
#include <string>
#include <string_view>

namespace fihost::sdk {

/// Requests and replies are JSON as share/fihost/schemas/llm.complete.json has them.
class Llm {
 public:
  static constexpr const char* kind = "llm/1";
  virtual ~Llm() = default;

  /// {messages, limits} -> {text, usage}: the assistant's next message.
  virtual Json complete(const Json& request, const Context& context) = 0;

  /// Serve one request. Throws Error UNSUPPORTED for an op that this kind does not have.
  Json invoke(std::string_view op, const Json& request, const Context& context) {
    if (op == "complete") return complete(request, context);
    throw Error(FIHOST_UNSUPPORTED,
                "an llm has no op '" + std::string(op) + "'; it has 'complete'");
  }
};

}  // namespace fihost::sdk
