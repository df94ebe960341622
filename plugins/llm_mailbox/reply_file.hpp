// The reply to one request, as soon as somebody has finished writing it.
#pragma once

#include <chrono>
#include <cstdint>
#include <fihost/context.hpp>
#include <filesystem>
#include <optional>
#include <string>

#include "mailbox.hpp"

namespace llm_mailbox {

/// Watches <number>.reply.md, .txt and .json. One thread.
class ReplyFile {
 public:
  ReplyFile(const std::filesystem::path& folder, Number number)
      : stem_(folder / std::to_string(number)) {}

  /// {text, ...} of a file that is not empty and was the same at the last poll; else none. A JSON
  /// file that cannot be used is named in the log once, and passed over until it changes.
  [[nodiscard]] std::optional<Json> poll(const fihost::sdk::Context& context);

 private:
  struct Seen {
    std::filesystem::path file;
    std::uintmax_t bytes = 0;
    std::filesystem::file_time_type written;
    bool operator==(const Seen&) const = default;
  };

  [[nodiscard]] std::optional<Seen> look() const;
  [[nodiscard]] std::optional<Json> read(const Seen& seen, const fihost::sdk::Context& context);

  std::filesystem::path stem_;
  std::optional<Seen> last_, refused_;
};

}  // namespace llm_mailbox
