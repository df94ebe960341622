// One control message there and back between two threads, as between judge and runner.
#include <thread>

#include "benchmarks/bench.hpp"
#include "core/device/channel.hpp"

namespace fihost::bench {

void add_channel() {
  add("channel/round trip", benchmark::kMicrosecond, [](benchmark::State& state) {
    auto [near_end, far_end] = device::make_channel();
    auto near = std::make_unique<device::Channel>(std::move(near_end));
    // Answers until the other end is closed.
    std::jthread echo([channel = device::Channel(std::move(far_end))]() mutable {
      while (const auto packet = channel.receive()) {
        if (!channel.send(packet->message)) return;
      }
    });
    device::Message message;
    for (auto _ : state) {
      if (!near->send(message) || !near->receive()) {
        state.SkipWithError("the channel broke");
        break;
      }
    }
    near.reset();
  });
}

}  // namespace fihost::bench
