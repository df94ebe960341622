#include "tools/fihost/evaluation_options.hpp"

#include <sys/random.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "core/base/error.hpp"
#include "core/dataset/trace_file.hpp"

namespace fihost {
namespace {

constexpr double longest_timeout_s = 24 * 3600;

void check_arch(const std::string& arch) {
  const auto digits = arch.find_first_not_of("0123456789", 3);
  const bool plain = digits == std::string::npos && arch.size() > 4;
  const bool suffixed =
      digits == arch.size() - 1 && arch.size() > 5 && (arch.back() == 'a' || arch.back() == 'f');
  if (arch.rfind("sm_", 0) != 0 || (!plain && !suffixed)) {
    Arguments::refuse("arch", arch, "sm_ and a number, such as sm_89, sm_90a or sm_100a");
  }
}

/// Below 2^53, so that the number survives readers of JSON that know doubles only.
std::uint64_t random_seed() {
  std::uint64_t seed = 0;
  if (::getrandom(&seed, sizeof seed, 0) != static_cast<ssize_t>(sizeof seed)) {
    fail("cannot get a random seed from the kernel: give --seed");
  }
  return seed >> 11;
}

std::optional<std::string> variable(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

}  // namespace

Option arch_option() {
  return {.name = "arch",
          .value = "LIST",
          .help = "for .cu sources: sm_90a,sm_100a,... (default: the present GPU's)",
          .repeat = Option::Repeat::list};
}

Option json_option() {
  return {.name = "json", .help = "one JSON document on stdout, everything for people on stderr"};
}

Option verbose_option() { return {.name = "verbose", .help = "say more on stderr"}; }

Option plugin_path_option() {
  return {.name = "plugin-path",
          .value = "DIR",
          .help = "look for plugins here first; may be repeated",
          .repeat = Option::Repeat::list,
          .hint = Option::Hint::folder};
}

std::vector<Option> evaluation_options() {
  return {
      {.name = "definition",
       .value = "NAME",
       .help = "what the candidates implement (default: the task folder)",
       .hint = Option::Hint::definition},
      {.name = "dataset",
       .value = "DIR",
       .help = "a FlashInfer Trace dataset (default: $FIB_DATASET_PATH)",
       .hint = Option::Hint::folder},
      {.name = "device",
       .value = "DEVICE",
       .help = "cpu, cuda or cuda:N (default: CUDA if there is one)",
       .words = {"cpu", "cuda"}},
      {.name = "workloads",
       .value = "LIST",
       .help =
           "only these: indices, uuid prefixes, conditions such as 'seq_len<=64'; comma between"},
      {.name = "quick", .help = "fewer samples: cheap, with wider intervals"},
      {.name = "compat",
       .help = "FlashInfer Trace's rule decides about outputs; the strict one only flags"},
      {.name = "seed",
       .value = "N",
       .help = "of the random inputs (default: random, and recorded)"},
      {.name = "timeout", .value = "SECONDS", .help = "of one call of a candidate (default: 60)"},
      {.name = "jobs", .value = "N", .help = "compilers at once (default: one a core)"},
      {.name = "reference",
       .value = "WHICH",
       .help =
           "native (the task's object), torch (the definition's own, in $FIHOST_PYTHON) or auto"},
      {.name = "resume", .help = "take what earlier runs measured of the same objects"},
      {.name = "traces",
       .value = "DIR",
       .help = "append a FlashInfer Trace for each result to DIR/traces",
       .hint = Option::Hint::folder},
      {.name = "author", .value = "NAME", .help = "of those traces (default: fihost)"},
      {.name = "scorer", .value = "ID", .help = "the plugin that scores (default: scorer.speedup)"},
      {.name = "flush",
       .value = "RULE",
       .help = "how caches are emptied before a sample: zero or read",
       .words = {"zero", "read"}},
      plugin_path_option(),
      {.name = "entry",
       .value = "NAME",
       .help = "the function to call in a TVM-FFI object that exports several"},
      arch_option(),
      json_option(),
      verbose_option(),
  };
}

std::vector<std::string> read_archs(const Arguments& arguments) {
  auto archs = arguments.list("arch", ',');
  std::for_each(archs.begin(), archs.end(), check_arch);
  return archs;
}

std::vector<std::filesystem::path> read_plugin_folders(const Arguments& arguments) {
  const auto folders = arguments.list("plugin-path", ':');
  return {folders.begin(), folders.end()};
}

std::optional<std::filesystem::path> read_dataset(const Arguments& arguments) {
  const auto typed = arguments.text("dataset");
  const auto folder = typed ? typed : variable("FIB_DATASET_PATH");
  if (!folder) return std::nullopt;
  std::error_code error;
  if (!std::filesystem::is_directory(*folder, error)) {
    fail("{} {}: there is no such folder", typed ? "--dataset" : "$FIB_DATASET_PATH", *folder);
  }
  return *folder;
}

EvaluationOptions read_shared_options(const Arguments& arguments) {
  EvaluationOptions options;
  options.paths = arguments.paths();
  options.definition = arguments.text("definition");
  options.device = arguments.text("device");
  options.workloads = arguments.text("workloads").value_or("");
  options.quick = arguments.has("quick");
  options.rule = arguments.has("compat") ? CorrectnessRule::compat : CorrectnessRule::strict;
  options.scorer = arguments.text("scorer").value_or("scorer.speedup");
  options.flush = arguments.choice("flush", {"zero", "read"}).value_or("zero");
  options.timeout_s =
      arguments.number("timeout", "seconds, more than 0 and at most a day", 0, longest_timeout_s)
          .value_or(options.timeout_s);
  const auto cores = std::max(1u, std::thread::hardware_concurrency());
  options.jobs = arguments.integer("jobs", "a number of compilers, at least 1", 1).value_or(cores);
  const auto seed = arguments.integer("seed", "an integer from 0 to 2^64 - 1");
  options.seed = seed ? *seed : random_seed();
  const auto reference = arguments.choice("reference", {"auto", "native", "torch"});
  if (reference == "native") options.reference = ReferenceChoice::native;
  if (reference == "torch") options.reference = ReferenceChoice::torch;
  options.seed_given = seed.has_value();
  options.dataset = read_dataset(arguments);
  options.plugin_folders = read_plugin_folders(arguments);
  options.archs = read_archs(arguments);
  options.verbose = arguments.has("verbose");
  return options;
}

EvaluationOptions read_evaluation_options(const Arguments& arguments) {
  auto options = read_shared_options(arguments);
  options.resume = arguments.has("resume");
  options.traces = arguments.path("traces");
  options.author = arguments.text("author").value_or("fihost");
  if (options.traces) static_cast<void>(trace_path(*options.traces, options.author, "-", "-"));
  options.entry = arguments.text("entry").value_or("");
  return options;
}

}  // namespace fihost
