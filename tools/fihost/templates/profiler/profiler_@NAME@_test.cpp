// Exits with 0 when every claim holds.
#include "profiler_@NAME@.hpp"

#include <cstdio>

namespace {

using fihost::sdk::Json;

int failures = 0;

void claim(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "not so: %s\n", what);
  ++failures;
}

/// The host, as far as this profiler needs one: it never cancels.
struct Host {
  fihost_context table = {FIHOST_HEADER(fihost_context, 0), nullptr, nullptr,
                          [](const fihost_context*) noexcept { return 0; }, nullptr};
  [[nodiscard]] fihost::sdk::Context context() const { return fihost::sdk::Context(&table); }
};

Json request(const char* program, const char* word) {
  return {{"object", "x.so"}, {"workload", "w"}, {"command", {program, word}}};
}

}  // namespace

int main() {
  const Host host;
  Profiler profiler;
  claim(profiler.check({}, host.context()).at("usable") == Json(true), "it works here");
  const Json reply = profiler.profile(request("test", "it's one word"), host.context());
  claim(reply.at("metrics").at("process_seconds") > Json(0), "a process takes time");
  try {
    profiler.profile(request("test", ""), host.context());
    claim(false, "a command that fails is no profile");
  } catch (const fihost::sdk::Error& e) {
    claim(e.status() == FIHOST_DEVICE_ERROR, "and is said to have failed");
  }
  return failures;
}
