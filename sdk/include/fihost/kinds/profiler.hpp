// fihost/kinds/profiler.hpp - looks at why a candidate takes as long as it does.
#pragma once

#include <fihost/context.hpp>
#include <string>
#include <string_view>

namespace fihost::sdk {

/// Requests and replies are JSON as share/fihost/schemas/profiler.<op>.json has them.
class Profiler {
 public:
  static constexpr const char* kind = "profiler/1";
  virtual ~Profiler() = default;

  /// {object, workload, command} -> {metrics, hints, digest}: numbers by name, and advice in words.
  virtual Json profile(const Json& request, const Context& context) = 0;

  /// {device} -> {usable, reason}: whether it can work here, and on that device. Asked once, at the
  /// start of a run.
  virtual Json check(const Json&, const Context&) { return {{"usable", true}}; }

  /// Serve one request. Throws Error UNSUPPORTED for an op that this kind does not have.
  Json invoke(std::string_view op, const Json& request, const Context& context) {
    if (op == "profile") return profile(request, context);
    if (op == "check") return check(request, context);
    throw Error(FIHOST_UNSUPPORTED,
                "a profiler has no op '" + std::string(op) + "'; it has 'profile' and 'check'");
  }
};

}  // namespace fihost::sdk
