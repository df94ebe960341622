// fihost/context.hpp - the host, as a component sees it during one call.
#pragma once

#include <fihost/plugin.h>

#include <fihost/error.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace fihost::sdk {

/// Keeps the order of keys: the order of a definition's tensors is their calling order.
using Json = nlohmann::ordered_json;

namespace detail {

inline fihost_text text(std::string_view s) noexcept { return {s.data(), s.size()}; }

inline std::string_view view(fihost_text t) noexcept {
  return t.size == 0 ? std::string_view() : std::string_view(t.data, t.size);
}

/// Compact JSON; invalid UTF-8 is replaced, so text of any origin can be sent.
inline std::string dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Receives what the host writes. A failed allocation cannot cross the boundary: it is remembered.
struct Reply {
  std::string text;
  bool complete = true;

  [[nodiscard]] fihost_sink sink() noexcept {
    return {this, [](void* self, fihost_text part) noexcept {
              auto& reply = *static_cast<Reply*>(self);
              try {
                reply.text.append(view(part));
              } catch (...) {
                reply.complete = false;
              }
            }};
  }
};

}  // namespace detail

/// Borrowed for one call: never store it. All functions are thread-safe.
class Context {
 public:
  explicit Context(const fihost_context* raw) noexcept : raw_(raw) {}

  /// One line, no trailing newline.
  void log(fihost_log_level level, std::string_view line) const noexcept {
    raw_->log(raw_, level, detail::text(line));
  }

  /// True once the job is to stop. Cheap: poll it at least every 100 ms of work.
  [[nodiscard]] bool cancelled() const noexcept { return raw_->cancelled(raw_) != 0; }

  /// Throws Error CANCELLED once the job is to stop.
  void check_cancelled() const {
    if (cancelled()) throw Error(FIHOST_CANCELLED, "cancelled");
  }

  /// Ask the component that the run's configuration bound to `slot`, e.g. "llm". Blocks. Throws
  /// Error with the callee's status and text.
  [[nodiscard]] Json ask(std::string_view slot, std::string_view op, const Json& request) const {
    const std::string question = detail::dump(request);
    detail::Reply reply, error;
    const fihost_sink out = reply.sink(), err = error.sink();
    const fihost_status status =
        raw_->ask(raw_, detail::text(slot), detail::text(op), detail::text(question), &out, &err);
    if (status != FIHOST_OK) throw Error(status, error.text);
    if (!reply.complete) throw Error(FIHOST_OUT_OF_MEMORY, "no memory for the reply");
    return Json::parse(reply.text);
  }

 private:
  const fihost_context* raw_;
};

}  // namespace fihost::sdk
