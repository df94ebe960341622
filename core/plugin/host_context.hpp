// The services that a plugin gets for the time of one call.
#pragma once

#include <fihost/plugin.h>

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "core/base/error.hpp"
#include "core/base/json.hpp"

namespace fihost {

/// Takes one line of a component: its level, the component's id, the text. Called from any thread.
using PluginLog = std::function<void(fihost_log_level, std::string_view id, std::string_view line)>;

/// Writes "fihost: <level>: <id>: <line>" to stderr in one piece; debug lines are dropped.
void log_to_stderr(fihost_log_level level, std::string_view id, std::string_view line);

/// A component that failed a call.
class PluginFailure : public Error {
 public:
  PluginFailure(fihost_status status, const std::string& what, Fault fault)
      : Error(what, fault), status_(status) {}
  [[nodiscard]] fihost_status status() const noexcept { return status_; }

 private:
  fihost_status status_;
};

/// Thrown by an AskSlot for a slot that this run does not have.
struct UnboundSlot : Error {
  explicit UnboundSlot(std::string_view slot);
};

/// Serves what a component asks of a slot: the reply, or an Error. Called from the thread that the
/// component asks on; several may ask at once. What it throws reaches the component as a status:
/// UnboundSlot INVALID_ARGUMENT, Cancelled CANCELLED, PluginFailure its own, any other INTERNAL.
using AskSlot = std::function<Json(const std::string& slot, const std::string& op, const Json&)>;

/// Owner of what a fihost_context points to. Immovable; thread-safe as far as `log` is.
class HostContext {
 public:
  /// Without `ask` no slot is bound.
  HostContext(std::string id, std::stop_token stop, PluginLog log, AskSlot ask = {});
  HostContext(const HostContext&) = delete;
  HostContext& operator=(const HostContext&) = delete;

  /// Valid as long as this object.
  [[nodiscard]] const fihost_context& table() const noexcept { return table_; }

 private:
  static void log_line(const fihost_context* context, fihost_log_level level,
                       fihost_text line) noexcept;
  static std::int32_t cancelled(const fihost_context* context) noexcept;
  static fihost_status ask_slot(const fihost_context* context, fihost_text slot, fihost_text op,
                                fihost_text request, const fihost_sink* reply,
                                const fihost_sink* error) noexcept;

  std::string id_;
  std::stop_token stop_;
  PluginLog log_;
  AskSlot ask_;
  fihost_context table_;
};

/// Bytes as a view; an empty text may have no address.
[[nodiscard]] std::string_view view(fihost_text text) noexcept;

/// `text` on one line: control characters become spaces, and blanks at the ends go.
[[nodiscard]] std::string one_line(std::string_view text);

}  // namespace fihost
