#include "core/plugin/component.hpp"

#include <mutex>
#include <string_view>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/sdk_status.hpp"
#include "core/plugin/text_sink.hpp"

namespace fihost {
namespace {

fihost_text borrow(std::string_view text) { return {text.data(), text.size()}; }

[[noreturn]] void fail_call(std::string_view id, std::string_view call, fihost_status status,
                            const TextSink& error) {
  const std::string line = one_line(error.text());
  const auto name = status_name(status);
  throw PluginFailure(status,
                      fmt::format("{}: {} failed ({}): {}", id, call, name,
                                  line.empty() ? "the plugin gave no reason" : line),
                      name == "INTERNAL" ? Fault::internal : Fault::environment);
}

}  // namespace

struct Component::State {
  const fihost_component& table;
  std::stop_token stop;
  PluginLog log;
  HostContext context;  // of create(); each call has its own
  std::mutex serial;    // held during invoke unless the component is CONCURRENT
  void* self = nullptr;
};

Component::Component(const fihost_component& table, const Json& config, std::stop_token stop,
                     PluginLog log)
    : state_(new State{.table = table,
                       .stop = stop,
                       .log = log,
                       .context = {table.id, stop, log},
                       .serial = {},
                       .self = nullptr}) {
  const std::string text = dump(config.is_null() ? Json::object() : config);
  TextSink error;
  const fihost_sink sink = error.sink();
  const auto status = table.create(&state_->context.table(), borrow(text), &state_->self, &sink);
  if (status != FIHOST_OK) fail_call(table.id, "create", status, error);
}

Component::~Component() { state_->table.destroy(state_->self); }

Json Component::invoke(const std::string& op, const Json& request, AskSlot ask,
                       std::optional<std::stop_token> stop) {
  const fihost_component& table = state_->table;
  const HostContext context(table.id, stop.value_or(state_->stop), state_->log, std::move(ask));
  const std::string text = dump(request);
  TextSink reply, error;
  const fihost_sink reply_sink = reply.sink(), error_sink = error.sink();
  std::unique_lock lock(state_->serial, std::defer_lock);
  if ((table.header.flags & FIHOST_COMPONENT_FLAG_CONCURRENT) == 0) lock.lock();
  const auto status = table.invoke(state_->self, &context.table(), borrow(op), borrow(text),
                                   &reply_sink, &error_sink);
  if (lock) lock.unlock();
  if (status != FIHOST_OK) fail_call(table.id, op, status, error);
  if (!reply.complete()) {
    throw Error(fmt::format("{}: the reply to {} is longer than {} MiB", table.id, op,
                            TextSink::limit_bytes >> 20),
                Fault::internal);
  }
  return parse_json(reply.text(), fmt::format("{}: reply to {}", table.id, op));
}

}  // namespace fihost
