#include "core/search/cascade.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/error.hpp"
#include "core/search/run_news.hpp"

namespace fihost::search {
namespace {

const WorkloadResult* first_failure(const std::vector<WorkloadResult>& workloads) {
  const auto failed = std::find_if(workloads.begin(), workloads.end(),
                                   [](const auto& w) { return w.trial.status != Status::passed; });
  return failed == workloads.end() ? nullptr : &*failed;
}

void set_failure(CascadeResult& result, const WorkloadResult& workload) {
  result.outcome = outcome_of(workload.trial.status);
  result.reason = failure_text(workload);
}

/// The child's speed over the parent's on the workloads of `screened`, as high as its errors allow.
double optimistic_ratio(const std::vector<WorkloadResult>& screened,
                        const std::vector<std::size_t>& indices,
                        const std::vector<WorkloadResult>& parent) {
  double sum = 0, variance = 0;
  for (std::size_t i = 0; i < screened.size(); ++i) {
    const auto& mine = *screened[i].trial.timing;
    const auto& theirs = *parent[indices[i]].trial.timing;
    sum += std::log(theirs.latency_ms / mine.latency_ms);
    variance += std::pow(log_sd(mine), 2) + std::pow(log_sd(theirs), 2);
  }
  const auto count = static_cast<double>(screened.size());
  return std::exp((sum + z975 * std::sqrt(variance)) / count);
}

}  // namespace

Outcome outcome_of(Status status) {
  switch (status) {
    case Status::passed:
      return Outcome::accepted;
    case Status::incorrect_shape:
    case Status::incorrect_numerical:
    case Status::incorrect_dtype:
      return Outcome::incorrect;
    case Status::runtime_error:
      return Outcome::crashed;
    case Status::compile_error:
      return Outcome::build_failed;
    case Status::timeout:
      return Outcome::timed_out;
  }
  return Outcome::crashed;
}

std::vector<std::size_t> choose_screening(const std::vector<WorkloadResult>& workloads,
                                          std::size_t count) {
  if (count == 0 || count >= workloads.size()) return {};
  std::vector<std::size_t> order(workloads.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const auto latency = [&](std::size_t i) {
      return workloads[i].baseline ? workloads[i].baseline->latency_ms : 0;
    };
    return latency(a) < latency(b);
  });
  std::vector<std::size_t> chosen;
  const std::size_t last = order.size() - 1;
  for (std::size_t i = 0; i < count; ++i) {
    chosen.push_back(order[count == 1 ? last / 2 : i * last / (count - 1)]);
  }
  return chosen;
}

CascadeResult run_cascade(Evaluator& evaluator, const Contestant& contestant,
                          const CascadePlan& plan, const std::vector<WorkloadResult>& parent) {
  CascadeResult result;
  if (!plan.screen.empty()) {
    result.screened = evaluator.measure(contestant, {.workloads = plan.screen, .quick = true});
    result.seconds += result.screened.seconds;
    if (const auto* failed = first_failure(result.screened.workloads)) {
      set_failure(result, *failed);
      return result;
    }
    if (!parent.empty()) {
      const double ratio = optimistic_ratio(result.screened.workloads, plan.screen, parent);
      if (ratio < plan.threshold) {
        result.outcome = Outcome::slower;
        result.reason = fmt::format("at most {:.2f} of its parent's speed on {} workloads", ratio,
                                    plan.screen.size());
        return result;
      }
    }
  }
  auto measured = evaluator.measure(contestant, {.workloads = {}, .quick = plan.quick});
  result.seconds += measured.seconds;
  result.all = std::move(measured.workloads);
  if (const auto* failed = first_failure(result.all)) set_failure(result, *failed);
  return result;
}

}  // namespace fihost::search
