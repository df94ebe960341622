// Answers every conversation with the same text: replace complete() by a call of your model.
#pragma once

#include <fihost/plugin.hpp>
#include <string>

class Llm final : public fihost::sdk::Llm {
 public:
  static constexpr const char* id = "llm.@NAME@";
  static constexpr const char* version = "0.1.0";
  static constexpr const char* summary = "says what its configuration tells it to say";
  static constexpr const char* config_schema = R"({
    "type": "object",
    "properties": {"answer": {"type": "string", "description": "What it says."}}})";
  static constexpr bool concurrent = true;  // complete() may be called by several threads at once

  Llm(const fihost::sdk::Json& config, const fihost::sdk::Context&)
      : answer_(config.value("answer", "I have no idea.")) {}

  /// `request` and the reply are as share/fihost/schemas/llm.complete.json has them. While it waits
  /// for an answer, a backend polls context.cancelled(). A failure that another try could mend is
  /// INTERNAL, one that it could not is UNSUPPORTED; the text is shown to the user and never holds a
  /// key.
  fihost::sdk::Json complete(const fihost::sdk::Json& request,
                             const fihost::sdk::Context& context) override {
    context.check_cancelled();
    if (request.at("messages").empty()) {
      throw fihost::sdk::Error(FIHOST_INVALID_ARGUMENT, "there is no message to answer");
    }
    const auto words = static_cast<int>(answer_.size() / 4);
    return {{"text", answer_},
            {"model", id},
            {"finish", answer_.empty() ? "empty" : "stop"},
            {"usage", {{"output_tokens", words}, {"estimated", true}}}};
  }

 private:
  std::string answer_;
};
