// A file of one JSON document a line, read without holding more than a line of it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/base/unique_fd.hpp"

namespace fihost {

/// The longest line that is read. A line of a dataset is a few kilobytes; more is no such file.
inline constexpr std::size_t longest_json_line = std::size_t{64} << 20;

/// One thread.
class JsonLines {
 public:
  /// Throws Error when `path` cannot be opened or is a folder.
  explicit JsonLines(const std::filesystem::path& path);

  /// The next line that is not blank, without its line end and surrounding blanks; valid until the
  /// next call. False at the end. Throws Error with the line's number when it is longer than
  /// longest_json_line or the file cannot be read.
  [[nodiscard]] bool next(std::string_view& line);

  /// Of the line that next() gave last, from 1.
  [[nodiscard]] int number() const noexcept { return number_; }
  /// "path:number"
  [[nodiscard]] std::string origin() const;

 private:
  bool fill();

  std::filesystem::path path_;
  UniqueFd fd_;
  std::string buffer_;
  std::size_t begin_ = 0;  // of what next() has not given yet
  int number_ = 0;
  bool ended_ = false;
};

}  // namespace fihost
