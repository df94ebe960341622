#include "prompt.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>
#include <utility>
#include <vector>

#include "lines.hpp"
#include "regions.hpp"

namespace mutator_llm {
namespace {

constexpr std::size_t compared_workloads = 24, longest_definition = 8000;

/// The sections that a host makes. One that is not there is empty.
constexpr std::array<const char*, 9> section_names = {
    "task",    "workloads",    "parent_performance", "parent_build", "parent_problem",
    "profile", "top_programs", "failures",           "device"};

std::string text_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Json object_at(const Json& request, const char* key) {
  const auto found = request.find(key);
  return found != request.end() && found->is_object() ? *found : Json::object();
}

/// The request's sections; without any, what the rest of the request tells.
Values sections_of(const Json& request) {
  Values values;
  for (const char* name : section_names) values[name];
  const Json sections = object_at(request, "sections");
  for (const auto& [name, text] : sections.items()) {
    if (text.is_string()) values[name] = trimmed(text.get<std::string>());
  }
  if (!sections.empty()) return values;
  values["task"] = "# The task\n\n" + elided(request.at("definition").dump(1), longest_definition);
  values["parent_performance"] = text_at(request, "feedback");
  values["device"] = text_at(object_at(request, "device"), "name");
  return values;
}

std::string language_of(const Json& request) {
  const Json parents = request.value("parents", Json::array());
  if (!parents.empty()) {
    if (std::string language = text_at(parents[0], "language"); !language.empty()) return language;
  }
  return text_at(object_at(request, "device"), "type") == "cpu" ? "cpp" : "cuda";
}

std::string parent_name(const Json& request) {
  const Json parents = request.value("parents", Json::array());
  const std::string name = parents.empty() ? std::string() : text_at(parents[0], "name");
  return name.empty() ? "the parent" : name;
}

std::string editable_text(const std::string& source) {
  if (!find_regions(split_lines(source)).marked) return "Any line may change.";
  return "Only lines between EVOLVE-BLOCK-START and EVOLVE-BLOCK-END may change; these markers and "
         "all other lines stay as they are.";
}

std::string axes_text(const Json& workload) {
  const Json axes = object_at(workload, "axes");
  std::string text;
  for (const auto& [name, value] : axes.items()) {
    text += (text.empty() ? "" : " ") + name + "=" + value.dump();
  }
  return text.empty() ? text_at(workload, "uuid") : text;
}

}  // namespace

Prompt::Prompt(const Json& request, const std::string& source, Format format)
    : values_(sections_of(request)) {
  const Json prompt = object_at(request, "prompt");
  folder_ = text_at(prompt, "template_dir");
  system_message_ = text_at(prompt, "system_message");
  const std::string language = language_of(request);
  values_["source"] = source;
  values_["language"] = language;
  values_["parent_name"] = parent_name(request);
  values_["definition_name"] = text_at(object_at(request, "definition"), "name");
  values_["editable"] = editable_text(source);
  set("language_rules", std::string(trimmed(text(language == "cuda" ? "cuda" : "cpp"))));
  set("answer_format",
      std::string(trimmed(text(format == Format::diff ? "answer_diff" : "answer_whole"))));
}

void Prompt::set(const std::string& name, std::string value) { values_[name] = std::move(value); }

std::string Prompt::text(const std::string& name) const {
  return expanded(find_template(folder_, name), values_);
}

std::string Prompt::system() const {
  return system_message_.empty() ? text("system") : system_message_;
}

Brief Prompt::brief(const std::string& wanted, std::uint64_t seed) const {
  return choose_brief(find_template(folder_, "briefs"), wanted, seed);
}

Json message(const char* role, std::string_view content) {
  return {{"role", role}, {"content", content}};
}

std::string comparison_of(const Json& first, const Json& second) {
  const auto latencies = [](const Json& program) {
    std::map<std::string, std::pair<double, std::string>> found;
    for (const Json& workload : program.value("workloads", Json::array())) {
      const auto latency = workload.find("latency_ms");
      if (latency == workload.end() || !latency->is_number() || latency->get<double>() <= 0)
        continue;
      found[text_at(workload, "uuid")] = {latency->get<double>(), axes_text(workload)};
    }
    return found;
  };
  const auto mine = latencies(first), theirs = latencies(second);
  std::vector<std::pair<double, std::string>> rows;
  for (const auto& [uuid, own] : mine) {
    const auto other = theirs.find(uuid);
    if (other == theirs.end()) continue;
    const double ratio = other->second.first / own.first;
    std::array<char, 160> text;
    std::snprintf(text.data(), text.size(), "%.4g ms against %.4g ms, the %s is %.2fx faster",
                  own.first, other->second.first, ratio >= 1 ? "first" : "second",
                  ratio >= 1 ? ratio : 1 / ratio);
    rows.emplace_back(std::abs(std::log(ratio)), "- " + own.second + ": " + text.data() + "\n");
  }
  if (rows.empty()) return {};
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::string result = "# Where each is faster\n\n";
  for (std::size_t i = 0; i < std::min(rows.size(), compared_workloads); ++i) {
    result += rows[i].second;
  }
  return std::string(trimmed(result));
}

}  // namespace mutator_llm
