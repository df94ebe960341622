#include "tests/evolve/toy.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "core/base/error.hpp"
#include "core/base/hash.hpp"
#include "core/search/recorded_evaluator.hpp"
#include "core/search/source_digest.hpp"

namespace fihost::search::test {
namespace {

constexpr std::size_t workload_count = 5;

std::string digest_of(std::string_view text) { return Hash().add(text).hex(); }

double figure(const std::string& source, const std::string& key, double otherwise) {
  const auto at = source.find(" " + key + " = ");
  if (at == std::string::npos) return otherwise;
  return std::strtod(source.c_str() + at + key.size() + 4, nullptr);
}

Script& script_in(const Json& config, const char* key) {
  return *reinterpret_cast<Script*>(config.at(key).get<std::uintptr_t>());
}

Json address(Script& script) { return reinterpret_cast<std::uintptr_t>(&script); }

/// Written against the SDK, so both sides of the boundary are real.
class ScriptedMutator final : public sdk::Mutator {
 public:
  static constexpr const char *id = "mutator.scripted", *version = "1.0.0",
                              *summary = "does what the test says";
  static constexpr bool concurrent = true;

  ScriptedMutator(const Json& config, const sdk::Context&)
      : propose_(script_in(config, "propose")), repair_(script_in(config, "repair")) {}
  Json propose(const Json& request, const sdk::Context& context) override {
    return propose_(request, context);
  }
  Json repair(const Json& request, const sdk::Context& context) override {
    return repair_ ? repair_(request, context) : Mutator::repair(request, context);
  }

 private:
  Script &propose_, &repair_;
};

class ScriptedModel final : public sdk::Llm {
 public:
  static constexpr const char *id = "llm.scripted", *version = "1.0.0",
                              *summary = "says what the test says";
  static constexpr bool concurrent = true;

  ScriptedModel(const Json& config, const sdk::Context&)
      : complete_(script_in(config, "complete")) {}
  Json complete(const Json& request, const sdk::Context& context) override {
    return complete_(request, context);
  }

 private:
  Script& complete_;
};

Ranking toy_about() {
  Ranking about;
  about.definition = "toy";
  about.timer = "the source";
  about.baseline_name = "reference";
  return about;
}

/// Takes latencies from sources. Equal questions get equal answers, whoever asks and when.
class ToyEvaluator final : public Evaluator {
 public:
  ToyEvaluator(std::vector<Workload> workloads, double noise, Ledger& ledger)
      : workloads_(std::move(workloads)), noise_(noise), about_(toy_about()), ledger_(ledger) {}

  const Ranking& about() const override { return about_; }

  Measured measure(const Contestant& contestant, const Effort& effort) override {
    const auto source = read_text(contestant.object);
    {
      const std::lock_guard lock(ledger_.mutex);
      ledger_.measured.push_back(source);
    }
    auto which = effort.workloads;
    if (which.empty()) {
      which.resize(workloads_.size());
      std::iota(which.begin(), which.end(), std::size_t{0});
    }
    Measured measured;
    measured.seconds = 0.01;
    for (const auto index : which) measured.workloads.push_back(result(source, index, effort));
    return measured;
  }

  Rematch rematch(const Contestant& challenger, const Contestant& champion,
                  std::size_t rounds) override {
    const auto left = read_text(challenger.object), right = read_text(champion.object);
    {
      const std::lock_guard lock(ledger_.mutex);
      ledger_.matches.emplace_back(left, right);
    }
    Rematch found;
    found.seconds = 0.01;
    found.interval = {1, 1};
    found.challenger_failed = traits_of(left).breaks;
    found.champion_failed = traits_of(right).rots && left != right;
    if (found.challenger_failed || found.champion_failed) return found;
    found.ratio = traits_of(left).speed / traits_of(right).speed;
    found.interval = {found.ratio * 0.998, found.ratio * 1.002};
    found.rounds = rounds;
    found.won = found.interval.low > 1 + tie_floor;
    return found;
  }

