#include "core/search/config_keys.hpp"

namespace fihost::search {
namespace {

constexpr const char* saved = "every event is saved as it happens";
constexpr const char* kept = "the run's file keeps everything; fihost export prints it";
constexpr const char* grid = "cells have fixed limits, see database.feature_edges";
constexpr const char* choice = "parents are chosen by weight, see database.parent_selection";
constexpr const char* phrasing = "prompts are not varied at random";
constexpr const char* sections = "see prompt.section_bytes";
constexpr const char* measured = "scores come from measurements only";
constexpr const char* digests = "equal programs are found by their source and machine code";

}  // namespace

const std::vector<ForeignKey>& foreign_keys() {
  // A line each, so that additions merge.
  // clang-format off
  static const std::vector<ForeignKey> all = {
      {"", "checkpoint_interval", saved},
      {"", "log_level", "see --verbose and --quiet"},
      {"", "log_dir", "the run's folder holds everything"},
      {"", "language", "the seed's suffix tells it"},
      {"", "file_suffix", "the seed's suffix is kept"},
      {"", "diff_pattern", "the format of edits is the mutator's"},
      {"", "convergence_threshold", "an improvement counts when it is beyond the noise"},
      {"", "early_stopping_metric", "the score decides"},
      {"", "max_tasks_per_child", "each candidate has processes of its own"},
      {"", "evolution_trace", kept},
      {"prompt", "evaluator_system_message", measured},
      {"prompt", "use_template_stochasticity", phrasing},
      {"prompt", "template_variations", phrasing},
      {"prompt", "use_meta_prompting", phrasing},
      {"prompt", "meta_prompt_weight", phrasing},
      {"prompt", "max_artifact_bytes", sections},
      {"prompt", "artifact_security_filter", "compiler output is shown as it is; fihost puts no secrets into prompts"},
      {"prompt", "suggest_simplification_after_chars", "the length of a kernel says nothing"},
      {"prompt", "include_changes_under_chars", sections},
      {"prompt", "concise_implementation_max_lines", sections},
      {"prompt", "comprehensive_implementation_min_lines", sections},
      {"prompt", "diff_summary_max_line_len", sections},
      {"prompt", "diff_summary_max_lines", sections},
      {"prompt", "programs_as_changes_description", "programs are shown as sources"},
      {"prompt", "system_message_changes_description", "programs are shown as sources"},
      {"prompt", "initial_changes_description", "programs are shown as sources"},
      {"database", "db_path", "see --output"},
      {"database", "in_memory", saved},
      {"database", "log_prompts", kept},
      {"database", "elite_selection_ratio", choice},
      {"database", "exploitation_ratio", choice},
      {"database", "diversity_metric", "cells tell programs apart, see database.feature_dimensions"},
      {"database", "diversity_reference_size", grid},
      {"database", "feature_bins", grid},
      {"database", "random_seed", "there is one seed, random_seed"},
      {"database", "artifacts_base_path", kept},
      {"database", "artifact_size_threshold", kept},
      {"database", "cleanup_old_artifacts", kept},
      {"database", "artifact_retention_days", kept},
      {"database", "max_snapshot_artifacts", "every parent has its feedback"},
      {"database", "embedding_model", digests},
      {"database", "similarity_threshold", digests},
      {"database", "novelty_llm", digests},
      {"evaluator", "max_retries", "a candidate that fails has failed"},
      {"evaluator", "cascade_thresholds", "a child is tried further unless it is clearly slower"},
      {"evaluator", "parallel_evaluations", "a device measures one candidate at a time; see evaluator.devices and parallel_proposals"},
      {"evaluator", "use_llm_feedback", measured},
      {"evaluator", "llm_feedback_weight", measured},
      {"evaluator", "enable_artifacts", "see prompt.include_artifacts"},
      {"evaluator", "max_artifact_storage", kept},
      {"evaluator", "memory_limit_mb", "candidates run in processes of their own"},
      {"evaluator", "cpu_limit", "candidates run in processes of their own"},
      {"evaluator", "distributed", "see evaluator.devices"},
  };
  // clang-format on
  return all;
}

}  // namespace fihost::search
