// The host's end of one judge process.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/line_channel.hpp"
#include "core/base/process.hpp"
#include "core/eval/device_info.hpp"
#include "core/model/trial.hpp"
#include "core/model/tvm_ffi_entry.hpp"

namespace fihost {

/// How to start a judge and what to tell it first.
struct JudgeSettings {
  std::filesystem::path worker;
  std::string device;                  ///< "cpu", "cuda:0"
  Json open;                           ///< the opening message, without its "op"
  std::vector<std::string> workloads;  ///< uuids, in the order of `open`
  /// The judge watches over candidates itself. This bounds its own silence while it evaluates; a
  /// judge that is silent for longer is killed like one that crashed.
  std::chrono::milliseconds quiet_limit = std::chrono::minutes(30);
  bool inherit_stderr = false;  ///< else the judge's stderr is kept for messages about its end
};

/// What the judge said when it was ready.
struct JudgeReady {
  DeviceInfo device;
  std::string timer;  ///< names the timer and the flush rule
  std::uint64_t seed = 0;
  double null_call_ms = 0;
};

/// For progress displays; each may be empty. Called by the thread that calls the client. `workload` is
/// an index into JudgeSettings::workloads.
struct JudgeEvents {
  std::function<void(const std::string& text)> progress;
  std::function<void(std::size_t workload, const std::string& stage)> stage;
  std::function<void(std::size_t workload, const Trial& trial)> trial;
};

/// Which part of the workloads a call is about, and how they are timed.
struct JudgePart {
  /// Indices into JudgeSettings::workloads; empty: all of them.
  std::vector<std::size_t> workloads = {};
  std::optional<bool> quick = {};  ///< none: as the judge was opened
};

struct EvaluateOptions {
  std::string role = "candidate";           ///< or "reference"
  std::optional<TvmFfiEntry> tvm_ffi = {};  ///< set for an object that is called through TVM-FFI
  JudgePart part = {};
};

/// One candidate's result, complete whatever happened.
struct Evaluated {
  std::string name;           ///< of the descriptor; empty when it was never read
  std::vector<Trial> trials;  ///< of the workloads that were asked for, in their order
  double seconds = 0;
  std::string judge_end;  ///< how the judge ended while it evaluated this; empty: it lives
};

/// What became of several candidates that were timed in turns.
struct Matched {
  std::vector<std::string> names;  ///< of the descriptors
  /// [object][workload that was asked for]. One that passed has a latency for every round in
  /// processes_ms. One that failed is out; it, and the last one left, have none where they were not
  /// tried.
  std::vector<std::vector<std::optional<Trial>>> trials;
  double seconds = 0;
  std::string judge_end;  ///< how the judge ended meanwhile; empty: it lives
};

/// Owns the judge's process group; the destructor ends it. Used by one thread, which must be the one
/// that constructed it or outlive it: the kernel kills the judge when the thread that started it ends.
class JudgeClient {
 public:
  JudgeClient(JudgeSettings settings, std::stop_token stop);
  ~JudgeClient();
  JudgeClient(const JudgeClient&) = delete;
  JudgeClient& operator=(const JudgeClient&) = delete;

  /// Start the judge and wait until it is ready. Throws Error with the judge's reason when it is
  /// not, Cancelled on stop.
  const JudgeReady& open(const JudgeEvents& events = {});

  /// Evaluate `object`. A judge that dies, says nonsense or falls silent costs this object only: what
  /// it had no trial for is RUNTIME_ERROR, and the next call starts a new judge. Throws Error when that
  /// one cannot be opened; Cancelled on stop.
  [[nodiscard]] Evaluated evaluate(const std::filesystem::path& object,
                                   const EvaluateOptions& options = {},
                                   const JudgeEvents& events = {});

  /// Time two or more candidates in turns, `rounds` >= 1 times on every workload, each round in fresh
  /// processes; core/device/match.hpp says how. There are no trials yet while the judge plays: a judge that
  /// dies takes them all with it. Throws like evaluate().
  [[nodiscard]] Matched match(const std::vector<std::filesystem::path>& objects, std::size_t rounds,
                              const JudgePart& part = {}, const JudgeEvents& events = {});

 private:
  /// Next message of the judge. None when there is no more to expect; then `end` says why.
  std::optional<Json> receive(Clock::time_point deadline, std::string& end);
  std::string send(const Json& message);
  void start();
  /// Kill what is left; says how the judge ended, with its last line on stderr.
  std::string finish(const std::string& why);
  using OnTrial = std::function<void(const Json& message, std::size_t workload, Trial trial)>;
  /// Ask, then listen until the event `last` answers it. Returns that message; none when the judge
  /// ended first, then `end` says how.
  std::optional<Json> converse(Json request, const std::string& last, const JudgeEvents& events,
                               const OnTrial& on_trial, std::string& end);
  void take(const Json& message, const JudgeEvents& events, const OnTrial& on_trial) const;
  void add_part(Json& request, const JudgePart& part) const;
  [[nodiscard]] std::size_t index_of(const Json& message) const;

  JudgeSettings settings_;
  std::stop_token stop_;
  std::optional<Process> process_;
  LineChannel channel_;
  UniqueFd stderr_;
  JudgeReady ready_;
  std::uint64_t next_id_ = 1;
};

}  // namespace fihost
