// A streamed answer of a language model: the same however the network cuts it.
#include "plugins/llm_openai/event_stream.hpp"
#include "tests/fuzz/foreign.hpp"

namespace {

llm_openai::Reading read(std::string_view bytes, std::size_t piece) noexcept {
  llm_openai::EventStream stream;
  while (!bytes.empty() && stream.feed(bytes.substr(0, piece))) {
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  return stream.finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = foreign::text(data, size);
  const auto whole = read(bytes, size + 1), pieces = read(bytes, 7);
  foreign::promise(whole.answer.text == pieces.answer.text && whole.wrong == pieces.wrong &&
                       whole.error.has_value() == pieces.error.has_value(),
                   "pieces read like the whole");
  return 0;
}
