#include "core/report/run_document.hpp"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "core/base/error.hpp"
#include "core/report/ranking_json.hpp"
#include "core/report/run_standing.hpp"

namespace fihost {
namespace {

constexpr const char* schema = "fihost.run/1";

Json or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

Json or_null(const std::optional<Interval>& interval) {
  return interval ? Json::array({interval->low, interval->high}) : Json(nullptr);
}

Json or_null(const std::optional<SpeedRatio>& ratio) {
  if (!ratio) return nullptr;
  return {
      {"ratio", ratio->value}, {"ratio_ci", or_null(ratio->interval)}, {"rematch", ratio->rematch}};
}

/// Texts that stand once.
class Texts {
 public:
  [[nodiscard]] std::size_t index(const std::string& text) {
    const auto [at, fresh] = indices_.try_emplace(text, list_.size());
    if (fresh) list_.push_back(text);
    return at->second;
  }
  [[nodiscard]] Json take() { return std::move(list_); }

 private:
  std::map<std::string, std::size_t> indices_;
  Json list_ = Json::array();
};

/// What differs between candidates. The workload itself stands in `workloads`.
Json workload_json(const WorkloadResult& w) {
  const auto& timing = w.trial.timing;
  Json json = {{"uuid", w.uuid}, {"status", name(w.trial.status)}};
  json["latency_ms"] = timing ? Json(timing->latency_ms) : Json(nullptr);
  json["latency_ci_ms"] = timing ? Json::array({timing->low_ms, timing->high_ms}) : Json(nullptr);
  json["samples"] = timing ? Json(timing->samples) : Json(nullptr);
  json["speedup"] = or_null(w.speedup());
  json["speedup_ci"] = or_null(w.speedup_interval());
  json["roofline_fraction"] = or_null(w.roofline_fraction());
  json["log"] = w.trial.log;
  return json;
}

Json profiles_json(const RunRecord& run, search::ProgramId id) {
  Json list = Json::array();
  const auto at = run.profiles.find(id);
  if (at == run.profiles.end()) return list;
  for (const auto& profile : at->second) {
    list.push_back({{"workload", profile.workload}, {"reply", profile.reply}});
  }
  return list;
}

Json program_json(const RunRecord& run, const search::Program& program) {
  Json kernels = Json::array(), workloads = Json::array();
  for (const auto& kernel : program.kernels) kernels.push_back(to_json(kernel));
  for (const auto& w : program.result.workloads) workloads.push_back(workload_json(w));
  return {{"id", program.id},
          {"attempt", program.attempt},
          {"name", program.name},
          {"language", search::name(program.language)},
          {"parents", program.parents},
          {"generation", program.generation},
          {"island", program.island},
          {"mutator", program.mutator},
          {"note", program.note},
          {"details", program.details},
          {"verdict", name(program.result.verdict)},
          {"complete", program.complete},
          {"score", or_null(program.result.score)},
          {"score_ci", or_null(program.result.score_ci)},
          {"log", program.result.refusal ? program.result.refusal->log : std::string()},
          {"reasons", program.result.reasons},
          {"source", program.source},
          {"kernels", std::move(kernels)},
          {"profile", program.profile},
          {"profiles", profiles_json(run, program.id)},
          {"workloads", std::move(workloads)}};
}

std::string text_at(const Json& json, const char* key) {
  if (!json.is_object()) return {};
  const auto at = json.find(key);
  return at != json.end() && at->is_string() ? at->get<std::string>() : std::string();
}

Json messages_json(const search::Exchange& exchange, Texts& texts) {
  Json list = Json::array();
  const auto at =
      exchange.request.is_object() ? exchange.request.find("messages") : exchange.request.end();
  if (at == exchange.request.end() || !at->is_array()) {
    list.push_back({{"role", "request"}, {"text", texts.index(dump(exchange.request, 1))}});
    return list;
  }
  for (const auto& message : *at) {
    list.push_back(
        {{"role", text_at(message, "role")}, {"text", texts.index(text_at(message, "content"))}});
  }
  return list;
}

Json exchange_json(const search::Exchange& exchange, Texts& texts) {
  const bool model = exchange.slot == "llm" && exchange.reply.is_object();
  Json reply;
  if (!exchange.reply.is_null()) {
    reply = texts.index(model ? text_at(exchange.reply, "text") : dump(exchange.reply, 1));
  }
  return {{"slot", exchange.slot},
          {"op", exchange.op},
          {"purpose", text_at(exchange.request, "purpose")},
          {"model", text_at(exchange.reply, "model")},
          {"finish", text_at(exchange.reply, "finish")},
          {"usage", model && exchange.reply.contains("usage") ? exchange.reply["usage"] : Json()},
          {"messages", messages_json(exchange, texts)},
          {"reply", std::move(reply)},
          {"error", exchange.error},
          {"seconds", exchange.seconds}};
}

Json attempt_json(const RunRecord& run, const search::Attempt& attempt, Texts& texts) {
  Json exchanges = Json::array();
  if (const auto at = run.exchanges.find(attempt.id); at != run.exchanges.end()) {
    for (const auto& exchange : at->second) exchanges.push_back(exchange_json(exchange, texts));
  }
  return {{"id", attempt.id},
          {"island", attempt.island},
          {"mutator", attempt.mutator},
          {"parents", attempt.parents},
          {"outcome", search::name(attempt.outcome)},
          {"reason", attempt.reason},
          {"program", attempt.program},
          {"twin", attempt.twin},
          {"source", attempt.source},
          {"repaired", attempt.repaired},
          {"improvement", attempt.improvement},
          {"propose_seconds", attempt.propose_seconds},
          {"build_seconds", attempt.build_seconds},
          {"evaluate_seconds", attempt.evaluate_seconds},
          {"exchanges", std::move(exchanges)}};
}

Json rematch_json(const search::Rematch& rematch) {
  return {{"challenger", rematch.challenger},
          {"champion", rematch.champion},
          {"ratio", rematch.ratio},
          {"ratio_ci", Json::array({rematch.interval.low, rematch.interval.high})},
          {"rounds", rematch.rounds},
          {"won", rematch.won},
          {"seconds", rematch.seconds}};
}

/// The owner of a cell is the program that was placed there last.
Json islands_json(const RunRecord& run) {
  std::map<int, std::map<std::string, search::ProgramId>> islands;
  for (const auto& placement : run.placements) {
    auto& cells = islands[placement.island];
    if (placement.owns_cell) cells[placement.cell] = placement.program;
  }
  Json list = Json::array();
  for (const auto& [island, cells] : islands) {
    Json owners = Json::array();
    for (const auto& [cell, owner] : cells) owners.push_back({{"cell", cell}, {"program", owner}});
    list.push_back({{"island", island}, {"cells", std::move(owners)}});
  }
  return list;
}

Json champions_json(const RunStanding& standing) {
  Json list = Json::array();
  for (const auto& step : standing.champions) {
    list.push_back({{"program", step.program},
                    {"gain", or_null(step.gain)},
                    {"over_seed", or_null(step.over_seed)}});
  }
  return list;
}

Json mutators_json(const RunStanding& standing) {
  Json list = Json::array();
  for (const auto& tally : standing.mutators) {
    list.push_back({{"mutator", tally.mutator},
                    {"proposed", tally.proposed},
                    {"evaluated", tally.evaluated},
                    {"accepted", tally.accepted},
                    {"improved", tally.improved},
                    {"seconds", tally.seconds},
                    {"gain", tally.gain}});
  }
  return list;
}

Json standing_json(const RunStanding& standing) {
  Json outcomes = Json::object();
  for (const auto& [outcome, count] : standing.outcomes) {
    outcomes[std::string(search::name(outcome))] = count;
  }
  const auto& models = standing.models;
  return {{"seed", standing.seed},
          {"best", standing.best},
          {"over_seed", or_null(standing.over_seed)},
          {"proposals", standing.proposals},
          {"evaluated", standing.evaluated},
          {"improvements", standing.improvements},
          {"outcomes", std::move(outcomes)},
          {"models",
           {{"exchanges", models.exchanges},
            {"failed", models.failed},
            {"input_tokens", models.input_tokens},
            {"output_tokens", models.output_tokens},
            {"usd", or_null(models.usd)},
            {"seconds", models.seconds}}},
          {"propose_seconds", standing.propose_seconds},
          {"build_seconds", standing.build_seconds},
          {"evaluate_seconds", standing.device_seconds},
          {"champions", champions_json(standing)},
          {"mutators", mutators_json(standing)}};
}

/// Of the seed, which every run measures in full.
Json workloads_json(const RunRecord& run) {
  Json list = Json::array();
  for (const auto& program : run.programs) {
    if (!program.complete) continue;
    for (const auto& w : program.result.workloads) {
      list.push_back({{"uuid", w.uuid},
                      {"axes", w.axes},
                      {"baseline_ms", w.baseline ? Json(w.baseline->latency_ms) : Json(nullptr)},
                      {"floor_ms", or_null(w.floor_ms)}});
    }
    break;
  }
  return list;
}

}  // namespace

Json run_document(const RunRecord& run) {
  Json programs = Json::array(), attempts = Json::array(), rematches = Json::array();
  Texts texts;
  for (const auto& program : run.programs) programs.push_back(program_json(run, program));
  for (const auto& attempt : run.attempts) attempts.push_back(attempt_json(run, attempt, texts));
  for (const auto& rematch : run.rematches) rematches.push_back(rematch_json(rematch));
  return {{"schema", schema},
          {"definition", run.head.definition},
          {"created_at", run.head.created_at},
          {"seed_path", run.head.seed_path},
          {"branched_from", run.head.branched_from},
          {"end_note", run.end_note},
          {"config", run.head.config},
          {"about", run.head.about},
          {"standing", standing_json(standing_of(run))},
          {"workloads", workloads_json(run)},
          {"programs", std::move(programs)},
          {"attempts", std::move(attempts)},
          {"rematches", std::move(rematches)},
          {"islands", islands_json(run)},
          {"texts", texts.take()}};
}

void check_run_document(const Json& document, const std::string& origin) {
  const auto found = text_at(document, "schema");
  if (found != schema) {
    fail("{}: wanted a document of schema {}, as fihost report RUN --json writes it, found {}",
         origin, schema, found.empty() ? "none" : "'" + found + "'");
  }
}

}  // namespace fihost
