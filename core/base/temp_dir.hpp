// A scratch folder that goes with its owner.
#pragma once

#include <filesystem>
#include <string_view>

namespace fihost {

/// Made under $TMPDIR (default /tmp) with mode 0700; removed with its content on destruction.
class TempDir {
 public:
  explicit TempDir(std::string_view prefix = "fihost");
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir();
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace fihost
