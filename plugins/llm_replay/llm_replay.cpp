// Answers what was answered before, so that a run can be repeated without a model.
#include <fihost/plugin.hpp>
#include <map>
#include <vector>

#include "recording.hpp"

namespace {

using fihost::sdk::Context;
using fihost::sdk::Error;
using llm_replay::Exchange;
using llm_replay::Json;

/// A recorded failure: "llm.openai: complete failed (INTERNAL): why" is INTERNAL and "why".
[[noreturn]] void fail_again(const std::string& error) {
  constexpr std::pair<const char*, fihost_status> names[] = {
      {"INVALID_ARGUMENT", FIHOST_INVALID_ARGUMENT}, {"UNSUPPORTED", FIHOST_UNSUPPORTED},
      {"OUT_OF_MEMORY", FIHOST_OUT_OF_MEMORY},       {"CANCELLED", FIHOST_CANCELLED},
      {"DEVICE_ERROR", FIHOST_DEVICE_ERROR},         {"INTERNAL", FIHOST_INTERNAL}};
  for (const auto& [name, status] : names) {
    const std::string mark = std::string(": complete failed (") + name + "): ";
    if (const auto at = error.find(mark); at != std::string::npos && at < 64) {
      throw Error(status, error.substr(at + mark.size()));
    }
  }
  throw Error(FIHOST_INTERNAL, error);
}

/// How a request is called in a message.
std::string shown(const Json& request) {
  const Json messages = request.value("messages", Json::array());
  std::string last = messages.empty() ? "" : messages.back().value("content", "");
  constexpr std::size_t most = 120;
  if (last.size() > most) last = last.substr(0, most) + "...";
  const std::string purpose = llm_replay::purpose_of(request);
  return (purpose.empty() ? "" : "for '" + purpose + "', ") + std::to_string(messages.size()) +
         " messages, the last: \"" + last + "\"";
}

class Replay final : public fihost::sdk::Llm {
 public:
  static constexpr const char* id = "llm.replay";
  static constexpr const char* version = "1.0.0";
  static constexpr const char* summary = "the answers of a recorded run, or of a script";
  static constexpr const char* config_schema = R"({
    "type": "object", "required": ["run"],
    "properties": {"run": {"type": "string"},
                   "match": {"type": "string", "enum": ["request", "sequence"]}}})";

  Replay(const Json& config, const Context&)
      : run_(config["run"].get<std::string>()),
        by_request_(config.value("match", "request") == "request"),
        exchanges_(llm_replay::read_recording(run_)),
        used_(exchanges_.size(), false) {
    if (!by_request_) return;
    for (std::size_t i = 0; i < exchanges_.size(); ++i) {
      if (!exchanges_[i].request.is_object()) {
        throw Error(FIHOST_INVALID_ARGUMENT, run_ + ": " + exchanges_[i].place +
                                                 " has no request to compare; a script without "
                                                 "requests wants \"match\": \"sequence\"");
      }
      of_request_[llm_replay::canonical_messages(exchanges_[i].request)].push_back(i);
    }
  }

  Json complete(const Json& request, const Context&) override {
    const std::size_t at = by_request_ ? same_request(request) : next_of_purpose(request);
    used_[at] = true;
    const Exchange& exchange = exchanges_[at];
    if (exchange.reply.is_null()) fail_again(exchange.error);
    return exchange.reply;
  }

 private:
  std::size_t same_request(const Json& request) const {
    const auto found = of_request_.find(llm_replay::canonical_messages(request));
    if (found == of_request_.end()) {
      throw Error(FIHOST_UNSUPPORTED,
                  run_ + ": this request was never recorded: " + shown(request));
    }
    for (const std::size_t i : found->second) {
      if (!used_[i]) return i;
    }
    throw Error(FIHOST_UNSUPPORTED, run_ + ": this request was recorded " +
                                        std::to_string(found->second.size()) +
                                        " times, and is asked once more: " + shown(request));
  }

  /// The first that is left and was asked for the same purpose, or for none.
  std::size_t next_of_purpose(const Json& request) const {
    const std::string purpose = llm_replay::purpose_of(request);
    for (std::size_t i = 0; i < exchanges_.size(); ++i) {
      const std::string recorded = llm_replay::purpose_of(exchanges_[i].request);
      if (!used_[i] && (recorded.empty() || purpose.empty() || recorded == purpose)) return i;
    }
    throw Error(FIHOST_UNSUPPORTED, run_ + ": no exchange of " + std::to_string(exchanges_.size()) +
                                        " is left for this request: " + shown(request));
  }

  std::string run_;
  bool by_request_;
  std::vector<Exchange> exchanges_;
  std::vector<bool> used_;
  std::map<std::string, std::vector<std::size_t>> of_request_;
};

}  // namespace

FIHOST_PLUGIN("llm_replay", Replay);
