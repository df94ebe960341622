#include "core/search/fitness.hpp"

#include <cmath>
#include <limits>

namespace fihost::search {

bool eligible(const Program& program) {
  return program.correct() && program.result.score && std::isfinite(*program.result.score);
}

bool ahead(const Program& a, const Program& b) {
  const double left = a.result.score.value(), right = b.result.score.value();
  return left != right ? left > right : a.id < b.id;
}

bool clearly_ahead(const Program& a, const Program& b) {
  const double other = b.result.score.value();
  return a.result.score.value() > other + tie_floor * std::abs(other);
}

double latency_ms(const Program& program, std::size_t workload) {
  constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
  if (workload >= program.result.workloads.size()) return unknown;
  const auto& timing = program.result.workloads[workload].trial.timing;
  return timing && timing->latency_ms > 0 ? timing->latency_ms : unknown;
}

}  // namespace fihost::search
