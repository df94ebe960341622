#include "core/eval/build_pool.hpp"

#include <algorithm>

#include "core/base/cancelled.hpp"

namespace fihost {

BuildPool::BuildPool(std::vector<BuildJob> jobs, std::size_t width,
                     std::chrono::milliseconds timeout, std::stop_token stop)
    : jobs_(std::move(jobs)),
      timeout_(timeout),
      forward_(stop, [this] { abandon_.request_stop(); }),
      stop_(std::move(stop)) {
  const auto count = std::min(jobs_.size(), std::max<std::size_t>(width, 1));
  for (std::size_t i = 0; i < count; ++i) threads_.emplace_back([this] { work(); });
}

BuildPool::~BuildPool() { abandon_.request_stop(); }

bool BuildPool::take(std::size_t& index) {
  const std::lock_guard lock(mutex_);
  if (begun_ == jobs_.size() || abandon_.stop_requested()) return false;
  index = begun_++;
  return true;
}

void BuildPool::work() {
  std::size_t index = 0;
  while (take(index)) {
    FinishedBuild finished;
    finished.index = index;
    try {
      finished.result = jobs_[index](timeout_, abandon_.get_token());
    } catch (const std::exception& e) {
      finished.error = e.what();
    }
    const std::lock_guard lock(mutex_);
    finished_.push_back(std::move(finished));
    changed_.notify_all();
  }
}

std::optional<FinishedBuild> BuildPool::next() {
  std::unique_lock lock(mutex_);
  if (handed_out_ == jobs_.size()) return std::nullopt;
  changed_.wait(lock, stop_, [this] { return !finished_.empty(); });
  check_cancelled(stop_);
  auto build = std::move(finished_.front());
  finished_.pop_front();
  ++handed_out_;
  return build;
}

}  // namespace fihost
