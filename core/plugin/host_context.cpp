#include "core/plugin/host_context.hpp"

#include <algorithm>
#include <cstdio>
#include <new>
#include <utility>

#include "core/base/cancelled.hpp"
#include "core/base/error.hpp"

namespace fihost {
namespace {

const char* level_name(fihost_log_level level) {
  switch (level) {
    case FIHOST_LOG_DEBUG:
      return "debug";
    case FIHOST_LOG_INFO:
      return "info";
    case FIHOST_LOG_WARNING:
      return "warning";
    default:  // a number of a later revision is worth showing
      return "error";
  }
}

}  // namespace

UnboundSlot::UnboundSlot(std::string_view slot)
    : Error(fmt::format("slot '{}' is not bound", slot)) {}

std::string_view view(fihost_text text) noexcept {
  return text.size == 0 ? std::string_view() : std::string_view(text.data, text.size);
}

std::string one_line(std::string_view text) {
  std::string line(text);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  line.erase(line.find_last_not_of(' ') + 1);
  line.erase(0, line.find_first_not_of(' '));
  return line;
}

void log_to_stderr(fihost_log_level level, std::string_view id, std::string_view line) {
  if (level == FIHOST_LOG_DEBUG) return;
  std::string whole = "fihost: ";
  whole.append(level_name(level)).append(": ").append(id).append(": ").append(line).append("\n");
  std::fwrite(whole.data(), 1, whole.size(), stderr);
}

HostContext::HostContext(std::string id, std::stop_token stop, PluginLog log, AskSlot ask)
    : id_(std::move(id)),
      stop_(std::move(stop)),
      log_(std::move(log)),
      ask_(std::move(ask)),
      table_{FIHOST_HEADER(fihost_context, 0), this, &log_line, &cancelled, &ask_slot} {}

void HostContext::log_line(const fihost_context* context, fihost_log_level level,
                           fihost_text line) noexcept {
  const auto* self = static_cast<const HostContext*>(context->impl);
  try {
    if (self->log_) self->log_(level, self->id_, one_line(view(line)));
  } catch (...) {
    // The plugin cannot do anything about a log that fails, and its work is worth more.
  }
}

std::int32_t HostContext::cancelled(const fihost_context* context) noexcept {
  return static_cast<const HostContext*>(context->impl)->stop_.stop_requested() ? 1 : 0;
}

fihost_status HostContext::ask_slot(const fihost_context* context, fihost_text slot, fihost_text op,
                                    fihost_text request, const fihost_sink* reply,
                                    const fihost_sink* error) noexcept {
  const auto* self = static_cast<const HostContext*>(context->impl);
  const auto write = [](const fihost_sink* sink, std::string_view text) {
    sink->write(sink->impl, {text.data(), text.size()});
  };
  try {
    if (!self->ask_) throw UnboundSlot(view(slot));
    const auto answer = self->ask_(std::string(view(slot)), std::string(view(op)),
                                   parse_json(view(request), self->id_ + ": request"));
    write(reply, dump(answer));
    return FIHOST_OK;
  } catch (const UnboundSlot& e) {
    write(error, e.what());
    return FIHOST_INVALID_ARGUMENT;
  } catch (const PluginFailure& e) {
    write(error, e.what());
    return e.status() == FIHOST_OK ? fihost_status{FIHOST_INTERNAL} : e.status();
  } catch (const Cancelled&) {
    write(error, "cancelled");
    return FIHOST_CANCELLED;
  } catch (const std::bad_alloc&) {
    write(error, "out of memory");
    return FIHOST_OUT_OF_MEMORY;
  } catch (const std::exception& e) {
    write(error, e.what());
    return FIHOST_INTERNAL;
  }
}

}  // namespace fihost
