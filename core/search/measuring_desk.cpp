#include "core/search/measuring_desk.hpp"

#include <exception>
#include <utility>

namespace fihost::search {

MeasuringDesk::MeasuringDesk(const OpenEvaluator& open, std::size_t devices, QuietGate& gate)
    : gate_(gate) {
  std::vector<std::promise<Ranking>> ready(devices);
  std::vector<std::future<Ranking>> opened;
  for (std::size_t i = 0; i < devices; ++i) {
    opened.push_back(ready[i].get_future());
    threads_.emplace_back(
        [this, &open, i, promise = std::move(ready[i])](const std::stop_token& stop) mutable {
          serve(open, i, promise, stop);
        });
  }
  std::exception_ptr failure;
  for (std::size_t i = 0; i < devices; ++i) {
    try {
      auto about = opened[i].get();
      if (i == 0) about_ = std::move(about);
    } catch (...) {
      if (!failure) failure = std::current_exception();
    }
  }
  if (failure) std::rethrow_exception(failure);
}

MeasuringDesk::~MeasuringDesk() {
  for (auto& thread : threads_) thread.request_stop();
}

void MeasuringDesk::enqueue(Job job, Turn turn) {
  {
    const std::lock_guard lock(mutex_);
    if (turn == Turn::next) {
      jobs_.push_front(std::move(job));
    } else {
      jobs_.push_back(std::move(job));
    }
  }
  changed_.notify_one();
}

/// The worker loop: what opening throws goes to whoever waits for the desk.
void MeasuringDesk::serve(const OpenEvaluator& open, std::size_t index,
                          std::promise<Ranking>& ready, const std::stop_token& stop) {
  std::unique_ptr<Evaluator> evaluator;
  try {
    const QuietGate::Measurement quiet(gate_);
    evaluator = open(index);
    ready.set_value(evaluator->about());
  } catch (...) {
    ready.set_exception(std::current_exception());
    return;
  }
  for (;;) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [this] { return !jobs_.empty(); })) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    const QuietGate::Measurement quiet(gate_);
    job(*evaluator);
  }
}

}  // namespace fihost::search
