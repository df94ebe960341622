#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "core/base/json.hpp"
#include "core/base/temp_dir.hpp"
#include "core/build/builder.hpp"

namespace fs = std::filesystem;

namespace {

/// Sets a variable, and puts it back.
class Setting {
 public:
  Setting(const char* name, const std::string& value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    ::setenv(name, value.c_str(), 1);
  }
  Setting(const Setting&) = delete;
  Setting& operator=(const Setting&) = delete;
  ~Setting() { before_ ? ::setenv(name_, before_->c_str(), 1) : ::unsetenv(name_); }

 private:
  const char* name_;
  std::optional<std::string> before_;
};

void program(const fs::path& path, const std::string& says) {
  fihost::write_text(path, "#!/bin/sh\necho '" + says + "'\n");
  fs::permissions(path, fs::perms::owner_all);
}

}  // namespace

TEST_CASE("toolchain: the compiler of this machine is found") {
  const auto tools = fihost::find_toolchain();
  CHECK_FALSE(tools.cxx.empty());
  CHECK_FALSE(tools.cxx_version.empty());
  CHECK(tools.nvcc.has_value() != tools.nvcc_version.empty());
}

TEST_CASE("toolchain: CXX and CUDA_HOME come first") {
  const fihost::TempDir dir;
  program(dir.path() / "my++", "my++ 1.2");
  program(dir.path() / "cuda/bin/nvcc", "nvcc: a compiler\nCuda tools, release 99.1");
  const Setting cxx("CXX", (dir.path() / "my++").string() + " --driver");
  const Setting cuda("CUDA_HOME", (dir.path() / "cuda").string());
  const auto tools = fihost::find_toolchain();
  CHECK(tools.cxx == (dir.path() / "my++").string() + " --driver");
  CHECK(tools.cxx_version == "my++ 1.2");
  CHECK(tools.nvcc == (dir.path() / "cuda/bin/nvcc").string());
  CHECK(tools.nvcc_version == "Cuda tools, release 99.1");
}

TEST_CASE("toolchain: what is not there is passed over") {
  const fihost::TempDir dir;
  program(dir.path() / "clang++", "clang 5");
  const Setting cxx("CXX", "no-such-compiler");
  const Setting path("PATH", dir.path().string() + ":/bin");
  const Setting cuda("CUDA_HOME", "/nowhere");
  auto tools = fihost::find_toolchain();
  if (!fs::exists("/bin/g++")) CHECK(tools.cxx == "clang++");
  fs::remove(dir.path() / "clang++");
  const Setting empty("PATH", dir.path().string());
  tools = fihost::find_toolchain();
  CHECK(tools.cxx.empty());
  CHECK_FALSE(tools.ccache);
}
