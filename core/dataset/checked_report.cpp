#include "core/dataset/checked_report.hpp"

#include <algorithm>

namespace fihost {
namespace {

std::string status_of(const std::vector<CheckMessage>& messages) {
  Level worst = Level::info;
  for (const auto& message : messages) worst = std::max(worst, message.level);
  return worst == Level::info ? "passed" : std::string(name(worst));
}

Json check_json(const std::vector<CheckMessage>& messages) {
  Json list = Json::array();
  for (const auto& message : messages) {
    list.push_back({{"level", name(message.level)}, {"message", message.text}});
  }
  return {{"status", status_of(messages)}, {"messages", std::move(list)}};
}

}  // namespace

std::string_view name(Level level) {
  return level == Level::info ? "info" : level == Level::warning ? "warning" : "error";
}

std::size_t CheckedReport::count(Level level) const {
  std::size_t n = level == Level::error ? problems.size() : 0;
  for (const auto& definition : definitions) {
    for (const auto& [check, messages] : definition.messages) {
      n += static_cast<std::size_t>(std::count_if(messages.begin(), messages.end(),
                                                  [&](const auto& m) { return m.level == level; }));
    }
  }
  return n;
}

Json to_json(const CheckedReport& report) {
  Json definitions = Json::object(), problems = Json::array();
  for (const auto& definition : report.definitions) {
    std::vector<CheckMessage> all;
    Json entry = {{"status", ""}};
    for (const auto& check : check_names) {
      const bool made =
          std::find(report.checks.begin(), report.checks.end(), check) != report.checks.end();
      const auto found = definition.messages.find(check);
      const auto messages =
          found == definition.messages.end() ? std::vector<CheckMessage>{} : found->second;
      entry[check] = made ? check_json(messages) : Json();
      all.insert(all.end(), messages.begin(), messages.end());
    }
    entry["status"] = status_of(all);
    definitions[definition.name] = std::move(entry);
  }
  for (const auto& problem : report.problems) {
    problems.push_back(
        {{"file", problem.file.string()}, {"line", problem.line}, {"message", problem.text}});
  }
  return {{"config",
           {{"dataset", report.root.string()},
            {"checks", report.checks},
            {"disable_gpu", true},
            {"python", report.python}}},
          {"definitions", std::move(definitions)},
          {"problems", std::move(problems)}};
}

}  // namespace fihost
