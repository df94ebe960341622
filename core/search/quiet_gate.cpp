#include "core/search/quiet_gate.hpp"

namespace fihost::search {

QuietGate::Work::Work(QuietGate& gate) : gate_(gate) {
  if (gate_.open_) return;
  std::unique_lock lock(gate_.mutex_);
  gate_.changed_.wait(lock, [&] { return !gate_.measuring_ && gate_.waiting_to_measure_ == 0; });
  ++gate_.working_;
}

QuietGate::Work::~Work() {
  if (gate_.open_) return;
  const std::lock_guard lock(gate_.mutex_);
  --gate_.working_;
  gate_.changed_.notify_all();
}

QuietGate::Measurement::Measurement(QuietGate& gate) : gate_(gate) {
  if (gate_.open_) return;
  std::unique_lock lock(gate_.mutex_);
  ++gate_.waiting_to_measure_;
  gate_.changed_.wait(lock, [&] { return !gate_.measuring_ && gate_.working_ == 0; });
  --gate_.waiting_to_measure_;
  gate_.measuring_ = true;
}

QuietGate::Measurement::~Measurement() {
  if (gate_.open_) return;
  const std::lock_guard lock(gate_.mutex_);
  gate_.measuring_ = false;
  gate_.changed_.notify_all();
}

}  // namespace fihost::search
