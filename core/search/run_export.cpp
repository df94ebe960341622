// A run as JSON lines.
#include "core/model/lax_json.hpp"
#include "core/search/result_json.hpp"
#include "core/search/run_store.hpp"

namespace fihost::search {
namespace {

Json workloads_json(const std::vector<WorkloadResult>& workloads) {
  Json list = Json::array();
  for (const auto& one : workloads) list.push_back(to_json(one));
  return list;
}

Json line(const RunHead& head) {
  return {{"type", "run"},
          {"schema", "fihost.run/1"},
          {"definition", head.definition},
          {"created_at", head.created_at},
          {"seed_path", head.seed_path},
          {"config", head.config},
          {"about", head.about},
          {"branched_from", head.branched_from}};
}

Json line(const Attempt& a) {
  return {{"type", "attempt"},
          {"id", a.id},
          {"island", a.island},
          {"mutator", a.mutator},
          {"parents", a.parents},
          {"seed", a.seed},
          {"outcome", name(a.outcome)},
          {"reason", a.reason},
          {"program", a.program},
          {"twin", a.twin},
          {"source", a.source},
          {"source_digest", a.source_digest},
          {"repaired", a.repaired},
          {"improvement", a.improvement},
          {"propose_seconds", number_json(a.propose_seconds)},
          {"build_seconds", number_json(a.build_seconds)},
          {"evaluate_seconds", number_json(a.evaluate_seconds)}};
}

Json line(const Program& p) {
  auto result = to_json(p.result);
  result["workloads"] = workloads_json(p.result.workloads);
  return {{"type", "program"},
          {"id", p.id},
          {"attempt", p.attempt},
          {"name", p.name},
          {"language", name(p.language)},
          {"source", p.source},
          {"source_digest", p.source_digest},
          {"code_digest", p.code_digest},
          {"parents", p.parents},
          {"generation", p.generation},
          {"island", p.island},
          {"mutator", p.mutator},
          {"note", p.note},
          {"details", p.details},
          {"kernels", to_json(p.kernels)},
          {"complete", p.complete},
          {"profile", p.profile},
          {"result", std::move(result)}};
}

Json line(const Exchange& e) {
  return {{"type", "exchange"}, {"id", e.id},       {"attempt", e.attempt},
          {"slot", e.slot},     {"op", e.op},       {"request", e.request},
          {"reply", e.reply},   {"error", e.error}, {"seconds", number_json(e.seconds)}};
}

Json line(const Rematch& r) {
  return {{"type", "rematch"},
          {"challenger", r.challenger},
          {"champion", r.champion},
          {"ratio", number_json(r.ratio)},
          {"interval", {number_json(r.interval.low), number_json(r.interval.high)}},
          {"rounds", r.rounds},
          {"won", r.won},
          {"challenger_failed", r.challenger_failed},
          {"champion_failed", r.champion_failed},
          {"seconds", number_json(r.seconds)}};
}

Json line(const StoredProfile& p) {
  return {
      {"type", "profile"}, {"program", p.program}, {"workload", p.workload}, {"reply", p.reply}};
}

Json line(const StoredMeasurement& m) {
  return {{"type", "measurement"},    {"program", m.program},
          {"quick", m.quick},         {"seconds", number_json(m.seconds)},
          {"judge_end", m.judge_end}, {"workloads", workloads_json(m.workloads)}};
}

Json line(const Placement& p) {
  return {{"type", "placement"}, {"program", p.program},     {"island", p.island},
          {"cell", p.cell},      {"owns_cell", p.owns_cell}, {"migrant", p.migrant}};
}

Json line(const PastEvent& past) {
  return {{"type", "event"},
          {"id", past.id},
          {"at", past.at},
          {"iteration", past.iteration},
          {"kind", past.event.kind},
          {"note", past.event.note},
          {"evicted", past.event.evicted},
          {"state", past.event.state ? past.event.state->state : Json()}};
}

}  // namespace

void export_jsonl(const RunStore& run, const std::function<void(const std::string& line)>& write) {
  write(dump(line(run.head())));
  run.history([&](const PastEvent& past) {
    write(dump(line(past)));
    const auto all = [&](const auto& list) {
      for (const auto& one : list) write(dump(line(one)));
    };
    all(past.event.attempts);
    all(past.event.programs);
    all(past.event.exchanges);
    all(past.event.rematches);
    all(past.event.profiles);
    all(past.event.measurements);
    all(past.event.placements);
  });
}

}  // namespace fihost::search
