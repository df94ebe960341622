// The built program, run with a cache of its own.
#pragma once

#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/process.hpp"
#include "core/base/temp_dir.hpp"

/// Its environment is this process's with FIHOST_CACHE in folder() and no dataset.
class FihostProgram {
 public:
  [[nodiscard]] fihost::Command command(const std::vector<std::string>& arguments) const;
  /// To its end, at most two minutes.
  [[nodiscard]] fihost::Output run(const std::vector<std::string>& arguments) const;
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }

 private:
  fihost::TempDir folder_;
};

/// The number of lines of `text`.
[[nodiscard]] std::size_t line_count(const std::string& text);
