#include "tools/fihost/evolve_options.hpp"

#include <algorithm>
#include <cstdlib>
#include <ctime>

#include "core/base/error.hpp"
#include "core/base/temp_dir.hpp"
#include "core/search/run_store.hpp"

namespace fihost {
namespace {

namespace fs = std::filesystem;

/// The options of `rank` that mean the same here.
const std::vector<std::string>& shared_names() {
  static const std::vector<std::string> names = {
      "definition", "dataset",   "device", "workloads", "quick",       "compat", "seed", "timeout",
      "jobs",       "reference", "scorer", "flush",     "plugin-path", "arch",   "json", "verbose"};
  return names;
}

std::string run_name(const std::string& stem) {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&now, &local);
  char text[32];
  std::strftime(text, sizeof text, "%Y%m%d-%H%M%S", &local);
  return stem + "-" + text;
}

/// Of the files that a run keeps, its folder.
fs::path folder_of(const fs::path& run) { return search::run_file(run).parent_path(); }

void read_invocation(const Json& about, EvaluationOptions& options) {
  const auto invocation = about.value("invocation", Json::object());
  const auto text = [&](const char* key) -> std::optional<std::string> {
    const auto found = invocation.find(key);
    if (found == invocation.end() || !found->is_string()) return std::nullopt;
    return found->get<std::string>();
  };
  options.definition = text("definition");
  if (const auto dataset = text("dataset")) options.dataset = *dataset;
  options.device = text("device");
  options.archs = invocation.value("archs", std::vector<std::string>{});
  for (const auto& folder : invocation.value("plugin_folders", std::vector<std::string>{})) {
    options.plugin_folders.emplace_back(folder);
  }
  // The same inputs as before: what was measured then and what is measured now belong together.
  options.seed = about.value("seed", std::uint64_t{0});
  options.seed_given = true;
}

/// "RUN@17"
std::pair<fs::path, std::uint64_t> read_branch(const std::string& text) {
  const auto at = text.rfind('@');
  const auto digits = at == std::string::npos ? std::string() : text.substr(at + 1);
  if (digits.empty() || digits.size() > 9 ||
      digits.find_first_not_of("0123456789") != std::string::npos) {
    Arguments::refuse("branch", text, "RUN@ITERATION, such as runs/mine@40");
  }
  return {text.substr(0, at), std::stoull(digits)};
}

/// The configuration of an earlier run; its secrets were not kept.
search::EvolveConfig stored_config(const search::RunHead& head, std::vector<std::string>& notes) {
  if (dump(head.config).find("\"***\"") != std::string::npos) {
    throw Error(
        "the run does not keep the keys that its configuration held; give --config again, or write "
        "${VARIABLE} there",
        Fault::usage);
  }
  return search::parse_config(head.config, "the run's configuration", notes);
}

void apply(const Arguments& arguments, EvolveOptions& options) {
  auto& config = options.config;
  auto& evaluator = config.evaluator;
  if (const auto n = arguments.integer("iterations", "a number of children, at least 1", 1)) {
    config.max_iterations = *n;
  }
  if (const auto n = arguments.integer("patience", "a number of children; 0: never stop")) {
    config.early_stopping_patience = *n;
  }
  if (const auto score = arguments.number("target-score", "a score above 0", 0, 1e12)) {
    config.target_score = *score;
  }
  if (arguments.has("deterministic")) config.deterministic = true;
  if (const auto model = arguments.text("model")) {
    if (config.llm.id.empty()) config.llm.id = "llm.openai";
    config.llm.config.erase("models");
    config.llm.config["model"] = *model;
  }
  if (const auto base = arguments.text("api-base")) {
    if (config.llm.id.empty()) config.llm.id = "llm.openai";
    config.llm.config["api_base"] = *base;
  }
  if (const auto n = arguments.integer("random-seed", "an integer from 0 to 2^53", 0, 1ULL << 53)) {
    config.random_seed = *n;
  }
  if (const auto device = arguments.text("device")) evaluator.devices = {*device};
  if (const auto workloads = arguments.text("workloads")) evaluator.workloads = *workloads;
  if (arguments.has("quick")) evaluator.quick = true;
  if (arguments.has("compat")) evaluator.correctness = "compat";
  if (arguments.has("timeout")) evaluator.timeout_s = options.evaluation.timeout_s;
  if (arguments.has("jobs")) evaluator.build_jobs = options.evaluation.jobs;
  if (arguments.has("scorer")) evaluator.scorer = options.evaluation.scorer;
  if (arguments.has("flush")) evaluator.flush = options.evaluation.flush;
  const char* ncu = std::getenv("OE_ENABLE_NCU");
  if (ncu != nullptr && std::string(ncu) == "1" && config.profiler.id.empty()) {
    config.profiler.id = "profiler.ncu";
  }
}

/// What the evaluation of the seed shares with that of its descendants.
void merge_evaluation(EvolveOptions& options) {
  const auto& evaluator = options.config.evaluator;
  auto& evaluation = options.evaluation;
  if (!evaluator.devices.empty()) evaluation.device = evaluator.devices.front();
  evaluation.workloads = evaluator.workloads;
  evaluation.quick = evaluator.quick;
  evaluation.rule =
      evaluator.correctness == "compat" ? CorrectnessRule::compat : CorrectnessRule::strict;
  evaluation.timeout_s = evaluator.timeout_s;
  if (evaluator.build_jobs > 0) evaluation.jobs = evaluator.build_jobs;
  evaluation.scorer = evaluator.scorer;
  evaluation.flush = evaluator.flush;
}

void read_earlier_run(const fs::path& folder, EvolveOptions& options, bool configured) {
  const auto store = search::RunStore::view(folder / "run.sqlite");
  const auto head = store.head();
  if (!configured) options.config = stored_config(head, options.notes);
  read_invocation(head.about, options.evaluation);
  options.evaluation.paths = {head.seed_path};
}

void choose_run(const Arguments& arguments, EvolveOptions& options, bool configured) {
  const auto resume = arguments.path("resume");
  const auto branch = arguments.text("branch");
  const auto& paths = arguments.paths();
  options.replay = arguments.path("replay");
  const int ways = (resume ? 1 : 0) + (branch ? 1 : 0) + (options.replay ? 1 : 0);
  if (ways > 1) throw Error("evolve: give one of --resume, --branch and --replay", Fault::usage);
  if (ways == 0) {
    if (paths.size() != 1) {
      throw Error("evolve: give one seed, a .cu or .cpp file; see fihost evolve --help",
                  Fault::usage);
    }
    options.output = arguments.path("output").value_or(
        fs::path("runs") / run_name(fs::path(paths[0]).stem().string()));
    return;
  }
  if (!paths.empty()) {
    throw Error("evolve: the run knows its seed; leave " + paths[0] + " out", Fault::usage);
  }
  if (resume) {
    if (arguments.has("output")) {
      throw Error("evolve: --resume goes on in the run's own folder; leave --output out",
                  Fault::usage);
    }
    options.output = folder_of(*resume);
    options.resume = true;
    return read_earlier_run(options.output, options, configured);
  }
  if (options.replay) {
    *options.replay = folder_of(*options.replay);
    options.output = arguments.path("output").value_or(options.replay->string() + "-replay");
    read_earlier_run(*options.replay, options, configured);
    if (!options.config.deterministic) {
      throw Error(
          fmt::format(
              "evolve: {} was not --deterministic: the order in which its attempts came back "
              "decided, too; --branch and --resume go on with it",
              options.replay->string()),
          Fault::usage);
    }
    return;
  }
  const auto [from, iteration] = read_branch(*branch);
  options.output = arguments.path("output").value_or(
      fmt::format("{}-branch-{}", folder_of(from).string(), iteration));
  search::branch_run(search::run_file(from), iteration, options.output / "run.sqlite");
  options.resume = true;
  read_earlier_run(options.output, options, configured);
}

}  // namespace

