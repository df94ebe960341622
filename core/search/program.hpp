// One candidate of a run: its source, where it comes from and what was found about it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/eval/ranking.hpp"

namespace fihost::search {

/// From 1; 0: none.
using ProgramId = std::int64_t;
using AttemptId = std::int64_t;

enum class Language { cuda, cpp };
[[nodiscard]] std::string_view name(Language language);    ///< "cuda", "cpp"
[[nodiscard]] std::string_view suffix(Language language);  ///< ".cu", ".cpp"
[[nodiscard]] std::optional<Language> parse_language(std::string_view name);

/// A source that was built and tried. What was not built is an attempt without a program.
struct Program {
  ProgramId id = 0;
  AttemptId attempt = 0;  ///< that made it; 0: the seed
  std::string name;       ///< "gen_42"; the seed's is its file's stem
  std::string source;
  Language language = Language::cuda;
  std::string source_digest;  ///< of the normalised source
  std::string code_digest;    ///< of the machine code; empty: unknown
  std::vector<ProgramId> parents;
  int generation = 0;  ///< 0: the seed
  int island = 0;      ///< that it was made for
  std::string mutator, note;
  Json details;                      ///< the mutator's; null: none
  std::vector<KernelUsage> kernels;  ///< CUDA only
  std::vector<std::string> advice;   ///< what the build alone says, a line each; not kept
  CandidateResult result;  ///< verdict, score and a result for every workload that was tried
  bool complete = false;   ///< all workloads of the run were tried
  std::string profile;     ///< digest of the profiler; empty: not profiled

  [[nodiscard]] bool correct() const { return complete && result.verdict == Status::passed; }
};

/// How an attempt ended. What is rejected stays in the store with its reason.
enum class Outcome {
  pending,       ///< in flight
  accepted,      ///< right, and in its island
  slower,        ///< right on what was tried, and clearly slower: not tried further
  duplicate,     ///< of a program or of an attempt that was rejected
  no_proposal,   ///< the mutator had nothing, or its edit did not apply
  llm_failed,    ///< the model could not be reached or said nothing
  build_failed,  ///< also after its repair
  incorrect,     ///< wrong shape, type or numbers
  crashed,       ///< RUNTIME_ERROR
  timed_out,     ///< TIMEOUT
  abandoned      ///< the run ended first
};
[[nodiscard]] std::string_view name(Outcome outcome);  ///< "accepted", "build_failed", ...
[[nodiscard]] std::optional<Outcome> parse_outcome(std::string_view name);

/// One try to make a child, whatever came of it. Its first fields are its assignment: with them an
/// attempt that was in flight when the run was killed is made again.
struct Attempt {
  AttemptId id = 0;
  int island = 0;
  std::string mutator;
  std::vector<ProgramId> parents;  ///< the first is the one to improve
  std::uint64_t seed = 0;          ///< of the mutator's random choices

  Outcome outcome = Outcome::pending;
  std::string reason;     ///< why it was rejected, one line
  ProgramId program = 0;  ///< that it made
  ProgramId twin = 0;     ///< of a duplicate: what it equals
  std::string source;     ///< of a child that became no program
  std::string source_digest;
  bool repaired = false;     ///< it compiled only after a repair
  bool improvement = false;  ///< beyond the noise, confirmed against the champion
  double propose_seconds = 0, build_seconds = 0, evaluate_seconds = 0;
};

/// Two programs timed in turns.
struct Rematch {
  ProgramId challenger = 0, champion = 0;
  double ratio = 1;   ///< challenger's speed over champion's, geometric mean over the workloads
  Interval interval;  ///< 95 %
  std::size_t rounds = 0;  ///< that were compared; 0: one of them failed, or the judge ended
  bool won = false;        ///< the interval lies above 1 by more than the tie floor
  double seconds = 0;
  /// Who did not pass this time; without a ratio then.
  bool challenger_failed = false, champion_failed = false;
};

}  // namespace fihost::search
