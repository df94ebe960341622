#include "tools/fihost/options.hpp"

#include <sys/random.h>

#include <boost/program_options.hpp>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <sstream>
#include <thread>

#include "core/base/error.hpp"

namespace fihost {
namespace {

namespace po = boost::program_options;

constexpr double longest_timeout_s = 24 * 3600;

po::value_semantic* named(const char* name) { return po::value<std::string>()->value_name(name); }
po::value_semantic* list(const char* name) {
  return po::value<std::vector<std::string>>()->composing()->value_name(name);
}

po::options_description described(OptionSet set) {
  po::options_description options("Options", 100, 60);
  auto add = options.add_options();
  if (set == OptionSet::evaluation) {
    add("definition", named("NAME"), "what the candidates implement (default: the task folder)");
    add("dataset", named("DIR"), "a FlashInfer Trace dataset (default: $FIB_DATASET_PATH)");
    add("device", named("DEVICE"), "cpu, cuda or cuda:N (default: CUDA if there is one)");
    add("workloads", named("LIST"),
        "only these: indices, uuid prefixes, conditions such as 'seq_len<=64'; comma between");
    add("quick", "fewer samples: cheap, with wider intervals");
    add("seed", named("N"), "of the random inputs (default: random, and recorded)");
    add("timeout", named("SECONDS"), "of one call of a candidate (default: 60)");
    add("jobs", named("N"), "compilers at once (default: one a core)");
    add("scorer", named("ID"), "the plugin that scores (default: scorer.speedup)");
    add("flush", named("RULE"), "how caches are emptied before a sample: zero or read");
    add("plugin-path", list("DIR"), "look for plugins here first; may be repeated");
  }
  if (set == OptionSet::build) add("output,o", named("FILE"), "where the shared object goes");
  if (set == OptionSet::plugins) add("plugin-path", list("DIR"), "look here first; repeatable");
  if (set != OptionSet::plugins) {
    add("arch", list("LIST"), "for .cu sources: sm_90a,sm_100a,... (default: the present GPU's)");
  }
  add("json", "one JSON document on stdout, everything for people on stderr");
  if (set != OptionSet::plugins) add("verbose", "say more on stderr");
  add("help,h", "this text");
  return options;
}

[[noreturn]] void refuse(const std::string& option, const std::string& found,
                         const std::string& wanted) {
  throw Error(fmt::format("--{} {}: wanted {}", option, found, wanted), Fault::usage);
}

template <class Number>
Number parse_number(const std::string& option, const std::string& value, const char* wanted) {
  Number number{};
  const char* end = value.data() + value.size();
  const auto [rest, error] = std::from_chars(value.data(), end, number);
  if (error != std::errc{} || rest != end) refuse(option, value, wanted);
  return number;
}

/// "a,b" and "c" -> a, b, c.
std::vector<std::string> split(const std::vector<std::string>& values, char separator) {
  std::vector<std::string> out;
  for (const auto& value : values) {
    std::istringstream parts(value);
    for (std::string part; std::getline(parts, part, separator);) {
      if (!part.empty()) out.push_back(part);
    }
  }
  return out;
}

void check_arch(const std::string& arch) {
  const auto digits = arch.find_first_not_of("0123456789", 3);
  const bool plain = digits == std::string::npos && arch.size() > 4;
  const bool suffixed =
      digits == arch.size() - 1 && arch.size() > 5 && (arch.back() == 'a' || arch.back() == 'f');
  if (arch.rfind("sm_", 0) != 0 || (!plain && !suffixed)) {
    refuse("arch", arch, "sm_ and a number, such as sm_89, sm_90a or sm_100a");
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

/// What was typed, by name.
class Typed {
 public:
  explicit Typed(const po::variables_map& map) : map_(map) {}
  [[nodiscard]] bool has(const char* name) const { return map_.count(name) > 0; }
  [[nodiscard]] std::optional<std::string> text(const char* name) const {
    if (!has(name)) return std::nullopt;
    return map_[name].as<std::string>();
  }
  [[nodiscard]] std::vector<std::string> list(const char* name, char separator) const {
    if (!has(name)) return {};
    return split(map_[name].as<std::vector<std::string>>(), separator);
  }

 private:
  const po::variables_map& map_;
};

double parse_timeout(const std::string& value) {
  double seconds = 0;
  std::istringstream in(value);
  in.imbue(std::locale::classic());
  if (!(in >> seconds) || !in.eof() || !(seconds > 0) || seconds > longest_timeout_s) {
    refuse("timeout", value, "seconds, more than 0 and at most a day");
  }
  return seconds;
}

void read_evaluation(const Typed& typed, Options& options) {
  options.definition = typed.text("definition");
  options.device = typed.text("device");
  options.workloads = typed.text("workloads").value_or("");
  options.quick = typed.has("quick");
  options.scorer = typed.text("scorer").value_or("scorer.speedup");
  options.flush = typed.text("flush").value_or("zero");
  if (options.flush != "zero" && options.flush != "read") {
    refuse("flush", options.flush, "zero or read");
  }
  if (const auto value = typed.text("timeout")) options.timeout_s = parse_timeout(*value);
  const auto cores = std::max(1u, std::thread::hardware_concurrency());
  const auto jobs = typed.text("jobs").value_or(std::to_string(cores));
  options.jobs = parse_number<std::size_t>("jobs", jobs, "a number of compilers, at least 1");
  if (options.jobs == 0) refuse("jobs", jobs, "a number of compilers, at least 1");
  const auto seed = typed.text("seed");
  options.seed = seed ? parse_number<std::uint64_t>("seed", *seed, "an integer from 0 to 2^64 - 1")
                      : random_seed();
  const auto dataset = typed.text("dataset");
  const auto folder = dataset ? dataset : variable("FIB_DATASET_PATH");
  if (!folder) return;
  std::error_code error;
  if (!std::filesystem::is_directory(*folder, error)) {
    fail("{} {}: there is no such folder", dataset ? "--dataset" : "$FIB_DATASET_PATH", *folder);
  }
  options.dataset = *folder;
}

po::variables_map parse(const std::string& subcommand, const std::vector<std::string>& arguments,
                        OptionSet set) {
  auto all = described(set);
  all.add_options()("path", po::value<std::vector<std::string>>());
  po::positional_options_description positional;
  positional.add("path", -1);
  const int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
  try {
    po::variables_map map;
    po::store(
        po::command_line_parser(arguments).options(all).positional(positional).style(style).run(),
        map);
    return map;
  } catch (const po::error& e) {
    throw Error(fmt::format("{}: {}; see fihost {} --help", subcommand, e.what(), subcommand),
                Fault::usage);
  }
}

}  // namespace

Options parse_options(const std::string& subcommand, const std::vector<std::string>& arguments,
                      OptionSet set) {
  const auto map = parse(subcommand, arguments, set);
  const Typed typed(map);
  Options options;
  options.help = typed.has("help");
  if (options.help) return options;
  if (typed.has("path")) options.paths = map["path"].as<std::vector<std::string>>();
  options.json = typed.has("json");
  options.verbose = typed.has("verbose");
  for (const auto& folder : typed.list("plugin-path", ':')) {
    options.plugin_folders.emplace_back(folder);
  }
  options.archs = typed.list("arch", ',');
  for (const auto& arch : options.archs) check_arch(arch);
  if (const auto output = typed.text("output")) options.output = *output;
  if (set == OptionSet::evaluation) read_evaluation(typed, options);
  return options;
}

std::string options_help(OptionSet set) {
  std::ostringstream out;
  out << described(set);
  return out.str();
}

}  // namespace fihost
