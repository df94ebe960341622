#include "core/base/temp_dir.hpp"

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

#include "core/base/error.hpp"

namespace fihost {

TempDir::TempDir(std::string_view prefix) {
  std::error_code code;
  const auto parent = std::filesystem::temp_directory_path(code);
  if (code) fail("no folder for temporary files ($TMPDIR or /tmp): {}", code.message());
  auto pattern = (parent / (std::string(prefix) + "-XXXXXX")).string();
  if (::mkdtemp(pattern.data()) == nullptr) {
    fail("cannot make a folder {}: {}", pattern, errno_text(errno));
  }
  path_ = pattern;
}

TempDir::~TempDir() {
  std::error_code ignored;  // a destructor reports nothing; a left-over in /tmp is harmless
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace fihost