 private:
  WorkloadResult result(const std::string& source, std::size_t index, const Effort& effort) const {
    const auto traits = traits_of(source);
    const double base = std::exp2(static_cast<double>(index));
    WorkloadResult found;
    found.uuid = workloads_[index].uuid;
    found.axes = workloads_[index].axes;
    found.baseline = timing(base);
    if (traits.wrong) {
      found.trial.status = Status::incorrect_numerical;
      found.trial.log = "wrong on purpose";
      return found;
    }
    const auto digest = digest_of(fmt::format("{} {} {}", source, index, effort.quick));
    std::mt19937 random(static_cast<unsigned>(std::stoul(digest.substr(0, 8), nullptr, 16)));
    const double uniform = static_cast<double>(random()) / 4294967296.0;
    const double error = noise_ * std::sqrt(12.0) * (uniform - 0.5);
    const double tilt = traits.tilt * (static_cast<double>(index) - 2);
    found.trial.status = Status::passed;
    found.trial.timing = timing(base / traits.speed / traits.lucky * std::exp(error - tilt));
    return found;
  }

  Timing timing(double latency_ms) const {
    const double wide = 1.96 * std::max(noise_, 1e-6);
    return {.latency_ms = latency_ms,
            .low_ms = latency_ms * (1 - wide),
            .high_ms = latency_ms * (1 + wide),
            .min_ms = latency_ms,
            .p10_ms = latency_ms,
            .p90_ms = latency_ms,
            .samples = 100,
            .processes_ms = {latency_ms, latency_ms, latency_ms},
            .sm_mhz = 0,
            .throttle = {}};
  }

