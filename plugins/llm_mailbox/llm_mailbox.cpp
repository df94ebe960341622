// Whoever writes files is the model: a person, a script, an agent.
#include <algorithm>
#include <chrono>
#include <fihost/plugin.hpp>
#include <thread>

#include "mailbox.hpp"
#include "reply_file.hpp"

namespace {

using fihost::sdk::Context;
using fihost::sdk::Error;
using llm_mailbox::Json;
using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

/// About four bytes a token.
Json estimated_usage(const Json& request, const std::string& text) {
  std::size_t asked = 0;
  for (const Json& message : request.at("messages")) asked += message.value("content", "").size();
  return {{"input_tokens", (asked + 3) / 4},
          {"output_tokens", (text.size() + 3) / 4},
          {"cost_usd", nullptr},
          {"estimated", true}};
}

class MailboxLlm final : public fihost::sdk::Llm {
 public:
  static constexpr const char* id = "llm.mailbox";
  static constexpr const char* version = "1.0.0";
  static constexpr const char* summary =
      "writes requests into a folder and waits for replies there";
  static constexpr bool concurrent = true;
  static constexpr const char* config_schema = R"({
    "type": "object", "required": ["folder"],
    "properties": {"folder": {"type": "string"},
                   "poll_seconds": {"type": "number", "minimum": 0.001},
                   "timeout": {"type": ["number", "null"], "minimum": 0}}})";

  MailboxLlm(const Json& config, const Context&)
      : mailbox_(config["folder"].get<std::string>()),
        poll_(config.value("poll_seconds", 0.2)),
        timeout_(config.contains("timeout") && !config["timeout"].is_null()
                     ? config["timeout"].get<double>()
                     : forever) {}

  Json complete(const Json& request, const Context& context) override {
    const auto start = Clock::now();
    const double limit =
        std::min(timeout_, request.value("limits", Json::object()).value("seconds", forever));
    const llm_mailbox::Number number = mailbox_.put(request);
    const Json reply = wait(number, start + Seconds(limit), limit, context);
    mailbox_.put_away(number);
    const auto text = reply["text"].get<std::string>();
    const bool empty = text.find_first_not_of(" \t\r\n") == std::string::npos;
    return {{"text", text},
            {"model", reply.value("model", "mailbox")},
            {"finish", empty ? "empty" : "stop"},
            {"usage", reply.value("usage", estimated_usage(request, text))},
            {"tries", 1},
            {"warnings", Json::array()},
            {"seconds", Seconds(Clock::now() - start).count()}};
  }

 private:
  static constexpr double forever = 1e9;

  template <class Time>
  Json wait(llm_mailbox::Number number, Time end, double limit, const Context& context) {
    llm_mailbox::ReplyFile file(mailbox_.folder(), number);
    while (true) {
      if (auto reply = file.poll(context)) return *std::move(reply);
      const auto next = Clock::now() + Seconds(poll_);
      while (Clock::now() < next) {
        context.check_cancelled();  // the request stays, for the process that goes on
        std::this_thread::sleep_for(std::min(Seconds(next - Clock::now()), Seconds(0.05)));
      }
      if (Clock::now() < end) continue;
      mailbox_.put_away(number);
      throw Error(FIHOST_INTERNAL, mailbox_.folder().string() + ": no reply to request " +
                                       std::to_string(number) + " within " +
                                       std::to_string(static_cast<long>(limit)) + " s");
    }
  }

  llm_mailbox::Mailbox mailbox_;
  double poll_;     // seconds
  double timeout_;  // seconds
};

}  // namespace

FIHOST_PLUGIN("llm_mailbox", MailboxLlm);
