// The body of a language model's server, with and without an error.
#include "plugins/llm_openai/chat_answer.hpp"
#include "tests/fuzz/foreign.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string body(foreign::text(data, size));
  const auto quietly = [](const auto& read) noexcept { return read(); };  // nothing is thrown
  const auto reading = quietly([&] { return llm_openai::read_answer(body); });
  quietly([&] { static_cast<void>(llm_openai::read_error(body)); });
  auto answer = reading.answer;
  answer.text = quietly([&] { return llm_openai::without_thoughts(answer.text); });
  foreign::promise(!llm_openai::finish_of(answer).empty(), "an answer has an end");
  static_cast<void>(llm_openai::without_thoughts(body));
  return 0;
}
