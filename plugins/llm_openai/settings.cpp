#include "settings.hpp"

#include <strings.h>

#include <algorithm>
#include <cctype>

namespace llm_openai {
namespace {

using fihost::sdk::Error;

constexpr const char* default_api_base = "https://api.openai.com/v1";
constexpr long ollama_port = 11434;
constexpr std::size_t shortest_secret = 8;  // "ollama" and "EMPTY" are no secrets, but words

/// Write the value of a key, if there is one, to `target`.
template <class T>
void take(const Json& config, const char* key, T& target) {
  if (const auto it = config.find(key); it != config.end() && !it->is_null()) it->get_to(target);
}
template <class T>
void take(const Json& config, const char* key, std::optional<T>& target) {
  if (const auto it = config.find(key); it != config.end() && !it->is_null()) target = it->get<T>();
}

std::string trimmed(const std::string& text) {
  const auto start = text.find_first_not_of(" \t\r\n");
  if (start == std::string::npos) return {};
  return text.substr(start, text.find_last_not_of(" \t\r\n") - start + 1);
}

/// A line break in a header would begin another one.
void check_header(const std::string& key, const std::string& name, const std::string& value) {
  const auto control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  const auto token = [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_'; };
  if (name.empty() || !std::all_of(name.begin(), name.end(), token) ||
      std::any_of(value.begin(), value.end(), control)) {
    throw Error(FIHOST_INVALID_ARGUMENT,
                key +
                    " is no HTTP header: a name has letters, digits, '-' and '_', and a value no "
                    "control characters");
  }
}

void take_headers(const Json& config, Model& model) {
  const auto it = config.find("headers");
  if (it == config.end() || it->is_null()) return;
  for (const auto& [name, value] : it->items()) {
    if (!value.is_string()) {
      throw Error(FIHOST_INVALID_ARGUMENT, "headers." + name + " is no text");
    }
    check_header("headers." + name, name, value.get<std::string>());
    model.headers.emplace_back(name, value.get<std::string>());
  }
}

/// A model from its entry, in which what it inherits is filled in.
Model parse_model(const Json& entry, const std::string& key_of_environment) {
  Model model;
  model.name = entry.at("name").get<std::string>();
  if (model.name.empty()) throw Error(FIHOST_INVALID_ARGUMENT, "a model's name is empty");
  take(entry, "weight", model.weight);
  std::string api_base = default_api_base, provider;
  take(entry, "api_base", api_base);
  model.endpoint = parse_endpoint(api_base);
  take(entry, "provider", provider);
  model.ollama = provider.empty() ? model.endpoint.port == ollama_port : provider == "ollama";
  if (const auto key = entry.find("api_key"); key != entry.end() && !key->is_null()) {
    model.api_key = trimmed(key->get<std::string>());
  } else if (model.endpoint.may_carry_key) {
    model.api_key = trimmed(key_of_environment);
  }
  check_header("api_key", "Authorization", model.api_key);
  take(entry, "temperature", model.temperature);
  take(entry, "top_p", model.top_p);
  take(entry, "max_tokens", model.max_tokens);
  take(entry, "max_completion_tokens", model.max_completion_tokens);
  take(entry, "context_tokens", model.context_tokens);
  take(entry, "timeout", model.timeout_s);
  take(entry, "connect_timeout", model.connect_timeout_s);
  take(entry, "retries", model.retries);
  take(entry, "retry_delay", model.retry_delay_s);
  take(entry, "random_seed", model.random_seed);
  take(entry, "reasoning_effort", model.reasoning_effort);
  take(entry, "stream", model.stream);
  take_headers(entry, model);
  take(entry, "price_input", model.price_input);
  take(entry, "price_output", model.price_output);
  take(entry, "ca_file", model.ca_file);
  take(entry, "proxy", model.proxy);
  return model;
}

/// The entries of `models`, or what the older keys mean.
Json entries(const Json& config) {
  const auto given = [&](const char* key) {
    const auto it = config.find(key);
    return it != config.end() && !it->is_null() && !(it->is_array() && it->empty());
  };
  const int ways =
      given("models") + given("model") + (given("primary_model") || given("secondary_model"));
  if (ways != 1) {
    throw Error(FIHOST_INVALID_ARGUMENT,
                std::string(ways == 0 ? "no model is named" : "models are named in two ways") +
                    "; want one of 'models', 'model' and 'primary_model'");
  }
  if (given("models")) return config["models"];
  if (given("model")) return Json::array({{{"name", config["model"]}}});
  Json list = Json::array();
  const auto add = [&](const std::string& key, double weight) {
    if (!given(key.c_str())) return;
    take(config, (key + "_weight").c_str(), weight);
    list.push_back({{"name", config[key]}, {"weight", weight}});
  };
  add("primary_model", 1.0);
  add("secondary_model", 0.2);
  return list;
}

void hide(std::string& text, const std::string& secret) {
  if (secret.size() < shortest_secret) return;
  for (std::size_t at = 0; (at = text.find(secret, at)) != std::string::npos; at += 3) {
    text.replace(at, secret.size(), "***");
  }
}

}  // namespace

std::vector<Model> parse_models(const Json& config, const std::string& api_key_of_environment) {
  std::vector<Model> models;
  for (const Json& entry : entries(config)) {
    Json whole = config;
    for (const auto& [key, value] : entry.items()) {
      if (!value.is_null()) whole[key] = value;
    }
    Model model = parse_model(whole, api_key_of_environment);
    if (model.weight > 0) models.push_back(std::move(model));
  }
  if (models.empty()) {
    throw Error(FIHOST_INVALID_ARGUMENT, "every model has weight 0; want one above 0");
  }
  return models;
}

std::vector<std::string> http_headers(const Model& model) {
  std::vector<std::string> lines;
  bool authorized = model.api_key.empty();
  for (const auto& [name, value] : model.headers) {
    lines.push_back(name + ": " + value);
    authorized = authorized || strcasecmp(name.c_str(), "Authorization") == 0;
  }
  if (!authorized) lines.push_back("Authorization: Bearer " + model.api_key);
  return lines;
}

std::string printable(const Model& model, std::string text) {
  hide(text, model.api_key);
  hide(text, model.endpoint.password);
  for (const auto& [name, value] : model.headers) hide(text, value);
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  constexpr std::size_t most = 400;
  if (text.size() > most) text = text.substr(0, most) + "...";
  return trimmed(text);
}

}  // namespace llm_openai
