// fihost/kinds/executor.hpp - runs a built candidate somewhere and says what was found.
#pragma once

#include <fihost/context.hpp>
#include <string>
#include <string_view>

namespace fihost::sdk {

/// Requests and replies are JSON as share/fihost/schemas/executor.execute.json has them.
class Executor {
 public:
  static constexpr const char* kind = "executor/1";
  virtual ~Executor() = default;

  /// {object, reference, workloads, timing} -> {trials}: one trial per workload, in their order.
  virtual Json execute(const Json& request, const Context& context) = 0;

  /// Serve one request. Throws Error UNSUPPORTED for an op that this kind does not have.
  Json invoke(std::string_view op, const Json& request, const Context& context) {
    if (op == "execute") return execute(request, context);
    throw Error(FIHOST_UNSUPPORTED,
                "an executor has no op '" + std::string(op) + "'; it has 'execute'");
  }
};

}  // namespace fihost::sdk
