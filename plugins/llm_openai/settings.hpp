// The configuration, read: every model with what it inherits.
#pragma once

#include <cstdint>
#include <fihost/context.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "endpoint.hpp"

namespace llm_openai {

using fihost::sdk::Json;

/// A model and how it is asked. The defaults are those of the keys.
struct Model {
  std::string name;
  double weight = 1;
  Endpoint endpoint;
  bool ollama = false;
  std::string api_key;  ///< empty: none is sent
  std::optional<double> temperature = 0.7;
  std::optional<double> top_p;
  std::int64_t max_tokens = 16384;  ///< a whole kernel and the thoughts that come before it
  std::optional<bool> max_completion_tokens;
  std::optional<std::int64_t> context_tokens;
  double timeout_s = 300;
  double connect_timeout_s = 30;
  int retries = 3;
  double retry_delay_s = 5;
  std::optional<std::uint64_t> random_seed;
  std::string reasoning_effort;
  bool stream = false;
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<double> price_input, price_output;  ///< USD per million tokens
  std::string ca_file;                              ///< empty: the system's authorities
  std::string proxy;                                ///< empty: what the environment says
};

/// At least one model, each with a weight above 0. `api_key_of_environment` (empty: none) is the key
/// of models without one. Throws Error INVALID_ARGUMENT.
[[nodiscard]] std::vector<Model> parse_models(const Json& config,
                                              const std::string& api_key_of_environment);

/// The headers of every request to the model's server: "Name: value". A configured "Authorization"
/// stands in place of the key.
[[nodiscard]] std::vector<std::string> http_headers(const Model& model);

/// `text` with every secret of `model` replaced by "***", on one line, at most 400 bytes.
[[nodiscard]] std::string printable(const Model& model, std::string text);

}  // namespace llm_openai
