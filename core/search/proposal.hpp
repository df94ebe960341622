// From an assignment to a built child: one call of a mutator, a compiler, and at most one repair.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/build/builder.hpp"
#include "core/plugin/component.hpp"
#include "core/search/known_sources.hpp"
#include "core/search/program.hpp"
#include "core/search/quiet_gate.hpp"
#include "core/search/run_store.hpp"

namespace fihost::search {

/// What a mutator is told to do.
struct Assignment {
  Attempt attempt;
  Language language = Language::cuda;
  int generation = 0;              ///< of the child
  Json request;                    ///< as mutator.propose.json has it
  std::vector<Exchange> recorded;  ///< answers that an earlier try of this attempt had got
  bool only_recorded = false;      ///< a replay: what was not recorded is not asked
};

/// What came of it. Without a program the attempt says why.
struct Proposal {
  Attempt attempt;
  std::optional<Program> program;  ///< built, not measured
  std::filesystem::path object;
  bool asked_model = false;  ///< whether it had to do with a model at all
};

/// Builds a source of the run's language. The file it stands in has one name for all of them, so that
/// equal code gives equal objects.
using BuildSource = std::function<BuildResult(const std::string& source, std::stop_token stop)>;

/// What all proposals of a run share. Everything in it is thread-safe and outlives them.
struct Workshop {
  const std::map<std::string, std::unique_ptr<Component>>& mutators;
  Component* llm = nullptr;  ///< none: the slot "llm" is not bound
  BuildSource build;
  /// Digest of the machine code; empty: unknown.
  std::function<std::string(const std::filesystem::path& object)> code_digest;
  /// What the build alone says, a line each; may be empty.
  std::function<std::vector<std::string>(const std::filesystem::path& object,
                                         const std::vector<KernelUsage>& kernels)>
      advise;
  /// Serves the slot "measure".
  std::function<Json(const Json& request, const std::stop_token& stop)> measure;
  /// What a slot was asked and has answered, as soon as it has happened.
  std::function<void(const Exchange&)> record;
  /// Why no model may be asked any more; empty: it may.
  std::function<std::string()> llm_closed;
  KnownSources& known;
  QuietGate& gate;
  std::size_t max_code_length = 0;
};

/// Never throws for what a mutator, a model or a compiler does; throws Cancelled on stop, and Error for
/// what breaks the run (no compiler, no disk).
[[nodiscard]] Proposal make_proposal(const Assignment& assignment, const Workshop& workshop,
                                     const std::stop_token& stop);

/// The first `limit` complaints of a failed build, errors first, and how many were left out.
[[nodiscard]] std::string diagnostics_text(const BuildResult& build, std::size_t limit_bytes);

}  // namespace fihost::search
