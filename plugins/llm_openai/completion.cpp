#include "completion.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>
#include <vector>

#include "backoff.hpp"
#include "event_stream.hpp"
#include "http_post.hpp"
#include "ollama.hpp"

namespace llm_openai {
namespace {

using fihost::sdk::Context;
using fihost::sdk::Error;
using Clock = std::chrono::steady_clock;

/// What one request came to.
struct Try {
  Answer answer;
  std::string failure;  ///< empty: there is an answer
  bool worth_another = false;
  double asked_s = 0;                  ///< the server wants to be left alone for so long
  std::optional<ServerError> refusal;  ///< of a 400, which may teach something
};

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

bool passes(long status) { return status == 408 || status == 429 || status >= 500; }

std::string hint(const Model& model, long status) {
  if (status == 401 || status == 403) return "; check 'api_key'";
  if (status == 404) return "; check 'api_base' and that there is a model '" + model.name + "'";
  if (status >= 300 && status < 400) return "; redirections are not followed: check 'api_base'";
  return {};
}

/// A failure that the server explains itself.
Try refused(const Model& model, long status, const ServerError& error, double asked_s) {
  Try one;
  one.failure = "status " + std::to_string(status) + ": " + error.message + hint(model, status);
  // Out of money looks like out of breath.
  one.worth_another = passes(status) && error.code != "insufficient_quota";
  one.asked_s = asked_s;
  if (status == 400 || status == 422) one.refusal = error;
  return one;
}

Try judged(const Model& model, const HttpReply& reply, EventStream& stream) {
  Try one;
  if (!reply.error.empty()) {
    one.failure = reply.error;
    one.worth_another = reply.worth_another;
    return one;
  }
  if (reply.status != 200) {
    return refused(model, reply.status, read_error(reply.body), reply.retry_after_s);
  }
  Reading reading = reply.events ? stream.finish() : read_answer(reply.body);
  if (reading.error) {
    // A 200 that holds an error is one of the machinery behind the server, unless it says which.
    const long status = reading.error->status >= 400 ? reading.error->status : 500;
    return refused(model, status, *reading.error, reply.retry_after_s);
  }
  one.failure = reading.wrong;
  one.worth_another = true;
  one.answer = std::move(reading.answer);
  one.answer.text = without_thoughts(one.answer.text);
  return one;
}

Try ask_once(const Model& model, const Json& body, double timeout_s, const Context& context) {
  EventStream stream;
  HttpPost post_{.url = model.endpoint.chat,
                 .body = fihost::sdk::detail::dump(body),
                 .headers = http_headers(model),
                 .timeout_s = timeout_s,
                 .connect_timeout_s = std::min(model.connect_timeout_s, timeout_s),
                 .ca_file = model.ca_file,
                 .proxy = model.proxy,
                 .receive_events = {}};
  if (model.stream) {
    post_.receive_events = [&](std::string_view bytes) { return stream.feed(bytes); };
  }
  return judged(model, post(post_, context), stream);
}

/// Of tokens, where nobody counts them: about four bytes each.
std::int64_t estimated_tokens(std::size_t bytes) {
  return static_cast<std::int64_t>(bytes + 3) / 4;
}

std::int64_t estimated_prompt(const Json& request) {
  std::size_t bytes = 0;
  for (const Json& message : request.at("messages")) {
    bytes += content_text(message.at("content")).size();
  }
  return estimated_tokens(bytes);
}

/// Fills {input_tokens, output_tokens, cost_usd, estimated}.
Json usage_of(const Model& model, const Json& request, const Answer& answer) {
  const bool counted = answer.input_tokens && answer.output_tokens;
  const auto input = answer.input_tokens.value_or(estimated_prompt(request));
  const auto output = answer.output_tokens.value_or(estimated_tokens(answer.text.size()));
  Json cost;
  if (model.price_input || model.price_output) {
    cost = (static_cast<double>(input) * model.price_input.value_or(0) +
            static_cast<double>(output) * model.price_output.value_or(0)) /
           1e6;
  }
  return {{"input_tokens", input},
          {"output_tokens", output},
          {"cost_usd", cost},
          {"estimated", !counted}};
}

/// What may be wrong with a prompt that is too long for its model.
std::vector<std::string> length_warnings(const Json& request, const Json& body,
                                         const Answer& answer, std::optional<std::int64_t> window) {
  std::vector<std::string> warnings;
  const std::int64_t prompt = estimated_prompt(request);
  const auto seen = answer.input_tokens;
  const char* const key = body.contains("max_tokens") ? "max_tokens" : "max_completion_tokens";
  const auto output = body.value(key, std::int64_t{0});
  const std::int64_t whole = std::max(prompt, seen.value_or(0)) + output;
  if (window && whole > *window) {
    warnings.push_back("the prompt (about " + std::to_string(whole - output) + " tokens) and " +
                       std::to_string(output) +
                       " tokens of output do not fit the model's window of " +
                       std::to_string(*window) + " tokens");
  }
  // A guess from the length is never that wrong for source code; small prompts say nothing.
  constexpr std::int64_t telling = 256;
  if (seen && prompt >= telling && *seen < prompt / 2) {
    warnings.push_back("the server counted " + std::to_string(*seen) +
                       " tokens in a prompt of about " + std::to_string(prompt) +
                       ": it may have cut the prompt silently; raise its context length");
  }
  return warnings;
}

std::string shown_seconds(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f s", seconds);
  return text;
}

/// The reply of llm.complete, but for what the tries took.
Json reply_of(const Model& model, const Json& request, const Json& body, const Answer& answer,
              std::optional<std::int64_t> window) {
  auto warnings = length_warnings(request, body, answer, window);
  if (!answer.refusal.empty()) {
    warnings.push_back(printable(model, "the model refused: " + answer.refusal));
  }
  return {{"text", answer.text},
          {"model", answer.model.empty() ? model.name : answer.model},
          {"finish", finish_of(answer)},
          {"usage", usage_of(model, request, answer)},
          {"warnings", warnings}};
}

[[noreturn]] void give_up(const Model& model, const Try& last, int tries) {
  const std::string count = tries > 1 ? " (after " + std::to_string(tries) + " tries)" : "";
  throw Error(last.worth_another ? FIHOST_INTERNAL : FIHOST_UNSUPPORTED,
              printable(model, "POST " + model.endpoint.shown + ": " + last.failure) + count);
}

}  // namespace

Form Backend::form() {
  const std::scoped_lock lock(mutex_);
  return form_;
}

void Backend::remember(const Form& form) {
  const std::scoped_lock lock(mutex_);
  form_ = form;
}

std::optional<std::int64_t> Backend::window(const Context& context) {
  if (model_.context_tokens || !model_.ollama) return model_.context_tokens;
  const std::scoped_lock lock(mutex_);
  if (!std::exchange(asked_window_, true)) window_ = ollama_window(model_, context);
  return window_;
}

Json Backend::complete(const Json& request, std::uint64_t seed, const Context& context) {
  const auto start = Clock::now();
  const double limit_s = request.value("limits", Json::object()).value("seconds", 1e9);
  const auto context_tokens = window(context);
  const auto log = [&](fihost_log_level level, const std::string& text) {
    context.log(level, printable(model_, model_.name + ": " + text));
  };
  Form current = form();
  int failures = 0;
  for (int tries = 1;; ++tries) {
    const Json body = chat_body(model_, request, current);
    const double left_s = limit_s - seconds_since(start);
    Try one = ask_once(model_, body, std::min(model_.timeout_s, left_s), context);
    if (one.failure.empty()) {
      remember(current);
      Json reply = reply_of(model_, request, body, one.answer, context_tokens);
      reply["tries"] = tries;
      reply["seconds"] = seconds_since(start);
      return reply;
    }
    if (one.refusal && learn(current, body, *one.refusal)) {
      log(FIHOST_LOG_INFO, "asked in another form, since " + one.failure);
      continue;
    }
    if (!one.worth_another || ++failures > model_.retries) give_up(model_, one, tries);
    const double wait = backoff_s(model_.retry_delay_s, failures, one.asked_s, seed);
    if (seconds_since(start) + wait >= limit_s) {
      one.failure += "; the limit of " + shown_seconds(limit_s) + " leaves no other try";
      give_up(model_, one, tries);
    }
    log(FIHOST_LOG_WARNING, one.failure + "; again in " + shown_seconds(wait));
    wait_s(wait, context);
  }
}

}  // namespace llm_openai
