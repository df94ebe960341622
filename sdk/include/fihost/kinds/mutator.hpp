// fihost/kinds/mutator.hpp - writes the next candidates from earlier ones.
#pragma once

#include <fihost/context.hpp>
#include <string>
#include <string_view>

namespace fihost::sdk {

/// Requests and replies are JSON as share/fihost/schemas/mutator.<op>.json has them.
///
/// What a mutator may ask the host for: the slot "llm" (llm.complete.json), where the run has a model,
/// and the slot "measure" (measure.measure.json), which builds and times sources.
class Mutator {
 public:
  static constexpr const char* kind = "mutator/1";
  virtual ~Mutator() = default;

  /// {definition, parents, feedback, count} -> {children}: at most `count` new sources.
  virtual Json propose(const Json& request, const Context& context) = 0;

  /// {definition, parents, child, diagnostics} -> {children}: `child` again, so that it compiles.
  /// Optional: without it a child that does not compile is given up.
  virtual Json repair(const Json&, const Context&) {
    throw Error(FIHOST_UNSUPPORTED, "this mutator repairs nothing");
  }

  /// Serve one request. Throws Error UNSUPPORTED for an op that this kind does not have.
  Json invoke(std::string_view op, const Json& request, const Context& context) {
    if (op == "propose") return propose(request, context);
    if (op == "repair") return repair(request, context);
    throw Error(FIHOST_UNSUPPORTED,
                "a mutator has no op '" + std::string(op) + "'; it has 'propose' and 'repair'");
  }
};

}  // namespace fihost::sdk
