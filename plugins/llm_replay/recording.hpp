// What a model was asked and answered, as it was recorded.
#pragma once

#include <cstddef>
#include <fihost/context.hpp>
#include <string>
#include <vector>

namespace llm_replay {

using fihost::sdk::Json;

struct Exchange {
  std::string place;  ///< "exchange 7" or "line 7", for messages
  Json request;       ///< null: a script without requests
  Json reply;         ///< null: it failed
  std::string error;  ///< why, when it failed
};

/// The exchanges with a model (slot "llm", op "complete") in `run`, in their order: a run's SQLite
/// file, the folder that holds it as run.sqlite, or JSON lines. Throws Error INVALID_ARGUMENT naming
/// file and place for what cannot be read.
[[nodiscard]] std::vector<Exchange> read_recording(const std::string& run);

/// The messages of a request in one form, whatever the order of their keys.
[[nodiscard]] std::string canonical_messages(const Json& request);

/// "propose"; empty: the request does not say.
[[nodiscard]] std::string purpose_of(const Json& request);

}  // namespace llm_replay
