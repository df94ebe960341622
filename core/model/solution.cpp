#include "core/model/solution.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "core/base/error.hpp"
#include "core/base/hash.hpp"

namespace fihost {
namespace {

constexpr std::array<std::string_view, 5> language_names = {"python", "triton", "cpp", "cuda",
                                                            "tilelang"};
constexpr std::array<std::string_view, 2> binding_names = {"tvm-ffi", "torch"};

template <class Enum, std::size_t size>
std::optional<Enum> find_name(const std::array<std::string_view, size>& names,
                              std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

/// What the format takes for a truth value: true, 1, 1.0 and words such as "yes".
std::optional<bool> lax_bool(const Json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number()) {
    const auto number = value.get<double>();
    if (number == 0 || number == 1) return number == 1;
  }
  if (!value.is_string()) return std::nullopt;
  auto word = value.get<std::string>();
  std::transform(word.begin(), word.end(), word.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  for (const auto* yes : {"1", "true", "t", "yes", "y", "on"}) {
    if (word == yes) return true;
  }
  for (const auto* no : {"0", "false", "f", "no", "n", "off"}) {
    if (word == no) return false;
  }
  return std::nullopt;
}

template <class Enum, std::size_t size>
std::optional<Enum> read_name(const Json& value, const std::array<std::string_view, size>& names,
                              const std::string& what, Violations& bad) {
  const auto known = value.is_string() ? find_name<Enum>(names, value.get_ref<const std::string&>())
                                       : std::nullopt;
  if (!known) {
    bad.add(fmt::format("{} must be one of {}, found {}", what, fmt::join(names, ", "),
                        value.is_null() ? "none" : excerpt(value)));
  }
  return known;
}

EntryPoint read_entry_point(const Json& value, Violations& bad) {
  const auto found = bad.text(value, "\"spec.entry_point\"", "/spec/entry_point");
  if (found.empty()) return {};
  const auto at = found.find("::");
  if (at == std::string::npos || found.find("::", at + 2) != std::string::npos) {
    bad.add(fmt::format("\"spec.entry_point\" must read FILE::SYMBOL, found {}", excerpt(value)));
    return {};
  }
  return {.file = found.substr(0, at), .symbol = found.substr(at + 2)};
}

std::vector<std::string> read_hardware(const Json& list, Violations& bad) {
  std::vector<std::string> out;
  const bool strings =
      list.is_array() && !list.empty() &&
      std::all_of(list.begin(), list.end(), [](const Json& item) { return item.is_string(); });
  if (!strings) {
    bad.add(fmt::format("\"spec.target_hardware\" must be a list of at least one string, found {}",
                        list.is_null() ? "none" : excerpt(list)));
    return out;
  }
  for (const Json& item : list) out.push_back(item.get<std::string>());
  return out;
}

void read_spec(const Json& spec, Solution& solution, Violations& bad) {
  if (!spec.is_object()) {
    bad.add(fmt::format("\"spec\" must be an object, found {}",
                        spec.is_null() ? "none" : excerpt(spec)));
    return;
  }
  const auto language = read_name<SolutionLanguage>(member(spec, "language"), language_names,
                                                    "\"spec.language\"", bad);
  solution.language = language.value_or(SolutionLanguage::cuda);
  solution.target_hardware = read_hardware(member(spec, "target_hardware"), bad);
  solution.entry_point = read_entry_point(member(spec, "entry_point"), bad);
  solution.dependencies = bad.texts(spec, "dependencies");
  if (spec.contains("destination_passing_style")) {
    const Json& value = spec["destination_passing_style"];
    const auto style = lax_bool(value);
    if (!style) {
      bad.add(fmt::format("\"spec.destination_passing_style\" must be true or false, found {}",
                          excerpt(value)));
    }
    solution.destination_passing_style = style.value_or(true);
  }
  if (const Json& binding = member(spec, "binding"); !binding.is_null()) {
    solution.binding = read_name<SolutionBinding>(binding, binding_names, "\"spec.binding\"", bad);
  }
}

std::vector<SolutionSource> read_sources(const Json& list, Violations& bad) {
  std::vector<SolutionSource> sources;
  if (!list.is_array() || list.empty()) {
    bad.add(fmt::format("\"sources\" must be a list of at least one source, found {}",
                        list.is_null() ? "none" : excerpt(list)),
            "/sources");
    return sources;
  }
  std::set<std::string> paths;
  for (const Json& item : list) {
    if (!item.is_object()) {
      bad.add(fmt::format("each of \"sources\" must be an object, found {}", excerpt(item)));
      continue;
    }
    SolutionSource source;
    source.path = bad.text(member(item, "path"), "the path of a source");
    source.content = bad.text(member(item, "content"),
                              fmt::format("the content of the source \"{}\"", source.path));
    if (!source.path.empty() && !is_source_path(source.path)) {
      bad.add(
          fmt::format("the source path \"{}\" must be relative and without \"..\"", source.path));
    }
    if (!source.path.empty() && !paths.insert(source.path).second) {
      bad.add(fmt::format("the source path \"{}\" occurs twice", source.path));
    }
    sources.push_back(std::move(source));
  }
  return sources;
}

}  // namespace

std::string_view name(SolutionLanguage language) {
  return language_names[static_cast<std::size_t>(language)];
}

std::optional<SolutionLanguage> parse_solution_language(std::string_view name) {
  return find_name<SolutionLanguage>(language_names, name);
}

std::string_view name(SolutionBinding binding) {
  return binding_names[static_cast<std::size_t>(binding)];
}

std::optional<SolutionBinding> parse_solution_binding(std::string_view name) {
  return find_name<SolutionBinding>(binding_names, name);
}

std::string text(const EntryPoint& entry) { return entry.file + "::" + entry.symbol; }

bool is_source_path(std::string_view path) {
  if (path.empty() || path.front() == '/') return false;
  while (!path.empty()) {
    const auto part = path.substr(0, path.find('/'));
    if (part == "..") return false;
    path.remove_prefix(std::min(part.size() + 1, path.size()));
  }
  return true;
}

Solution read_solution(const Json& json, Violations& bad) {
  Solution solution;
  if (!json.is_object()) {
    bad.add(fmt::format("it must be an object, found {}", excerpt(json)));
    return solution;
  }
  solution.name = bad.text(member(json, "name"), "\"name\"", "/name");
  solution.definition = bad.text(member(json, "definition"), "\"definition\"", "/definition");
  solution.author = bad.text(member(json, "author"), "\"author\"", "/author");
  if (const Json& description = member(json, "description"); description.is_string()) {
    solution.description = description.get<std::string>();
  } else if (!description.is_null()) {
    bad.add(fmt::format("\"description\" must be a string, found {}", excerpt(description)),
            "/description");
  }
  read_spec(member(json, "spec"), solution, bad);
  solution.sources = read_sources(member(json, "sources"), bad);
  const auto& file = solution.entry_point.file;
  const bool listed =
      std::any_of(solution.sources.begin(), solution.sources.end(),
                  [&](const SolutionSource& source) { return source.path == file; });
  const bool readable = !text(solution.entry_point).starts_with("::") && !solution.sources.empty();
  if (readable && !listed) {
    bad.add(fmt::format("\"spec.entry_point\" names the file \"{}\", which is none of the sources",
                        file),
            "/spec/entry_point");
  }
  return solution;
}

Solution parse_solution(const Json& json, const std::string& origin) {
  Violations bad;
  auto solution = read_solution(json, bad);
  bad.raise(origin, "solution");
  return solution;
}

Json to_json(const Solution& solution) {
  Json spec = {{"language", name(solution.language)},
               {"target_hardware", solution.target_hardware},
               {"entry_point", text(solution.entry_point)}};
  if (!solution.dependencies.empty()) spec["dependencies"] = solution.dependencies;
  spec["destination_passing_style"] = solution.destination_passing_style;
  if (solution.binding) spec["binding"] = name(*solution.binding);
  Json sources = Json::array();
  for (const auto& source : solution.sources) {
    sources.push_back({{"path", source.path}, {"content", source.content}});
  }
  Json json = {{"name", solution.name},
               {"definition", solution.definition},
               {"author", solution.author},
               {"spec", std::move(spec)},
               {"sources", std::move(sources)}};
  if (solution.description) json["description"] = *solution.description;
  return json;
}

std::string content_hash(const Solution& solution) {
  const auto entry = text(solution.entry_point);
  std::vector<std::string_view> parts = {solution.definition, name(solution.language), entry,
                                         solution.binding ? name(*solution.binding) : ""};
  parts.insert(parts.end(), solution.dependencies.begin(), solution.dependencies.end());
  for (const auto& source : solution.sources) {
    parts.push_back(source.path);
    parts.push_back(source.content);
  }
  return sha1_hex(parts);
}

}  // namespace fihost
