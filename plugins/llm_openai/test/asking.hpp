// Asks the built plugin as the host does, and keeps what it logs.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "core/plugin/component.hpp"
#include "tests/http/loopback_server.hpp"

namespace fihost::test {

/// A key that must show up nowhere but in a request's header.
inline constexpr const char* secret = "sk-test-0123456789abcdef";

/// What came of a question.
struct Asked {
  Json reply;         ///< null: it failed
  std::string error;  ///< with the status; empty: it did not fail
  std::vector<std::string> log;
  std::chrono::milliseconds time{0};
};

/// The configuration of one model "m" at `url`, without delays between tries.
[[nodiscard]] Json config_of(const std::string& url, const Json& more = Json::object());

/// {messages: [user: text]} and more.
[[nodiscard]] Json request_of(const std::string& text, const Json& more = Json::object());

/// An instance of llm.openai.
class Llm {
 public:
  /// Throws what the host would.
  explicit Llm(const Json& config, std::stop_token stop = {});
  /// Never throws; `error` has no secret, nor has the log: that is checked here for every test.
  [[nodiscard]] Asked ask(const Json& request);

 private:
  struct Log {
    std::mutex mutex;
    std::vector<std::string> lines;
  };
  std::shared_ptr<Log> log_ = std::make_shared<Log>();
  std::unique_ptr<Component> component_;
};

/// A good answer of a server.
[[nodiscard]] HttpResponse answer(const std::string& text, const Json& more = Json::object());
/// A server's error, as OpenAI puts it.
[[nodiscard]] HttpResponse refusal(int status, const std::string& message,
                                   const Json& more = Json::object());

/// Answers in this order; the last one for all that come later.
[[nodiscard]] HttpHandler in_turn(std::vector<HttpResponse> answers);

}  // namespace fihost::test
