#include "core/eval/workload_filter.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <set>
#include <string_view>

#include "core/base/error.hpp"

namespace fihost {
namespace {

struct Condition {
  std::string axis;
  std::string_view operation;
  std::int64_t value = 0;
};

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> terms;
  std::string term;
  for (const char c : list + ",") {
    if (c == ' ') continue;
    if (c != ',') {
      term += c;
    } else if (!term.empty()) {
      terms.push_back(std::exchange(term, {}));
    }
  }
  return terms;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || rest != text.data() + text.size()) return std::nullopt;
  return value;
}

[[noreturn]] void refuse(const std::string& term, const std::string& why) {
  throw Error(fmt::format("--workloads: '{}': {}", term, why), Fault::usage);
}

std::optional<Condition> parse_condition(const std::string& term) {
  const auto at = term.find_first_of("<>=!");
  if (at == std::string::npos) return std::nullopt;
  // Longest first, so that "<=" is not read as "<".
  static constexpr std::array<std::string_view, 7> operations = {
      "<=", ">=", "==", "!=", "<", ">", "="};
  for (const auto operation : operations) {
    if (term.compare(at, operation.size(), operation) != 0) continue;
    const auto value = parse_integer(std::string_view(term).substr(at + operation.size()));
    if (!value) break;
    return Condition{.axis = term.substr(0, at), .operation = operation, .value = *value};
  }
  refuse(term, "wanted AXIS, one of < <= > >= = !=, and an integer");
}

bool holds(const Condition& c, std::int64_t value) {
  if (c.operation == "<=") return value <= c.value;
  if (c.operation == ">=") return value >= c.value;
  if (c.operation == "<") return value < c.value;
  if (c.operation == ">") return value > c.value;
  if (c.operation == "!=") return value != c.value;
  return value == c.value;
}

bool holds(const Condition& condition, const Workload& workload) {
  const auto axis = workload.axes.find(condition.axis);
  if (axis == workload.axes.end()) {
    refuse(condition.axis, "there is no such variable axis; found " + axes_text(workload.axes));
  }
  return holds(condition, axis->second);
}

void add_named(const std::string& term, const std::vector<Workload>& workloads,
               std::set<std::size_t>& chosen) {
  if (const auto index = parse_integer(term);
      index && *index >= 0 && *index < static_cast<std::int64_t>(workloads.size())) {
    chosen.insert(static_cast<std::size_t>(*index));
    return;
  }
  bool found = false;
  for (std::size_t i = 0; i < workloads.size(); ++i) {
    if (workloads[i].uuid.rfind(term, 0) != 0) continue;
    chosen.insert(i);
    found = true;
  }
  if (!found) {
    refuse(term, fmt::format("no uuid starts with it, and the indices are 0 to {}",
                             workloads.size() - 1));
  }
}

}  // namespace

std::vector<Workload> select_workloads(const std::vector<Workload>& workloads,
                                       const std::string& filter) {
  std::vector<Condition> conditions;
  std::set<std::size_t> chosen;
  bool named = false;
  for (const auto& term : split(filter)) {
    if (auto condition = parse_condition(term)) {
      conditions.push_back(*condition);
    } else {
      add_named(term, workloads, chosen);
      named = true;
    }
  }
  std::vector<Workload> out;
  for (std::size_t i = 0; i < workloads.size(); ++i) {
    if (named && chosen.count(i) == 0) continue;
    const bool wanted = std::all_of(conditions.begin(), conditions.end(),
                                    [&](const auto& c) { return holds(c, workloads[i]); });
    if (wanted) out.push_back(workloads[i]);
  }
  if (out.empty()) refuse(filter, "it leaves no workload");
  return out;
}

std::string axes_text(const std::map<std::string, std::int64_t>& axes) {
  std::string text;
  for (const auto& [axis, value] : axes) {
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", axis, value);
  }
  return text;
}

}  // namespace fihost
