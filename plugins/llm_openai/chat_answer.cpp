#include "chat_answer.hpp"

#include <fihost/nesting.hpp>

namespace llm_openai {
namespace {

std::optional<std::int64_t> count_at(const Json& object, const char* key) {
  const auto it = object.find(key);
  if (it == object.end() || !it->is_number_integer()) return std::nullopt;
  const auto count = it->get<std::int64_t>();
  return count > 0 ? std::optional(count)
                   : std::nullopt;  // 0 is what servers say that do not count
}

bool blank(const std::string& text) {
  return text.find_first_not_of(" \t\r\n") == std::string::npos;
}

}  // namespace

Json parse_reply(std::string_view text) {
  const bool deep = fihost::sdk::excess_nesting(text) != std::string_view::npos;
  if (deep) return Json::parse("", nullptr, false);
  Json reply = Json::parse(text, nullptr, false);
  if (!reply.is_discarded()) return reply;
  const auto clean = Json::parse(fihost::sdk::detail::dump(Json(text))).get<std::string>();
  return clean == text ? reply : Json::parse(clean, nullptr, false);
}

std::string text_at(const Json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}

ServerError read_error(const Json& reply) {
  ServerError found;
  if (!reply.is_object()) return found;
  const auto error = reply.find("error");
  if (error != reply.end() && error->is_string()) found.message = error->get<std::string>();
  const Json& from = error != reply.end() && error->is_object() ? *error : reply;
  if (found.message.empty()) found.message = text_at(from, "message");
  if (found.message.empty()) found.message = text_at(from, "detail");
  found.code = text_at(from, "code");
  if (found.code.empty()) found.code = text_at(from, "type");
  found.parameter = text_at(from, "param");
  if (const auto code = from.find("code"); code != from.end() && code->is_number_integer()) {
    found.status = code->get<long>();
  }
  if (found.message.empty()) {
    found.message = fihost::sdk::detail::dump(from);
  }
  return found;
}

ServerError read_error(const std::string& body) {
  const Json reply = parse_reply(body);
  if (reply.is_object()) return read_error(reply);
  ServerError error;
  error.message = blank(body) ? "no reason is given" : body.substr(0, 400);
  return error;
}

std::string content_text(const Json& content) {
  if (content.is_string()) return content.get<std::string>();
  std::string text;
  if (!content.is_array()) return text;
  for (const Json& part : content) {
    if (part.is_string()) text += part.get<std::string>();
    if (part.is_object()) text += text_at(part, "text");
  }
  return text;
}

void read_usage(const Json& reply, Answer& answer) {
  const auto usage = reply.find("usage");
  if (usage == reply.end() || !usage->is_object()) return;
  answer.input_tokens = count_at(*usage, "prompt_tokens");
  answer.output_tokens = count_at(*usage, "completion_tokens");
}

Reading read_answer(const std::string& body) {
  Reading reading;
  const auto wrong = [&](const std::string& what) {
    reading.wrong = "the reply is no chat completion: " + what;
    return reading;
  };
  const Json reply = parse_reply(body);
  if (reply.is_discarded()) return wrong("it is not JSON");
  if (!reply.is_object()) return wrong("it is no JSON object");
  if (const auto error = reply.find("error"); error != reply.end() && !error->is_null()) {
    reading.error = read_error(reply);
    return reading;
  }
  const auto choices = reply.find("choices");
  if (choices == reply.end() || !choices->is_array()) return wrong("it has no list 'choices'");
  if (choices->empty()) return wrong("'choices' is empty");
  const Json& choice = choices->front();
  if (!choice.is_object() || !choice.contains("message") || !choice["message"].is_object()) {
    return wrong("'choices' holds no message");
  }
  const Json& message = choice["message"];
  Answer& answer = reading.answer;
  answer.text = content_text(message.value("content", Json()));
  answer.refusal = text_at(message, "refusal");
  answer.finish_reason = text_at(choice, "finish_reason");
  answer.model = text_at(reply, "model");
  read_usage(reply, answer);
  return reading;
}

std::string without_thoughts(const std::string& text) {
  constexpr std::string_view open = "<think>", close = "</think>";
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  const std::size_t end = text.find(close);
  const std::size_t start = text.find(open);
  const bool begins = first != std::string::npos && text.compare(first, open.size(), open) == 0;
  if (end == std::string::npos) return begins ? std::string() : text;
  if (!begins && start < end) return text;  // the answer speaks of them
  const std::size_t rest = text.find_first_not_of(" \t\r\n", end + close.size());
  return rest == std::string::npos ? std::string() : text.substr(rest);
}

std::string finish_of(const Answer& answer) {
  const std::string& reason = answer.finish_reason;
  if (reason == "content_filter" || !answer.refusal.empty()) return "filtered";
  if (reason == "length" || reason == "max_tokens") return "truncated";
  return blank(answer.text) ? "empty" : "stop";
}

}  // namespace llm_openai
