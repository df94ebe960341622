#include "core/search/config_keys.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <limits>

namespace fihost::search {
namespace {

constexpr double unlimited = std::numeric_limits<double>::infinity();
constexpr double day = 86'400;  // seconds

template <auto Member>
auto& top(EvolveConfig& config) {
  return config.*Member;
}

template <auto Section, auto Member>
auto& in(EvolveConfig& config) {
  return config.*Section.*Member;
}

template <auto Member>
constexpr auto prompt = &in<&EvolveConfig::prompt, Member>;
template <auto Member>
constexpr auto database = &in<&EvolveConfig::database, Member>;
template <auto Member>
constexpr auto evaluator = &in<&EvolveConfig::evaluator, Member>;
template <auto Member>
constexpr auto budget = &in<&EvolveConfig::budget, Member>;

using E = EvolveConfig;
using P = PromptConfig;
using D = DatabaseConfig;
using V = EvaluatorConfig;
using B = BudgetConfig;

// A line each, so that additions merge.
// clang-format off
std::vector<ConfigKey> top_keys() {
  return {
      {"", "max_iterations", &top<&E::max_iterations>, 0, 1e9, {}, "evaluated children after which the run ends"},
      {"", "early_stopping_patience", &top<&E::early_stopping_patience>, 0, 1e9, {}, "evaluated children without a confirmed improvement after which the run ends; 0 or null: never"},
      {"", "target_score", &top<&E::target_score>, -unlimited, unlimited, {}, "score at which the run ends"},
      {"", "random_seed", &top<&E::random_seed>, 0, unlimited, {}, "of every random choice"},
      {"", "deterministic", &top<&E::deterministic>, 0, 0, {}, "one proposal at a time, in order: equal replies and measurements give an equal run"},
      {"", "parallel_proposals", &top<&E::parallel_proposals>, 1, 256, {}, "mutators and compilers at work beside the evaluation"},
      {"", "max_code_length", &top<&E::max_code_length>, 1, 1e8, {}, "characters of a child; longer ones are rejected"},
      {"", "max_failures", &top<&E::max_failures>, 1, 1e9, {}, "proposals in a row without a child after which the run ends"},
      {"", "diff_based_evolution", &top<&E::diff_based_evolution>, 0, 0, {}, "models write edits; false: whole sources"},
      {"", "profile_workloads", &top<&E::profile_workloads>, 0, 1000, {}, "workloads of a program that are profiled"},
  };
}

std::vector<ConfigKey> prompt_keys() {
  return {
      {"prompt", "template_dir", prompt<&P::template_dir>, 0, 0, {}, "folder of templates that replace the built-in ones, relative to this file"},
      {"prompt", "system_message", prompt<&P::system_message>, 0, 0, {}, "replaces the template's"},
      {"prompt", "num_top_programs", prompt<&P::num_top_programs>, 0, 1000, {}, "best programs that are shown"},
      {"prompt", "num_diverse_programs", prompt<&P::num_diverse_programs>, 0, 1000, {}, "other programs that are shown"},
      {"prompt", "include_artifacts", prompt<&P::include_artifacts>, 0, 0, {}, "show compiler output, verdicts and profiles"},
      {"prompt", "section_bytes", prompt<&P::section_bytes>, 0, 1e8, {}, "most bytes of a section of the prompt, by its name"},
  };
}

std::vector<ConfigKey> database_keys() {
  return {
      {"database", "population_size", database<&D::population_size>, 2, 1e6, {}, "programs that live"},
      {"database", "archive_size", database<&D::archive_size>, 1, 1e6, {}, "best programs over all islands"},
      {"database", "num_islands", database<&D::num_islands>, 1, 1000, {}, "populations that breed apart"},
      {"database", "exploration_ratio", database<&D::exploration_ratio>, 0, 1, {}, "share of parents drawn uniformly over the cells"},
      {"database", "migration_interval", database<&D::migration_interval>, 1, 1e9, {}, "evaluated children of an island between two migrations"},
      {"database", "migration_rate", database<&D::migration_rate>, 0, 1, {}, "share of an island's programs that migrates"},
      {"database", "parent_selection", database<&D::parent_selection>, 0, 0, {"weighted", "random_parent", "best_of_n"}, "how a parent is chosen; the last two are baselines"},
      {"database", "feature_dimensions", database<&D::feature_dimensions>, 0, 0, {"registers", "shared_bytes", "launches", "regime", "code_bytes", "spills"}, "what the cells of an island tell apart"},
      {"database", "feature_edges", database<&D::feature_edges>, -unlimited, unlimited, {}, "ascending limits between cells, by dimension"},
  };
}

std::vector<ConfigKey> evaluator_keys() {
  return {
      {"evaluator", "devices", evaluator<&V::devices>, 0, 0, {}, "\"cuda:0\", \"cpu\"; empty: every GPU there is, else the CPU"},
      {"evaluator", "workloads", evaluator<&V::workloads>, 0, 0, {}, "as --workloads of fihost rank; empty: all"},
      {"evaluator", "quick", evaluator<&V::quick>, 0, 0, {}, "time briefly, in one process"},
      {"evaluator", "cascade_evaluation", evaluator<&V::cascade_evaluation>, 0, 0, {}, "try a few workloads first"},
      {"evaluator", "cascade_workloads", evaluator<&V::cascade_workloads>, 1, 1000, {}, "how many those are"},
      {"evaluator", "cascade_threshold", evaluator<&V::cascade_threshold>, 0, 1, {}, "share of its parent's speed there below which a child is not tried further, as far as its errors allow"},
      {"evaluator", "timeout_s", evaluator<&V::timeout_s>, 0.001, day, {}, "seconds for one call of a candidate"},
      {"evaluator", "build_timeout_s", evaluator<&V::build_timeout_s>, 0.001, day, {}, "seconds for compiler and linker"},
      {"evaluator", "proposal_timeout_s", evaluator<&V::proposal_timeout_s>, 0.001, day, {}, "seconds for one call of a mutator, the model's included"},
      {"evaluator", "rematch_rounds", evaluator<&V::rematch_rounds>, 1, 1000, {}, "rounds in which a challenger and the champion are timed in turns"},
      {"evaluator", "build_jobs", evaluator<&V::build_jobs>, 0, 4096, {}, "compilers at once; 0: one a core"},
      {"evaluator", "scorer", evaluator<&V::scorer>, 0, 0, {}, "plugin that makes a score of latencies"},
      {"evaluator", "flush", evaluator<&V::flush>, 0, 0, {"zero", "read"}, "how caches are emptied between calls"},
      {"evaluator", "correctness", evaluator<&V::correctness>, 0, 0, {"strict", "compat"}, "rule that decides about outputs"},
  };
}

std::vector<ConfigKey> budget_keys() {
  return {
      {"budget", "llm_tokens", budget<&B::llm_tokens>, 0, unlimited, {}, "tokens of all models together"},
      {"budget", "usd", budget<&B::usd>, 0, unlimited, {}, "US dollars, where prices are known"},
      {"budget", "gpu_seconds", budget<&B::gpu_seconds>, 0, unlimited, {}, "seconds of all devices together"},
      {"budget", "wall_seconds", budget<&B::wall_seconds>, 0, unlimited, {}, "seconds by the clock, over all sessions"},
  };
}
// clang-format on

std::string number_text(double number) {
  return std::abs(number) < 1e15 && number == std::floor(number)
             ? fmt::format("{}", static_cast<std::int64_t>(number))
             : fmt::format("{}", number);
}

std::string range(const std::string& what, double low, double high) {
  if (std::isinf(low) && std::isinf(high)) return what;
  if (std::isinf(high)) return fmt::format("{} of at least {}", what, number_text(low));
  return fmt::format("{} from {} to {}", what, number_text(low), number_text(high));
}

struct Wanted {
  const ConfigKey& key;

