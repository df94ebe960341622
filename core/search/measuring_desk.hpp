// The devices of a run, each with a thread of its own that measures one thing after the other.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "core/search/evaluator.hpp"
#include "core/search/quiet_gate.hpp"

namespace fihost::search {

/// Makes the evaluator of device `index`; called on the thread that will use it, whose end is the
/// judge's.
using OpenEvaluator = std::function<std::unique_ptr<Evaluator>(std::size_t index)>;

/// Jobs are taken by whichever device is free. A rematch needs nothing of the device that measured
/// first: both sides are timed again. Thread-safe.
class MeasuringDesk {
 public:
  /// Opens the evaluators and waits for them. Throws what the first of them to fail threw.
  MeasuringDesk(const OpenEvaluator& open, std::size_t devices, QuietGate& gate);
  ~MeasuringDesk();
  MeasuringDesk(const MeasuringDesk&) = delete;
  MeasuringDesk& operator=(const MeasuringDesk&) = delete;

  enum class Turn { next, last };  ///< before everything that waits, or after it

  /// The future holds the job's result, or what it threw. A job may not wait for another.
  template <class Result>
  std::future<Result> submit(std::function<Result(Evaluator&)> work, Turn turn = Turn::last) {
    auto task = std::make_shared<std::packaged_task<Result(Evaluator&)>>(std::move(work));
    auto future = task->get_future();
    enqueue([task](Evaluator& evaluator) { (*task)(evaluator); }, turn);
    return future;
  }

  /// Of the first device: all measure the same workloads against their own baselines.
  [[nodiscard]] const Ranking& about() const { return about_; }
  [[nodiscard]] std::size_t devices() const { return threads_.size(); }

 private:
  using Job = std::function<void(Evaluator&)>;
  void enqueue(Job job, Turn turn);
  void serve(const OpenEvaluator& open, std::size_t index, std::promise<Ranking>& ready,
             const std::stop_token& stop);

  QuietGate& gate_;
  Ranking about_;
  std::mutex mutex_;  // guards jobs_
  std::condition_variable_any changed_;
  std::deque<Job> jobs_;
  std::vector<std::jthread> threads_;  // last: they use everything above
};

}  // namespace fihost::search
