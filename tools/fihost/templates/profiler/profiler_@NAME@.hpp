// Runs the candidate once and tells how long that took from outside: replace profile() by a tool that
// looks inside.
#pragma once

#include <chrono>
#include <cstdlib>
#include <fihost/plugin.hpp>
#include <string>

class Profiler final : public fihost::sdk::Profiler {
 public:
  static constexpr const char* id = "profiler.@NAME@";
  static constexpr const char* version = "0.1.0";
  static constexpr const char* summary = "how long a process with the candidate lives";

  /// `request` and the reply are as share/fihost/schemas/profiler.profile.json has them. The request's
  /// `command` calls the candidate once between cudaProfilerStart and cudaProfilerStop.
  fihost::sdk::Json profile(const fihost::sdk::Json& request,
                            const fihost::sdk::Context& context) override {
    context.check_cancelled();
    std::string line;
    for (const auto& word : request.at("command")) line += quoted(word.get<std::string>()) + " ";
    const auto start = std::chrono::steady_clock::now();
    if (std::system((line + ">/dev/null").c_str()) != 0) {
      throw fihost::sdk::Error(FIHOST_DEVICE_ERROR, "the candidate failed: " + line);
    }
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
    return {{"metrics", {{"process_seconds", passed.count()}}},
            {"digest", "the whole process lived for " + std::to_string(passed.count()) + " s"},
            {"hints", fihost::sdk::Json::array()}};
  }

  /// Asked once at the start of a run: what does not work is said then, and not for every candidate.
  fihost::sdk::Json check(const fihost::sdk::Json&, const fihost::sdk::Context&) override {
    const bool shell = std::system(nullptr) != 0;
    return {{"usable", shell}, {"reason", shell ? "" : "there is no shell"}};
  }

 private:
  static std::string quoted(const std::string& word) {
    std::string text = "'";
    for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return text + "'";
  }
};