  std::vector<Workload> workloads_;
  double noise_;
  Ranking about_;
  Ledger& ledger_;
};

Score geometric_speedup(const ScoreRequest& request) {
  std::vector<double> speedups;
  for (const auto& w : request.workloads) speedups.push_back(w.baseline_ms / w.latency_ms);
  return {.value = geometric_mean(speedups), .reasons = {}};
}

std::vector<Workload> toy_workloads() {
  std::vector<Workload> workloads(workload_count);
  for (std::size_t i = 0; i < workload_count; ++i) {
    workloads[i].uuid = fmt::format("w{}", i);
    workloads[i].axes = {{"rows", std::int64_t{1} << i}};
  }
  return workloads;
}

}  // namespace

std::string source_of(const Traits& t) {
  auto text = fmt::format("double speed = {:.6f};\n", t.speed);
  text.insert(0, " ");
  if (t.tilt != 0) text += fmt::format(" double tilt = {:.6f};\n", t.tilt);
  if (t.lucky != 1) text += fmt::format(" double lucky = {:.6f};\n", t.lucky);
  if (t.wrong) text += " int wrong = 1;\n";
  if (t.breaks) text += " int breaks = 1;\n";
  if (t.rots) text += " int rots = 1;\n";
  if (t.broken) text += " int broken = 1;\n";
  text += fmt::format(" int id = {};\n", t.id);
  if (t.padding > 0) text += "//" + std::string(static_cast<std::size_t>(t.padding), '.') + "\n";
  return text;
}

Traits traits_of(const std::string& source) {
  return {.speed = figure(source, "speed", 1),
          .tilt = figure(source, "tilt", 0),
          .lucky = figure(source, "lucky", 1),
          .wrong = figure(source, "wrong", 0) != 0,
          .breaks = figure(source, "breaks", 0) != 0,
          .rots = figure(source, "rots", 0) != 0,
          .broken = figure(source, "broken", 0) != 0,
          .id = static_cast<int>(figure(source, "id", 0)),
          .padding = 0};
}

Traits drawn_child(const Json& request) {
  std::mt19937_64 random(request.at("seed").get<std::uint64_t>());
  const auto unit = [&] { return static_cast<double>(random() >> 11) * 0x1p-53; };
  auto traits = traits_of(request.at("parents").at(0).at("source").get<std::string>());
  traits = {.speed = traits.speed * std::exp(0.12 * (unit() - 0.7)),
            .tilt = 0.1 * (unit() - 0.5),
            .wrong = unit() < 0.1,
            .breaks = unit() < 0.03,
            .broken = unit() < 0.05,
            .id = static_cast<int>(random() % 1'000'000),
            .padding = static_cast<int>(random() % 5'000)};
  if (unit() < 0.1) traits.lucky = 1.1;
  return traits;
}

Json one_child(const std::string& source) {
  return {{"children", {{{"source", source}, {"note", "as the test says"}}}}};
}

std::size_t Ledger::measurements_of(const std::string& source) const {
  const std::lock_guard lock(mutex);
  return static_cast<std::size_t>(std::count(measured.begin(), measured.end(), source));
}

Toy::Toy() {
  propose = [](const Json& asked, const sdk::Context&) {
    return one_child(source_of(drawn_child(asked)));
  };
  request.definition.name = "toy";
  request.workloads = toy_workloads();
  request.language = Language::cpp;
  request.seed_name = "seed";
  request.seed_source = source_of({});
  request.config.deterministic = true;
  request.config.mutators = {{.id = "mutator.scripted"}};
}

BuildResult Toy::build(const std::string& source) {
  {
    const std::lock_guard lock(ledger.mutex);
    ledger.built.push_back(source);
  }
  BuildResult result;
  if (traits_of(source).broken) {
    result.diagnostics = {
        {.file = "candidate.cpp", .line = 1, .severity = "error", .message = "broken on purpose"}};
    return result;
  }
  result.ok = true;
  result.object = folder.path() / (digest_of(source) + ".so");
  if (!std::filesystem::exists(result.object)) write_text(result.object, source);
  return result;
}

std::unique_ptr<Evaluator> Toy::evaluator() {
  if (recorded == nullptr) {
    return std::make_unique<ToyEvaluator>(request.workloads, noise, ledger);
  }
  std::vector<std::string> uuids;
  for (const auto& workload : request.workloads) uuids.push_back(workload.uuid);
  return std::make_unique<RecordedEvaluator>(RunStore::view(recorded->file()), toy_about(), uuids);
}

EvolutionEnd Toy::run(RunStore& store, std::stop_token stop) {
  std::map<std::string, std::unique_ptr<Component>> mutators;
  for (const auto& mutator : request.config.mutators) {
    mutators[mutator.id] = std::make_unique<Component>(
        sdk::Component<ScriptedMutator>::table,
        Json{{"propose", address(propose)}, {"repair", address(repair)}}, std::stop_token{});
  }
  std::optional<Component> model;
  if (complete) {
    model.emplace(sdk::Component<ScriptedModel>::table, Json{{"complete", address(complete)}},
                  std::stop_token{});
  }
  const EvolutionServices services{
      .open_evaluator = [this](std::size_t, const std::stop_token&) { return evaluator(); },
      .devices = 1,
      .describe = [](const Ranking&) { return Json::object(); },
      .build = [this](const std::string& source, const std::stop_token&) { return build(source); },
      // What a compiler makes of constants that nobody uses: nothing.
      .code_digest =
          [](const std::filesystem::path& object) {
            const auto text = read_text(object);
            const auto unused = text.find(" int unused");
            return "code " + digest_of(source_digest(text.substr(0, unused)));
          },
      .advise = {},
      .scorer = geometric_speedup,
      .mutators = mutators,
      .llm = model ? &*model : nullptr,
      .profile = {},
      .recorded = recorded,
      .observer = observer};
  return evolve(request, services, store, std::move(stop));
}

EvolutionEnd Toy::run(std::stop_token stop) {
  auto store = RunStore::create(file(), {.definition = "toy",
                                         .created_at = {},
                                         .seed_path = "seed.cpp",
                                         .config = Json::object(),
                                         .about = Json::object(),
                                         .branched_from = {}});
  return run(store, std::move(stop));
}

std::map<ProgramId, Program> programs_of(const RunStore& run) {
  std::map<ProgramId, Program> programs;
  for (auto& program : run.programs(run.program_ids())) {
    const auto id = program.id;
    programs[id] = std::move(program);
  }
  return programs;
}

std::vector<std::string> lineage(const RunStore& run) {
  std::vector<std::string> lines;
  for (const auto& [id, p] : programs_of(run)) {
    lines.push_back(fmt::format("program {} of attempt {}: {} parents {} island {} score {} {}", id,
                                p.attempt, p.source_digest, fmt::join(p.parents, ","), p.island,
                                p.result.score.value_or(0), name(p.result.verdict)));
  }
  for (const auto& p : run.placements()) {
    lines.push_back(fmt::format("placement {} island {} cell {} owns {} migrant {}", p.program,
                                p.island, p.cell, p.owns_cell, p.migrant));
  }
  for (const auto& a : run.attempts()) {
    for (const auto& exchange : run.exchanges(a.id)) lines.push_back(dump(exchange.request));
    lines.push_back(fmt::format("attempt {} {} {} improvement {} seed {}", a.id, a.mutator,
                                name(a.outcome), a.improvement, a.seed));
  }
  return lines;
}

}  // namespace fihost::search::test
