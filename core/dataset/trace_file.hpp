// A trace file that several writers may append to.
#pragma once

#include <filesystem>
#include <string>

#include "core/base/unique_fd.hpp"
#include "core/model/trace.hpp"

namespace fihost {

/// Appends whole lines or nothing: each line is one write under an exclusive flock(2), and a write
/// that the disk cuts short is taken back. One thread an object; any number of processes a file.
class TraceFile {
 public:
  /// Opens or makes `path` and its folders. Throws Error.
  explicit TraceFile(const std::filesystem::path& path);

  /// The line is in the file, and told to the disk, when this returns. Throws Error naming the file;
  /// the file is then as it was. What another writer left unfinished at the end, for instance by being
  /// killed, is first moved to `<path>.torn`, so that the file stays readable.
  void append(const Trace& trace);

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  /// "\n" when a complete last line lacks its end; "" otherwise.
  std::string mend_end();

  std::filesystem::path path_;
  UniqueFd fd_;
};

/// `traces/<author>/<op_type>/<definition>.jsonl` below `root`. Throws Error (usage) when a part is no
/// plain folder name.
[[nodiscard]] std::filesystem::path trace_path(const std::filesystem::path& root,
                                               const std::string& author,
                                               const std::string& op_type,
                                               const std::string& definition);

}  // namespace fihost
