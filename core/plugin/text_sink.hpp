// Where a plugin writes its reply.
#pragma once

#include <fihost/abi.h>

#include <cstddef>
#include <string>

namespace fihost {

/// Collects what is written, up to a limit: a plugin gone wild must not take the host's memory.
/// Immovable while a sink is out.
class TextSink {
 public:
  static constexpr std::size_t limit_bytes = std::size_t{64} << 20;

  TextSink() = default;
  TextSink(const TextSink&) = delete;
  TextSink& operator=(const TextSink&) = delete;

  [[nodiscard]] fihost_sink sink() noexcept { return {this, &write}; }
  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  /// False when a part was dropped, because of the limit or for lack of memory.
  [[nodiscard]] bool complete() const noexcept { return complete_; }

 private:
  static void write(void* self, fihost_text part) noexcept;

  std::string text_;
  bool complete_ = true;
};

}  // namespace fihost
