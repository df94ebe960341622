#include "core/device/runner_pool.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/base/error.hpp"

namespace fihost::device {
namespace {

// Context creation takes a third of a second; a first start on a cold machine can take many.
constexpr std::chrono::seconds start_limit{60};

}  // namespace

RunnerPool::RunnerPool(std::string worker, std::string device, std::string flush,
                       std::size_t reserve)
    : worker_(std::move(worker)),
      device_(std::move(device)),
      flush_(std::move(flush)),
      reserve_(reserve) {
  refill();
}

void RunnerPool::refill() {
  while (spares_.size() < reserve_) {
    spares_.push_back(std::make_unique<RunnerProcess>(worker_, device_, flush_));
  }
}

void RunnerPool::reserve(std::size_t count) {
  reserve_ = std::max(reserve_, count);
  refill();
}

std::unique_ptr<RunnerProcess> RunnerPool::take() {
  for (int attempt = 0; attempt < 2; ++attempt) {
    auto runner = std::move(spares_.front());
    spares_.pop_front();
    const bool ready = runner->wait_ready(Clock::now() + start_limit);
    refill();
    if (ready) return runner;
    const std::string text = runner->epitaph();
    if (attempt == 1) fail("no runner could be started on {}: it {}", device_, text);
  }
  throw Error("unreachable", Fault::internal);
}

void RunnerPool::wait_quiet() {
  std::erase_if(spares_,
                [](const auto& spare) { return !spare->wait_ready(Clock::now() + start_limit); });
  refill();
}

}  // namespace fihost::device
