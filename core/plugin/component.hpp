// A live plugin component.
#pragma once

#include <fihost/plugin.h>

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "core/base/json.hpp"
#include "core/plugin/host_context.hpp"

namespace fihost {

/// A live instance over the C table. Calls are serialised unless the component is CONCURRENT.
class Component {
 public:
  /// `table` is constant data that outlives this object. Throws Error with the component's id and
  /// its one line of text when it cannot be made from `config`.
  Component(const fihost_component& table, const Json& config, std::stop_token stop,
            PluginLog log = log_to_stderr);
  ~Component();
  Component(const Component&) = delete;
  Component& operator=(const Component&) = delete;

  /// Serve one request; `ask` serves what the component asks meanwhile, and `stop` cancels this call
  /// (default: the component's own). Throws PluginFailure with the
  /// component's id and its one line of text when it fails, Error when its reply is not JSON.
  /// Thread-safe.
  [[nodiscard]] Json invoke(const std::string& op, const Json& request, AskSlot ask = {},
                            std::optional<std::stop_token> stop = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fihost
