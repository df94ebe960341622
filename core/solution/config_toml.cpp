#include "core/solution/config_toml.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <optional>
#include <sstream>

#include "core/base/error.hpp"
#include "core/model/lax_json.hpp"

namespace fihost {
namespace {

/// The keys of one table, each read once; what is left over is unknown.
class Section {
 public:
  Section(const toml::table& root, std::string name, const std::string& file, Violations& bad)
      : table_(root[name].as_table()), name_(std::move(name)), file_(file), bad_(bad) {
    if (table_ == nullptr) bad_.add(fmt::format("there is no table [{}]", name_));
  }

  std::string required(const char* key) {
    const auto* node = find(key);
    if (node == nullptr) {
      if (table_ != nullptr) bad_.add(fmt::format("[{}] has no key {}", name_, key));
      return {};
    }
    const auto value = node->value<std::string>();
    if (!node->is_string() || value->empty()) {
      complain(*node, key, "must be a string of at least one character");
    }
    return value.value_or("");
  }
  std::optional<std::string> text(const char* key) {
    const auto* node = find(key);
    if (node == nullptr) return std::nullopt;
    if (!node->is_string()) complain(*node, key, "must be a string");
    return node->value<std::string>();
  }
  bool flag(const char* key, bool otherwise) {
    const auto* node = find(key);
    if (node == nullptr) return otherwise;
    if (!node->is_boolean()) complain(*node, key, "must be true or false");
    return node->value<bool>().value_or(otherwise);
  }
  std::vector<std::string> list(const char* key) {
    std::vector<std::string> out;
    const auto* node = find(key);
    if (node == nullptr) return out;
    const auto* array = node->as_array();
    if (array == nullptr) complain(*node, key, "must be a list of strings");
    for (std::size_t i = 0; array != nullptr && i < array->size(); ++i) {
      const auto& item = *array->get(i);
      if (!item.is_string()) complain(item, key, "must hold strings only");
      out.push_back(item.value<std::string>().value_or(""));
    }
    return out;
  }
  /// "config.toml:8", or the file alone.
  [[nodiscard]] std::string where(const char* key) const {
    const auto* node = table_ != nullptr ? table_->get(key) : nullptr;
    return node != nullptr ? where(*node) : file_;
  }
  void complain(const char* key, const std::string& what) {
    bad_.add(fmt::format("{}: {} {}", where(key), key, what));
  }
  void note_unknown(std::vector<std::string>& notes) const {
    if (table_ == nullptr) return;
    for (const auto& [key, node] : *table_) {
      if (std::find(known_.begin(), known_.end(), key.str()) == known_.end()) {
        notes.push_back(fmt::format("{}: nobody knows the key {} of [{}]", where(node),
                                    std::string(key.str()), name_));
      }
    }
  }

 private:
  const toml::node* find(const char* key) {
    known_.emplace_back(key);
    return table_ != nullptr ? table_->get(key) : nullptr;
  }
  [[nodiscard]] std::string where(const toml::node& node) const {
    return fmt::format("{}:{}", file_, node.source().begin.line);
  }
  void complain(const toml::node& node, const char* key, const char* what) {
    bad_.add(fmt::format("{}: {} {}", where(node), key, what));
  }

  const toml::table* table_;
  std::string name_;
  const std::string& file_;
  Violations& bad_;
  std::vector<std::string> known_;
};

void read_build(Section& build, SolutionConfig& config) {
  Solution& solution = config.solution;
  const auto language = build.required("language");
  const auto known = parse_solution_language(language);
  if (!language.empty() && !known) {
    build.complain("language", "must be one of python, triton, cpp, cuda, tilelang, found \"" +
                                   language + "\"");
  }
  solution.language = known.value_or(SolutionLanguage::cuda);
  config.entry_point = build.required("entry_point");
  config.entry_where = build.where("entry_point");
  solution.destination_passing_style = build.flag("destination_passing_style", true);
  if (const auto binding = build.text("binding")) {
    solution.binding = parse_solution_binding(*binding);
    if (!solution.binding) {
      build.complain("binding", "must be tvm-ffi or torch, found \"" + *binding + "\"");
    }
  }
  solution.dependencies = build.list("dependencies");
  solution.target_hardware = build.list("target_hardware");
  if (solution.target_hardware.empty()) {
    const bool cpu = solution.language == SolutionLanguage::cpp;
    solution.target_hardware = {cpu ? "cpu" : "cuda"};
  }
  config.sources = build.list("sources");
}

/// toml++ follows a dotted key, which stands on one line, by recursion.
constexpr std::ptrdiff_t most_dots = 4096;

void check_lines(std::string_view text, const std::string& file) {
  for (int line = 1; !text.empty(); ++line) {
    const auto end = std::min(text.find('\n'), text.size());
    if (std::count(text.data(), text.data() + end, '.') > most_dots) {
      fail("{}:{}: not valid TOML: more than {} dots in a line", file, line, most_dots);
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

toml::array array_of(const std::vector<std::string>& texts) {
  toml::array array;
  for (const auto& text : texts) array.push_back(text);
  return array;
}

}  // namespace

SolutionConfig read_config_toml(const std::filesystem::path& path) {
  const auto file = path.string();
  const auto text = read_text(path);
  check_lines(text, file);
  toml::table root;
  try {
    root = toml::parse(text, file);
  } catch (const toml::parse_error& e) {
    fail("{}:{}: not valid TOML: {}", file, e.source().begin.line, std::string(e.description()));
  }
  Violations bad;
  SolutionConfig config;
  Section about(root, "solution", file, bad);
  config.solution.name = about.required("name");
  config.solution.definition = about.required("definition");
  config.solution.author = about.required("author");
  config.solution.description = about.text("description");
  Section build(root, "build", file, bad);
  read_build(build, config);
  about.note_unknown(config.notes);
  build.note_unknown(config.notes);
  bad.raise(file, "solution configuration");
  return config;
}

std::string config_toml_text(const Solution& solution) {
  toml::table about{
      {"name", solution.name}, {"definition", solution.definition}, {"author", solution.author}};
  if (solution.description) about.insert("description", *solution.description);
  toml::array paths;
  for (const auto& source : solution.sources) paths.push_back(source.path);
  toml::table build{{"language", name(solution.language)},
                    {"entry_point", text(solution.entry_point)},
                    {"destination_passing_style", solution.destination_passing_style},
                    {"target_hardware", array_of(solution.target_hardware)},
                    {"sources", std::move(paths)}};
  if (solution.binding) build.insert("binding", name(*solution.binding));
  if (!solution.dependencies.empty()) {
    build.insert("dependencies", array_of(solution.dependencies));
  }
  std::ostringstream out;
  out << "[solution]\n" << about << "\n\n[build]\n" << build << "\n";
  return out.str();
}

}  // namespace fihost
