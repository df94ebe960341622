// Exits with 0 when every claim holds.
#include "scorer_@NAME@.hpp"

#include <cstdio>

namespace {

int failures = 0;

void claim(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "not so: %s\n", what);
  ++failures;
}

fihost::sdk::ScoredWorkload workload(const char* status, double speedup) {
  return {.uuid = status,
          .axes = {},
          .status = status,
          .latency_ms = 1,
          .baseline_latency_ms = speedup,
          .speedup = speedup};
}

fihost::sdk::Score score(std::vector<fihost::sdk::ScoredWorkload> workloads) {
  const fihost::sdk::Context nobody(nullptr);  // score() asks nothing of the host
  return Scorer().score({.definition = "any",
                         .candidate = "any",
                         .baseline_kind = "reference",
                         .baseline_name = "any",
                         .workloads = std::move(workloads)},
                        nobody);
}

}  // namespace

int main() {
  claim(score({workload("PASSED", 2), workload("PASSED", 8)}).score == 2.0,
        "twice and eight times as fast make 2");
  claim(!score({workload("PASSED", 2), workload("TIMEOUT", 1)}).score.has_value(),
        "a workload that failed leaves no score");
  claim(!score({}).score.has_value(), "no workloads, no score");
  return failures;
}
