// The configuration of a run: OpenEvolve's keys where they have a meaning here, and fihost's own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.hpp"

namespace fihost::search {

/// A component with what it is told. Text in `config` may hold ${VAR}, see expanded().
struct Bound {
  std::string id;  ///< "llm.openai"; empty: none
  Json config = Json::object();
};

struct MutatorConfig {
  std::string id;  ///< "mutator.llm_diff"
  double weight = 1;
  Json config = Json::object();
};

struct PromptConfig {
  std::string template_dir;    ///< read_config() makes it absolute; empty: the built-in ones
  std::string system_message;  ///< empty: the template's
  std::size_t num_top_programs = 3;
  std::size_t num_diverse_programs = 2;
  bool include_artifacts = true;                     ///< compiler output, verdicts and profiles
  std::map<std::string, std::size_t> section_bytes;  ///< budget of each section, see feedback.hpp
};

enum class ParentSelection {
  weighted,       ///< by robust score and number of children, with some uniform exploration
  random_parent,  ///< uniform over the correct programs of the island: a baseline
  best_of_n       ///< always the seed: the other baseline
};

struct DatabaseConfig {
  std::size_t population_size = 200;
  std::size_t archive_size = 100;
  std::size_t num_islands = 3;
  double exploration_ratio = 0.2;       ///< share of parents drawn uniformly over the cells
  std::size_t migration_interval = 25;  ///< evaluated children of an island between two migrations
  double migration_rate = 0.1;          ///< of an island's programs
  ParentSelection parent_selection = ParentSelection::weighted;
  std::vector<std::string> feature_dimensions = {"registers", "shared_bytes", "launches", "regime"};
  std::map<std::string, std::vector<double>> feature_edges;  ///< ascending; absent: the defaults
};

struct EvaluatorConfig {
  std::vector<std::string> devices;  ///< "cpu", "cuda:0"; empty: every GPU there is, else the CPU
  std::string workloads;             ///< as --workloads of rank; empty: all
  bool quick = false;
  bool cascade_evaluation = true;
  std::size_t cascade_workloads = 3;
  double cascade_threshold = 0.8;  ///< share of the parent's speed below which a child is cut
  double timeout_s = 60;           ///< of one call of a candidate
  double build_timeout_s = 300;
  double proposal_timeout_s = 600;  ///< of one call of a mutator, the model's time included
  std::size_t rematch_rounds = 5;
  std::size_t build_jobs = 0;  ///< compilers at once; 0: one a core
  std::string scorer = "scorer.speedup";
  std::string flush = "zero";
  std::string correctness = "strict";  ///< or "compat"
};

struct BudgetConfig {
  std::optional<double> llm_tokens, usd, gpu_seconds, wall_seconds;  ///< none: no limit
};

struct EvolveConfig {
  std::size_t max_iterations = 200;  ///< evaluated children
  std::size_t early_stopping_patience =
      40;  ///< evaluated children without an improvement; 0: never
  std::optional<double> target_score;
  std::uint64_t random_seed = 42;
  bool deterministic = false;             ///< one proposal at a time, in order
  std::size_t parallel_proposals = 2;     ///< mutators and compilers beside the evaluation
  std::size_t max_code_length = 200'000;  ///< characters of a child
  std::size_t max_failures = 20;  ///< proposals in a row without a child, after which the run ends
  bool diff_based_evolution = true;  ///< false: models write whole sources, not edits
  Bound llm;                         ///< llm.id: the key "plugin" of section llm
  PromptConfig prompt;
  DatabaseConfig database;
  EvaluatorConfig evaluator;
  std::vector<MutatorConfig> mutators;  ///< empty: those that fit, see default_mutators()
  Bound profiler;
  std::size_t profile_workloads = 2;
  BudgetConfig budget;
};

/// Read YAML or JSON (by suffix; both are tried for any other). `origin` in errors. Throws Error
/// (usage) with file and line for what is malformed, an unknown key with the nearest known one, a value
/// of the wrong type or out of range with what is wanted. Keys of OpenEvolve that have no meaning
/// here are taken and named in `notes`, one line each, with the reason. A template_dir is relative to
/// the file's folder. A value of null is the default.
[[nodiscard]] EvolveConfig read_config(const std::filesystem::path& file,
                                       std::vector<std::string>& notes);
[[nodiscard]] EvolveConfig parse_config(const Json& tree, const std::string& origin,
                                        std::vector<std::string>& notes);

/// The resolved configuration, every key with its value, as parse_config() reads it again. Secrets
/// are "***" unless they are ${VAR}, see masked().
[[nodiscard]] Json to_json(const EvolveConfig& config);
/// The same as YAML with a comment a key, for people.
[[nodiscard]] std::string to_yaml(const EvolveConfig& config);

/// `config` without its secrets: values of keys that name a key, token, password or authorization,
/// every header's value, and a password in a URL become "***". Text that holds a ${VAR} and nothing
/// else but the word for a scheme ("Bearer ${KEY}") stays.
[[nodiscard]] Json masked(const Json& config);

/// `config` with every ${VAR} replaced by the environment's value. Throws Error (environment) naming
/// key and variable when one is not set, or when a secret is "***" because it was not kept. What it
/// returns is never stored or printed.
[[nodiscard]] Json expanded(const Json& config, const std::string& where);

}  // namespace fihost::search
