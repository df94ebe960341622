#include "core/plugin/text_sink.hpp"

#include <new>

namespace fihost {

void TextSink::write(void* self, fihost_text part) noexcept {
  auto& sink = *static_cast<TextSink*>(self);
  if (!sink.complete_ || part.size == 0) return;
  if (part.size > limit_bytes - sink.text_.size()) {
    sink.complete_ = false;
    return;
  }
  try {
    sink.text_.append(part.data, part.size);
  } catch (const std::bad_alloc&) {
    sink.complete_ = false;
  }
}

}  // namespace fihost
