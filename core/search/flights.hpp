// Proposals in the making, each on a thread of its own.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <stop_token>
#include <thread>

#include "core/base/process.hpp"
#include "core/search/proposal.hpp"

namespace fihost::search {

/// Used by one thread. The destructor cancels what is in flight and waits for it.
class Flights {
 public:
  /// What became of an assignment, told on the thread that made it: a proposal, or an exception (also
  /// when it was cancelled).
  using Landed = std::function<void(AttemptId, Proposal, std::exception_ptr)>;

  Flights(const Workshop& workshop, Landed landed, std::chrono::duration<double> limit)
      : workshop_(workshop), landed_(std::move(landed)), limit_(limit) {}

  void launch(Assignment assignment);
  /// Its thread has told, or is about to end.
  void forget(AttemptId id) { flights_.erase(id); }
  /// Cancels those that take longer than the limit.
  void cancel_overdue();
  [[nodiscard]] bool overdue(AttemptId id) const;
  void cancel_all();

  [[nodiscard]] std::size_t size() const { return flights_.size(); }
  [[nodiscard]] double limit_seconds() const { return limit_.count(); }

 private:
  struct Flight {
    Clock::time_point since;
    bool overdue = false;
    std::jthread thread;
  };

  const Workshop& workshop_;
  Landed landed_;
  std::chrono::duration<double> limit_;
  std::map<AttemptId, Flight> flights_;
};

}  // namespace fihost::search
