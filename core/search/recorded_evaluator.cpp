#include "core/search/recorded_evaluator.hpp"

#include <algorithm>

#include "core/base/error.hpp"

namespace fihost::search {
namespace {

/// The results on `uuids` in their order; none when one is missing.
std::optional<std::vector<WorkloadResult>> chosen(const std::vector<WorkloadResult>& results,
                                                  const std::vector<std::string>& uuids) {
  std::vector<WorkloadResult> out;
  for (const auto& uuid : uuids) {
    const auto found = std::find_if(results.begin(), results.end(),
                                    [&](const WorkloadResult& w) { return w.uuid == uuid; });
    if (found == results.end()) return std::nullopt;
    out.push_back(*found);
  }
  return out;
}

/// What a run holds of a program that may answer, the best first.
std::vector<StoredMeasurement> answers(const RunStore& run, ProgramId id, bool quick) {
  auto found = run.measurements(id);
  if (!quick) std::erase_if(found, [](const StoredMeasurement& m) { return m.quick; });
  auto program = run.program(id);
  found.push_back({.program = id,
                   .quick = false,
                   .seconds = program.result.wall_seconds,
                   .judge_end = {},
                   .workloads = std::move(program.result.workloads)});
  return found;
}

}  // namespace

RecordedEvaluator::RecordedEvaluator(RunStore run, Ranking about,
                                     std::vector<std::string> workloads)
    : run_(std::move(run)),
      about_(std::move(about)),
      workloads_(std::move(workloads)),
      rematches_(run_.rematches()),
      given_(rematches_.size(), false) {}

const Ranking& RecordedEvaluator::about() const { return about_; }

std::vector<ProgramId> RecordedEvaluator::recorded(const Contestant& contestant) const {
  auto ids = run_.with_source(contestant.source_digest);
  if (ids.empty()) {
    fail("{}: the recorded run never measured {} (source {})", run_.file().string(),
         contestant.name, contestant.source_digest);
  }
  return ids;
}

std::vector<std::string> RecordedEvaluator::asked(const Effort& effort) const {
  if (effort.workloads.empty()) return workloads_;
  std::vector<std::string> uuids;
  for (const auto index : effort.workloads) uuids.push_back(workloads_.at(index));
  return uuids;
}

Measured RecordedEvaluator::measure(const Contestant& contestant, const Effort& effort) {
  const auto uuids = asked(effort);
  for (const auto id : recorded(contestant)) {
    for (auto& answer : answers(run_, id, effort.quick)) {
      if (auto results = chosen(answer.workloads, uuids)) {
        return {.workloads = std::move(*results),
                .seconds = answer.seconds,
                .judge_end = std::move(answer.judge_end)};
      }
    }
  }
  fail("{}: the recorded run never measured {} on all of the {} workloads that are asked for",
       run_.file().string(), contestant.name, uuids.size());
}

Rematch RecordedEvaluator::rematch(const Contestant& challenger, const Contestant& champion,
                                   std::size_t) {
  const auto left = recorded(challenger), right = recorded(champion);
  const auto among = [](ProgramId id, const std::vector<ProgramId>& ids) {
    return std::find(ids.begin(), ids.end(), id) != ids.end();
  };
  for (std::size_t i = 0; i < rematches_.size(); ++i) {
    if (given_[i] || !among(rematches_[i].challenger, left) ||
        !among(rematches_[i].champion, right)) {
      continue;
    }
    given_[i] = true;
    auto rematch = rematches_[i];
    rematch.challenger = rematch.champion = 0;
    return rematch;
  }
  fail("{}: the recorded run has no further rematch of {} against {}", run_.file().string(),
       challenger.name, champion.name);
}

}  // namespace fihost::search
