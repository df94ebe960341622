// A folder in which requests wait for replies.
#pragma once

#include <cstdint>
#include <fihost/context.hpp>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace llm_mailbox {

using fihost::sdk::Json;
using Number = std::uint64_t;

/// Files are <number>.request.json and .request.md, <number>.reply.md, .txt or .json. Thread-safe, and
/// safe beside other processes: no two requests get one number. Throws Error UNSUPPORTED naming the
/// file for what the file system refuses.
class Mailbox {
 public:
  /// Makes the folder. Numbers go on after the highest in it and in its folder `done`.
  explicit Mailbox(std::filesystem::path folder);

  /// Put a request into the folder and give its number. A request with the same messages that an
  /// earlier process left waiting is taken up again under its number.
  [[nodiscard]] Number put(const Json& request);

  /// Move everything about `number` to `done`.
  void put_away(Number number);

  [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_; }

 private:
  void look_around();
  void note(const std::filesystem::path& file, bool waiting);

  std::filesystem::path folder_, done_;
  std::mutex mutex_;  // of all below
  Number next_ = 1;
  std::map<std::string, std::vector<Number>> left_;  // by messages, from an earlier process
};

/// A request as a person reads it.
[[nodiscard]] std::string readable(Number number, const Json& request);

}  // namespace llm_mailbox
