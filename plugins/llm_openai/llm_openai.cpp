// Any server that speaks OpenAI's chat completions: OpenAI, Ollama, vLLM, llama.cpp and others.
#include <atomic>
#include <cstdlib>
#include <deque>
#include <fihost/plugin.hpp>

#include "backoff.hpp"
#include "completion.hpp"
#include "config_schema.hpp"
#include "settings.hpp"

namespace {

using fihost::sdk::Context;
using fihost::sdk::Error;
using llm_openai::Backend;
using llm_openai::Json;

std::string api_key_of_environment() {
  const char* const key = std::getenv("OPENAI_API_KEY");
  return key == nullptr ? std::string() : key;
}

class OpenAi final : public fihost::sdk::Llm {
 public:
  static constexpr const char* id = "llm.openai";
  static constexpr const char* version = "1.0.0";
  static constexpr const char* summary =
      "OpenAI-compatible chat completions over HTTP: OpenAI, Ollama, vLLM, llama.cpp";
  static constexpr const char* config_schema = llm_openai::config_schema_text.data();
  static constexpr bool concurrent = true;

  OpenAi(const Json& config, const Context& context) {
    for (llm_openai::Model& model : llm_openai::parse_models(config, api_key_of_environment())) {
      if (!model.api_key.empty() && !model.endpoint.may_carry_key) {
        context.log(FIHOST_LOG_WARNING, "the api_key goes unencrypted to " + model.endpoint.shown);
      }
      backends_.emplace_back(std::move(model));
    }
  }

  Json complete(const Json& request, const Context& context) override {
    const std::uint64_t seed =
        request.contains("seed") ? request["seed"].get<std::uint64_t>() : calls_.fetch_add(1);
    return chosen(request, seed).complete(request, seed, context);
  }

 private:
  Backend& chosen(const Json& request, std::uint64_t seed) {
    if (const auto name = request.find("model"); name != request.end()) {
      for (Backend& backend : backends_) {
        if (backend.model().name == name->get<std::string>()) return backend;
      }
      throw Error(FIHOST_INVALID_ARGUMENT,
                  "no model '" + name->get<std::string>() + "' is configured");
    }
    double sum = 0;
    for (const Backend& backend : backends_) sum += backend.model().weight;
    double left = llm_openai::fraction(seed) * sum;
    for (Backend& backend : backends_) {
      left -= backend.model().weight;
      if (left < 0) return backend;
    }
    return backends_.back();
  }

  std::deque<Backend> backends_;         // they do not move
  std::atomic<std::uint64_t> calls_{0};  // stands for the seed where none is given
};

}  // namespace

FIHOST_PLUGIN("llm_openai", OpenAi);