  std::string words() const { return fmt::format("{}", fmt::join(key.words, ", ")); }
  std::string operator()(Place<bool>) const { return "true or false"; }
  std::string operator()(Place<std::size_t>) const {
    return range("an integer", key.low, key.high);
  }
  std::string operator()(Place<double>) const { return range("a number", key.low, key.high); }
  std::string operator()(Place<std::optional<double>>) const {
    return range("a number", key.low, key.high) + ", or null for none";
  }
  std::string operator()(Place<std::string>) const {
    return key.words.empty() ? "text" : "one of " + words();
  }
  std::string operator()(Place<ParentSelection>) const { return "one of " + words(); }
  std::string operator()(Place<std::vector<std::string>>) const {
    return key.words.empty() ? "a list of text" : "a list of some of " + words();
  }
  std::string operator()(Place<std::map<std::string, std::size_t>>) const {
    return "a mapping of names, each to " + range("an integer", key.low, key.high);
  }
  std::string operator()(Place<std::map<std::string, std::vector<double>>>) const {
    return "a mapping of names to ascending lists of numbers";
  }
};

}  // namespace

const std::vector<ConfigKey>& config_keys() {
  static const std::vector<ConfigKey> all = [] {
    std::vector<ConfigKey> keys;
    for (const auto& section :
         {top_keys(), prompt_keys(), database_keys(), evaluator_keys(), budget_keys()}) {
      keys.insert(keys.end(), section.begin(), section.end());
    }
    return keys;
  }();
  return all;
}

const std::vector<ConfigSection>& config_sections() {
  static const std::vector<ConfigSection> all = {
      {"", "the run"},
      {"llm",
       "the model: `plugin` names it (llm.openai when it is left out), the rest is the plugin's",
       true},
      {"prompt", "what a model is shown"},
      {"database", "islands, cells, parents"},
      {"evaluator", "building and measuring"},
      {"mutators",
       "who makes children, a list: `id`, `weight` (1), the rest is the mutator's; empty: those "
       "that fit",
       true},
      {"profiler",
       "`plugin` names it (none when the section is left out), the rest is the plugin's", true},
      {"budget", "what the run may use up; null: no limit"},
  };
  return all;
}

std::string wanted(const ConfigKey& key) { return std::visit(Wanted{key}, key.place); }

std::string_view name(ParentSelection selection) {
  switch (selection) {
    case ParentSelection::random_parent:
      return "random_parent";
    case ParentSelection::best_of_n:
      return "best_of_n";
    case ParentSelection::weighted:
      break;
  }
  return "weighted";
}

}  // namespace fihost::search
