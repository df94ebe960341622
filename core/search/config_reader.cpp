#include "core/search/config_reader.hpp"

#include <algorithm>
#include <cmath>
#include <regex>

#include "core/base/error.hpp"
#include "core/base/json_positions.hpp"
#include "core/base/nearest.hpp"
#include "core/search/config_keys.hpp"

namespace fihost::search {
namespace {

constexpr std::size_t longest_quote = 40;

/// What stands there, without what could be a secret in it.
std::string found(const Json& value) {
  if (value.is_object()) return "a mapping";
  if (value.is_array()) return "a list";
  auto text = dump(value);
  if (text.size() > longest_quote) text = text.substr(0, longest_quote) + "...";
  return text;
}

std::string dotted(const std::string& section, const std::string& name) {
  return section.empty() ? name : section + "." + name;
}

/// Puts one value where its key says.
struct Assign {
  const ConfigKey& key;
  const Json& value;
  EvolveConfig& config;

  // False: the value does not fit the key.
  bool operator()(Place<bool> place) const {
    if (!value.is_boolean()) return false;
    place(config) = value.get<bool>();
    return true;
  }
  bool operator()(Place<std::size_t> place) const { return integer(value, place(config)); }
  bool operator()(Place<double> place) const { return number(value, place(config)); }
  bool operator()(Place<std::optional<double>> place) const {
    return number(value, place(config).emplace());
  }
  bool operator()(Place<std::string> place) const { return text(value, place(config)); }
  bool operator()(Place<std::vector<std::string>> place) const {
    auto& list = place(config);
    list.clear();
    if (value.is_string()) return text(value, list.emplace_back());
    if (!value.is_array()) return false;
    return std::all_of(value.begin(), value.end(),
                       [&](const Json& one) { return text(one, list.emplace_back()); });
  }
  bool operator()(Place<ParentSelection> place) const {
    std::string word;
    if (!text(value, word)) return false;
    for (const auto selection :
         {ParentSelection::weighted, ParentSelection::random_parent, ParentSelection::best_of_n}) {
      if (name(selection) == word) place(config) = selection;
    }
    return true;
  }
  bool operator()(Place<std::map<std::string, std::size_t>> place) const {
    place(config).clear();
    if (!value.is_object()) return false;
    for (const auto& [word, one] : value.items()) {
      if (!integer(one, place(config)[word])) return false;
    }
    return true;
  }
  bool operator()(Place<std::map<std::string, std::vector<double>>> place) const {
    place(config).clear();
    if (!value.is_object()) return false;
    for (const auto& [word, list] : value.items()) {
      auto& edges = place(config)[word];
      if (!list.is_array()) return false;
      for (const auto& edge : list) {
        if (!number(edge, edges.emplace_back())) return false;
      }
      if (!std::is_sorted(edges.begin(), edges.end(), std::less_equal<>())) return false;
    }
    return true;
  }

 private:
  bool in_range(double found_number) const {
    return std::isfinite(found_number) && found_number >= key.low && found_number <= key.high;
  }
  bool integer(const Json& json, std::size_t& out) const {
    if (!json.is_number_integer() || (!json.is_number_unsigned() && json.get<std::int64_t>() < 0)) {
      return false;
    }
    out = json.get<std::size_t>();
    return in_range(static_cast<double>(out));
  }
  bool number(const Json& json, double& out) const {
    if (!json.is_number()) return false;
    out = json.get<double>();
    return in_range(out);
  }
  bool text(const Json& json, std::string& out) const {
    if (json.is_number_integer() && key.words.empty()) {  // workloads: 3
      out = dump(json);
      return true;
    }
    if (!json.is_string()) return false;
    out = json.get<std::string>();
    return key.words.empty() ||
           std::find(key.words.begin(), key.words.end(), out) != key.words.end();
  }
};

class Reader {
 public:
  Reader(const ConfigOrigin& origin, std::vector<std::string>& notes)
      : origin_(origin), notes_(notes) {}

