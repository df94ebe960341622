// What the threads of a run tell the one that decides.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

namespace fihost::search {

/// Any number of threads push, one pops.
template <class Event>
class EventQueue {
 public:
  void push(Event event) {
    {
      const std::lock_guard lock(mutex_);
      events_.push_back(std::move(event));
    }
    changed_.notify_one();
  }

  /// The oldest event; none after `patience`, or as soon as `stop` is requested and there is none.
  [[nodiscard]] std::optional<Event> pop(std::chrono::milliseconds patience,
                                         const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, patience, [this] { return !events_.empty(); });
    if (events_.empty()) return std::nullopt;
    std::optional<Event> event(std::move(events_.front()));
    events_.pop_front();
    return event;
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Event> events_;
};

}  // namespace fihost::search
