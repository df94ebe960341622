// The real `fihost evolve` on the smallest task, with a model that a test plays.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/process.hpp"
#include "core/base/temp_dir.hpp"
#include "core/search/run_store.hpp"
#include "tests/http/loopback_server.hpp"

namespace fihost::test {

/// A candidate of scale_f32 that computes every element `work` times; it depends on little, so that it
/// compiles fast. `unit` makes sources of equal work differ, in code too.
[[nodiscard]] std::string scale_source(int work, int unit = 0);
/// The value of the constant `name` in the source of a prompt.
[[nodiscard]] int number_in(const std::string& prompt, const std::string& name);

/// An answer of a server of chat completions.
[[nodiscard]] HttpResponse chat(const std::string& text);
/// A whole file, or an edit, as a model writes them down.
[[nodiscard]] std::string fenced(const std::string& source);
[[nodiscard]] std::string edit(const std::string& search, const std::string& replace);
/// The messages of a request as one text.
[[nodiscard]] std::string prompt_of(const HttpRequest& request);

/// A folder with a seed, its configuration and a run.
struct ScaleEvolution {
  explicit ScaleEvolution(HttpHandler model);

  TempDir folder;
  LoopbackServer server;
  std::string more_config;  ///< YAML, top level

  [[nodiscard]] std::filesystem::path run() const { return folder.path() / "run"; }
  /// `fihost evolve` with `arguments`, and a seed and everything else where they do not --resume.
  [[nodiscard]] Command command(std::vector<std::string> arguments) const;
  [[nodiscard]] Output evolve(std::vector<std::string> arguments = {}) const;
  [[nodiscard]] search::RunStore view() const {
    return search::RunStore::view(run() / "run.sqlite");
  }

 private:
  [[nodiscard]] std::string config() const;
};

}  // namespace fihost::test