  EvolveConfig read(const Json& tree) {
    if (tree.is_null()) return config_;
    if (!tree.is_object()) refuse("", fmt::format("found {}, wanted a mapping", found(tree)));
    for (const auto& [key, value] : tree.items()) {
      const auto pointer = "/" + pointer_token(key);
      if (key == "llm") {
        read_bound(config_.llm, value, pointer, "llm.openai");
      } else if (key == "profiler") {
        read_bound(config_.profiler, value, pointer, "");
      } else if (key == "mutators") {
        read_mutators(value, pointer);
      } else if (is_section(key)) {
        read_section(key, value, pointer);
      } else {
        read_key("", key, value, pointer);
      }
    }
    check_devices();
    return config_;
  }

 private:
  [[noreturn]] void refuse(const std::string& pointer, const std::string& text) const {
    throw Error(fmt::format("{}: {}", origin_.at(pointer), text), Fault::usage);
  }

  static bool is_section(const std::string& key) {
    const auto& all = config_sections();
    return std::any_of(all.begin() + 1, all.end(), [&](const auto& s) { return s.name == key; });
  }

  void read_section(const std::string& section, const Json& value, const std::string& pointer) {
    if (value.is_null()) return;
    if (!value.is_object()) {
      refuse(pointer, fmt::format("{}: found {}, wanted a mapping", section, found(value)));
    }
    for (const auto& [key, one] : value.items()) {
      read_key(section, key, one, pointer + "/" + pointer_token(key));
    }
  }

  void read_key(const std::string& section, const std::string& key, const Json& value,
                const std::string& pointer) {
    for (const auto& known : config_keys()) {
      if (known.section == section && known.name == key) return assign(known, value, pointer);
    }
    for (const auto& foreign : foreign_keys()) {
      if (foreign.section != section || foreign.name != key) continue;
      note(pointer, fmt::format("{} has no effect: {}", dotted(section, key), foreign.reason));
      return;
    }
    if (section == "evaluator" && key == "timeout") return read_timeout(value, pointer);
    refuse_unknown(section, key, pointer);
  }

  void assign(const ConfigKey& key, const Json& value, const std::string& pointer) {
    if (value.is_null()) {
      // What OpenEvolve's null says there.
      if (key.name == "early_stopping_patience") config_.early_stopping_patience = 0;
      return;
    }
    const auto& taken = key.name == "feature_dimensions" ? dimensions(value, pointer) : value;
    if (!std::visit(Assign{key, taken, config_}, key.place)) {
      refuse(pointer, fmt::format("{}: found {}, wanted {}", dotted(key.section, key.name),
                                  found(value), wanted(key)));
    }
  }

  /// Without the dimensions that only OpenEvolve knows.
  const Json& dimensions(const Json& value, const std::string& pointer) {
    dimensions_ = value;
    if (!value.is_array()) return dimensions_;
    dimensions_ = Json::array();
    for (const auto& one : value) {
      if (one == "complexity" || one == "diversity" || one == "score") {
        note(pointer, fmt::format("database.feature_dimensions: {} is left out: it does not say "
                                  "how a kernel behaves",
                                  one.get<std::string>()));
      } else {
        dimensions_.push_back(one);
      }
    }
    if (dimensions_.empty() && !value.empty()) {
      for (const auto& word : DatabaseConfig().feature_dimensions) dimensions_.push_back(word);
    }
    return dimensions_;
  }

  void read_timeout(const Json& value, const std::string& pointer) {
    for (const auto& key : config_keys()) {
      if (key.section == "evaluator" && key.name == "timeout_s") assign(key, value, pointer);
    }
    note(pointer, "evaluator.timeout is taken for evaluator.timeout_s, the limit of one call");
  }

  [[noreturn]] void refuse_unknown(const std::string& section, const std::string& key,
                                   const std::string& pointer) const {
    std::vector<std::string> words;
    for (const auto& known : config_keys()) {
      if (known.section == section) words.push_back(known.name);
    }
    if (section.empty()) {
      for (const auto& known : config_sections()) words.push_back(known.name);
    }
    const auto near = nearest(key, words);
    refuse(pointer, fmt::format("there is no key '{}'; {}", dotted(section, key),
                                near ? fmt::format("did you mean '{}'?", dotted(section, *near))
                                     : std::string("docs/evolve-config.md lists them")));
  }

