#include "asking.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "core/base/error.hpp"
#include "core/plugin/config_schema.hpp"
#include "core/plugin/plugin_library.hpp"

namespace fihost::test {

Json config_of(const std::string& url, const Json& more) {
  Json config = {{"api_base", url + "/v1"}, {"model", "m"},  {"api_key", secret},
                 {"retry_delay", 0.01},     {"timeout", 10}, {"connect_timeout", 5}};
  config.update(more);
  return config;
}

Json request_of(const std::string& text, const Json& more) {
  Json request = {{"messages", Json::array({{{"role", "user"}, {"content", text}}})}};
  request.update(more);
  return request;
}

Llm::Llm(const Json& config, std::stop_token stop) {
  const auto file = std::filesystem::path(FIHOST_PLUGIN_FOLDER) / "llm_openai.so";
  const fihost_component& table = *load_plugin(file).components[0];
  ConfigSchema(table.config_schema, table.id).check(config);
  component_ = std::make_unique<Component>(
      table, config, stop, [log = log_](fihost_log_level, std::string_view, std::string_view line) {
        const std::scoped_lock lock(log->mutex);
        log->lines.emplace_back(line);
      });
}

Asked Llm::ask(const Json& request) {
  Asked asked;
  const auto start = std::chrono::steady_clock::now();
  try {
    asked.reply = component_->invoke("complete", request);
  } catch (const Error& e) {
    asked.error = e.what();
  }
  asked.time = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - start);
  {
    const std::scoped_lock lock(log_->mutex);
    asked.log = log_->lines;
  }
  CHECK(asked.error.find(secret) == std::string::npos);
  for (const std::string& line : asked.log) CHECK(line.find(secret) == std::string::npos);
  return asked;
}

HttpResponse answer(const std::string& text, const Json& more) {
  Json choice = {{"index", 0},
                 {"message", {{"role", "assistant"}, {"content", text}}},
                 {"finish_reason", "stop"}};
  Json body = {{"model", "served"},
               {"choices", Json::array({choice})},
               {"usage", {{"prompt_tokens", 10}, {"completion_tokens", 20}}}};
  body.merge_patch(more);
  return json_response(dump(body));
}

HttpResponse refusal(int status, const std::string& message, const Json& more) {
  Json error = {{"message", message}, {"type", "invalid_request_error"}};
  error.update(more);
  return json_response(dump({{"error", error}}), status);
}

HttpHandler in_turn(std::vector<HttpResponse> answers) {
  return [answers = std::move(answers)](const HttpRequest& request) {
    return answers[std::min(request.number, answers.size() - 1)];
  };
}

}  // namespace fihost::test
