// Exits with 0 when every claim holds.
#include "llm_@NAME@.hpp"

#include <cstdio>

namespace {

using fihost::sdk::Json;

int failures = 0;

void claim(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "not so: %s\n", what);
  ++failures;
}

/// The host, as far as this backend needs one: it never cancels.
struct Host {
  fihost_context table = {FIHOST_HEADER(fihost_context, 0), nullptr, nullptr,
                          [](const fihost_context*) noexcept { return 0; }, nullptr};
  [[nodiscard]] fihost::sdk::Context context() const { return fihost::sdk::Context(&table); }
};

}  // namespace

int main() {
  const Host host;
  Llm model({{"answer", "IDEA: nothing"}}, host.context());
  const Json messages = Json::array({{{"role", "user"}, {"content", "Make it faster."}}});
  const Json reply = model.complete({{"messages", messages}}, host.context());
  claim(reply.at("text") == Json("IDEA: nothing"), "it says what it was told to say");
  claim(reply.at("finish") == Json("stop"), "a whole answer ends with stop");
  try {
    model.complete({{"messages", Json::array()}}, host.context());
    claim(false, "no message is no conversation");
  } catch (const fihost::sdk::Error& e) {
    claim(e.status() == FIHOST_INVALID_ARGUMENT, "and the caller's mistake");
  }
  return failures;
}