  void read_bound(Bound& bound, const Json& value, const std::string& pointer,
                  const std::string& default_id) {
    const auto section = pointer.substr(1);
    if (value.is_null()) return;
    bound = {default_id, Json::object()};
    if (!value.is_object()) refuse(pointer, section + ": wanted a mapping with the key 'plugin'");
    for (const auto& [key, one] : value.items()) {
      if (key != "plugin") {
        bound.config[key] = one;
      } else if (!one.is_null()) {
        bound.id = read_id(one, section + ".plugin", pointer + "/plugin");
      }
    }
    if (bound.id.empty()) refuse(pointer, section + ": wanted the key 'plugin', which names it");
  }

  std::string read_id(const Json& value, const std::string& key, const std::string& pointer) const {
    static const std::regex id(R"([a-z0-9_]+\.[A-Za-z0-9_.-]+)");
    if (!value.is_string() || !std::regex_match(value.get<std::string>(), id)) {
      refuse(pointer,
             fmt::format("{}: wanted the id of a plugin, as fihost plugins lists it", key));
    }
    return value.get<std::string>();
  }

  void read_mutators(const Json& value, const std::string& pointer) {
    if (value.is_null()) return;
    if (!value.is_array()) {
      refuse(pointer, fmt::format("mutators: found {}, wanted a list", found(value)));
    }
    config_.mutators.clear();
    for (std::size_t i = 0; i < value.size(); ++i) {
      config_.mutators.push_back(read_mutator(value[i], fmt::format("{}/{}", pointer, i)));
    }
    const auto weightless = [](const auto& mutator) { return mutator.weight == 0; };
    if (!config_.mutators.empty() &&
        std::all_of(config_.mutators.begin(), config_.mutators.end(), weightless)) {
      refuse(pointer, "mutators: all weights are 0; give one of them more");
    }
  }

  MutatorConfig read_mutator(const Json& value, const std::string& pointer) const {
    MutatorConfig mutator;
    if (value.is_string()) {
      mutator.id = read_id(value, "mutators", pointer);
      return mutator;
    }
    if (!value.is_object()) refuse(pointer, "mutators: wanted a mapping with the key 'id'");
    for (const auto& [key, one] : value.items()) {
      const auto place = pointer + "/" + pointer_token(key);
      if (key == "id") {
        mutator.id = read_id(one, "mutators.id", place);
      } else if (key != "weight") {
        mutator.config[key] = one;
      } else if (!one.is_null()) {
        const auto weight = one.is_number() ? one.get<double>() : -1.0;
        if (!(weight >= 0 && weight <= 1e6)) {
          refuse(place, fmt::format("mutators.weight: found {}, wanted a number from 0 to 1000000",
                                    found(one)));
        }
        mutator.weight = weight;
      }
    }
    if (mutator.id.empty())
      refuse(pointer, "mutators: wanted the key 'id', which names the plugin");
    return mutator;
  }

  void check_devices() const {
    static const std::regex device(R"(cpu|cuda|cuda:[0-9]{1,4})");
    for (const auto& one : config_.evaluator.devices) {
      if (std::regex_match(one, device)) continue;
      refuse("/evaluator/devices",
             fmt::format("evaluator.devices: found {}, wanted \"cpu\" or \"cuda:N\"", one));
    }
  }

  void note(const std::string& pointer, const std::string& text) {
    notes_.push_back(fmt::format("{}: {}", origin_.at(pointer), text));
  }

  const ConfigOrigin& origin_;
  std::vector<std::string>& notes_;
  EvolveConfig config_;
  Json dimensions_;
};

}  // namespace

std::string ConfigOrigin::at(const std::string& pointer) const {
  return line ? fmt::format("{}:{}", name, line(pointer)) : name;
}

EvolveConfig read_tree(const Json& tree, const ConfigOrigin& origin,
                       std::vector<std::string>& notes) {
  return Reader(origin, notes).read(tree);
}

}  // namespace fihost::search