std::vector<Option> evolve_options() {
  std::vector<Option> options = {
      {.name = "config",
       .value = "FILE",
       .help = "YAML or JSON, with OpenEvolve's keys; docs/evolve-config.md lists all",
       .letter = 'c',
       .hint = Option::Hint::file},
      {.name = "output",
       .value = "DIR",
       .help = "the run's folder (default: runs/SEED-DATE-TIME)",
       .letter = 'o',
       .hint = Option::Hint::folder},
      {.name = "iterations",
       .value = "N",
       .help = "children to evaluate (default: 200)",
       .letter = 'i'},
      {.name = "patience",
       .value = "N",
       .help = "children in a row without an improvement after which it ends (default: 40)"},
      {.name = "target-score", .value = "SCORE", .help = "end when the champion has it"},
      {.name = "model",
       .value = "NAME",
       .help = "ask this model, through llm.openai where the configuration names no backend"},
      {.name = "api-base",
       .value = "URL",
       .help = "of an OpenAI-compatible server, such as http://localhost:11434/v1"},
      {.name = "resume",
       .value = "RUN",
       .help = "go on with an earlier run",
       .hint = Option::Hint::folder},
      {.name = "branch",
       .value = "RUN@ITERATION",
       .help = "a new run that goes on from there",
       .hint = Option::Hint::folder},
      {.name = "replay",
       .value = "RUN",
       .help = "make the decisions of a --deterministic run again, from what it recorded",
       .hint = Option::Hint::folder},
      {.name = "deterministic", .help = "one proposal at a time: equal answers, equal lineage"},
      {.name = "random-seed", .value = "N", .help = "of the search's own choices (default: 42)"},
      {.name = "print-config", .help = "the resolved configuration as YAML, and nothing else"},
  };
  for (const auto& option : evaluation_options()) {
    const auto& names = shared_names();
    if (std::find(names.begin(), names.end(), option.name) != names.end()) {
      options.push_back(option);
    }
  }
  return options;
}

EvolveOptions read_evolve_options(const Arguments& arguments) {
  EvolveOptions options;
  options.evaluation = read_shared_options(arguments);
  const auto file = arguments.path("config");
  if (file) options.config = search::read_config(*file, options.notes);
  if (!arguments.has("print-config") || !arguments.paths().empty()) {
    choose_run(arguments, options, file.has_value());
  }
  apply(arguments, options);
  merge_evaluation(options);
  return options;
}

Json invocation_json(const EvaluationOptions& options) {
  const auto text = [](const auto& value) { return value ? Json(*value) : Json(nullptr); };
  Json folders = Json::array();
  for (const auto& folder : options.plugin_folders) {
    folders.push_back(fs::absolute(folder).string());
  }
  const auto dataset = options.dataset ? Json(fs::absolute(*options.dataset).string()) : Json();
  return {{"definition", text(options.definition)},
          {"dataset", dataset},
          {"device", text(options.device)},
          {"archs", options.archs},
          {"plugin_folders", std::move(folders)}};
}

}  // namespace fihost
