#include "core/build/build_step.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/build/command_line.hpp"
#include "core/build/diagnostics.hpp"
#include "core/build/text_lines.hpp"

namespace fihost {

BuildLimit::BuildLimit(std::chrono::milliseconds most, std::stop_token token)
    : deadline(Clock::now() + std::min<std::chrono::milliseconds>(most, std::chrono::years(1))),
      timeout(most),
      stop(std::move(token)) {}

bool run_step(std::vector<std::string> arguments, const std::filesystem::path& directory,
              const BuildLimit& limit, BuildResult& result) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(limit.deadline - Clock::now());
  const auto program = std::filesystem::path(arguments.front()).filename().string();
  const auto output = run({.arguments = std::move(arguments),
                           .environment = compiler_environment(),
                           .directory = directory,
                           .files = {}},
                          std::max(left, std::chrono::milliseconds(0)), limit.stop);
  const auto text = output.err + output.out;
  result.log += text;
  auto found = parse_diagnostics(text);
  std::move(found.begin(), found.end(), std::back_inserter(result.diagnostics));
  if (output.exit.ok() && !output.timed_out && !output.cancelled) return true;

  std::string why;
  if (output.cancelled) {
    result.cancelled = true;
    why = "the build was cancelled";
  } else if (output.timed_out) {
    result.timed_out = true;
    why = fmt::format("the build took longer than {} ms", limit.timeout.count());
  } else if (std::none_of(result.diagnostics.begin(), result.diagnostics.end(),
                          [](const Diagnostic& d) { return d.severity == "error"; })) {
    std::string_view last;
    for_each_line(text, [&](std::string_view line) {
      if (!line.empty()) last = line;
    });
    why = fmt::format("{} failed ({}) {}", program, output.exit.text(), last);
  }
  if (!why.empty()) result.diagnostics.push_back({{}, 0, "error", why});
  return false;
}

}  // namespace fihost
