#include "event_stream.hpp"

#include <utility>

namespace llm_openai {

bool EventStream::feed(std::string_view bytes) {
  for (const char c : bytes) {
    const bool second_half = std::exchange(after_cr_, c == '\r') && c == '\n';
    if (second_half) continue;
    if (c != '\r' && c != '\n') {
      line_ += c;
      continue;
    }
    take_line(line_);
    line_.clear();
    if (done_) return false;
  }
  return true;
}

Reading EventStream::finish() {
  const bool ended = done_;
  if (!done_) {
    take_line(line_);
    take_event();
  }
  Reading reading = std::move(reading_);
  const bool half_an_event = !ended && !reading.wrong.empty();
  const bool no_end = !done_ && !reading.error && reading.answer.finish_reason.empty();
  if (half_an_event || no_end) {
    reading.wrong = "the stream was cut: it ended before the answer did";
  }
  return reading;
}

/// An empty line ends an event; a line that begins with a colon keeps the connection alive.
void EventStream::take_line(std::string_view line) {
  if (line.empty()) return take_event();
  constexpr std::string_view field = "data:";
  if (line.substr(0, field.size()) != field) return;
  line.remove_prefix(field.size());
  if (!line.empty() && line.front() == ' ') line.remove_prefix(1);
  if (!data_.empty()) data_ += '\n';
  data_ += line;
}

void EventStream::take_event() {
  const std::string data = std::exchange(data_, {});
  if (data.empty() || done_) return;
  if (data == "[DONE]") {
    done_ = true;
    return;
  }
  const Json chunk = parse_reply(data);
  if (chunk.is_object()) return take_chunk(chunk);
  reading_.wrong = "the stream holds an event that is no JSON object";
  done_ = true;
}

void EventStream::take_chunk(const Json& chunk) {
  if (const auto error = chunk.find("error"); error != chunk.end() && !error->is_null()) {
    reading_.error = read_error(chunk);
    done_ = true;
    return;
  }
  Answer& answer = reading_.answer;
  if (answer.model.empty()) answer.model = text_at(chunk, "model");
  read_usage(chunk, answer);
  const auto choices = chunk.find("choices");
  if (choices == chunk.end() || !choices->is_array() || choices->empty()) return;
  const Json& choice = choices->front();
  if (!choice.is_object()) return;
  if (const auto reason = text_at(choice, "finish_reason"); !reason.empty()) {
    answer.finish_reason = reason;
  }
  const auto delta = choice.find("delta");
  if (delta == choice.end() || !delta->is_object()) return;
  if (const auto content = delta->find("content"); content != delta->end()) {
    answer.text += content_text(*content);
  }
  answer.refusal += text_at(*delta, "refusal");
}

}  // namespace llm_openai
