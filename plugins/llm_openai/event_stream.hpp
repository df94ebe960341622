// A streamed chat completion: server-sent events, put together as they come.
#pragma once

#include <string>
#include <string_view>

#include "chat_answer.hpp"

namespace llm_openai {

class EventStream {
 public:
  /// The next bytes, cut anywhere. False: nothing that comes later counts.
  [[nodiscard]] bool feed(std::string_view bytes);

  /// The bytes are at their end. Nothing was said to be wrong, but neither "[DONE]" nor a
  /// finish_reason came: the stream was cut.
  [[nodiscard]] Reading finish();

 private:
  void take_line(std::string_view line);
  void take_event();
  void take_chunk(const Json& chunk);

  std::string line_;  // without its end, which has not come
  std::string data_;  // of the event that has not ended
  bool after_cr_ = false;
  bool done_ = false;
  Reading reading_;
};

}  // namespace llm_openai
