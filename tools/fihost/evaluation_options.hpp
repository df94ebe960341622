// The options of the subcommands that evaluate candidates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/eval/trusted_objects.hpp"
#include "core/model/trial.hpp"
#include "tools/fihost/arguments.hpp"

namespace fihost {

struct EvaluationOptions {
  std::vector<std::string> paths;
  std::optional<std::string> definition;
  std::optional<std::filesystem::path> dataset;
  std::optional<std::string> device;
  std::string workloads;
  bool quick = false;
  CorrectnessRule rule = CorrectnessRule::strict;
  std::uint64_t seed = 0;
  bool seed_given = false;
  bool resume = false;
  std::optional<std::filesystem::path> traces;  ///< a dataset to append traces to
  std::string author;                           ///< of the traces
  double timeout_s = 60;
  std::size_t jobs = 1;
  ReferenceChoice reference = ReferenceChoice::automatic;
  std::string scorer;  ///< empty: nothing is ranked
  std::string flush;
  std::vector<std::filesystem::path> plugin_folders;
  std::vector<std::string> archs;
  std::string entry;  ///< function of TVM-FFI objects; empty: the only one
  bool verbose = false;
};

/// What they are called on the command line.
[[nodiscard]] std::vector<Option> evaluation_options();
/// Throws Error: usage for a value without sense, environment for a dataset that is not there.
[[nodiscard]] EvaluationOptions read_evaluation_options(const Arguments& arguments);

/// The same for a subcommand that has all but --resume, --traces, --author and --entry.
[[nodiscard]] EvaluationOptions read_shared_options(const Arguments& arguments);

/// --arch, --json, --verbose, --help and --plugin-path, as every subcommand that takes them has them.
[[nodiscard]] Option arch_option();
[[nodiscard]] Option json_option();
[[nodiscard]] Option verbose_option();
[[nodiscard]] Option plugin_path_option();
/// Of --arch. Throws Error (usage) for anything that is not like sm_90a.
[[nodiscard]] std::vector<std::string> read_archs(const Arguments& arguments);
[[nodiscard]] std::vector<std::filesystem::path> read_plugin_folders(const Arguments& arguments);
/// --dataset, else $FIB_DATASET_PATH. Throws Error when the folder is not there.
[[nodiscard]] std::optional<std::filesystem::path> read_dataset(const Arguments& arguments);

}  // namespace fihost
