// fihost/kinds/mutator.hpp - writes the next candidates from earlier ones.
#pragma once

#include <fihost/context.hpp>
#include <string>
#include <string_view>

namespace fihost::sdk {

/// Requests and replies are JSON as share/fihost/schemas/mutator.propose.json has them.
class Mutator {
 public:
  static constexpr const char* kind = "mutator/1";
  virtual ~Mutator() = default;

  /// {definition, parents, feedback, count} -> {children}: at most `count` new sources.
  virtual Json propose(const Json& request, const Context& context) = 0;

  /// Serve one request. Throws Error UNSUPPORTED for an op that this kind does not have.
  Json invoke(std::string_view op, const Json& request, const Context& context) {
    if (op == "propose") return propose(request, context);
    throw Error(FIHOST_UNSUPPORTED,
                "a mutator has no op '" + std::string(op) + "'; it has 'propose'");
  }
};

}  // namespace fihost::sdk
