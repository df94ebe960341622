// What a host asks of a judge, as it comes over the socket.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/model/definition.hpp"
#include "core/model/trial.hpp"

namespace fihost::device {

/// What the host asked for when it opened the session.
struct SessionRequest {
  std::string definition;
  std::optional<std::filesystem::path> dataset;
  std::vector<std::filesystem::path> task_path;
  std::filesystem::path cache;
  std::uint64_t seed = 0;
  std::string reference;  ///< an object; empty: the definition's own, run by PyTorch
  std::string python;     ///< the interpreter for that
  std::string generator;  ///< empty: none
  std::vector<std::string> workloads;
  std::optional<Tolerance> tolerance;
  CorrectnessRule rule = CorrectnessRule::strict;
  bool quick = false;
  std::string flush = "zero";
  std::chrono::milliseconds call_timeout{60'000};
};
[[nodiscard]] SessionRequest parse_session_request(const Json& json);

/// Which part of a session's workloads one call is about, and how they are timed.
struct Part {
  std::vector<std::string> workloads;  ///< uuids in the order wanted; empty: all of the session's
  std::optional<bool> quick;           ///< none: as the session was opened
};
/// From the keys "workloads" (a list of uuids) and "timing" ("quick", "default"), each of which may
/// be absent.
[[nodiscard]] Part parse_part(const Json& json);

}  // namespace fihost::device
