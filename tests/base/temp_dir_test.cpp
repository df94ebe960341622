#include "core/base/temp_dir.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

#include "core/base/error.hpp"
#include "core/base/json.hpp"

namespace fs = std::filesystem;

TEST_CASE("temp_dir: is private, and goes with its content") {
  fs::path path;
  {
    const fihost::TempDir dir("fihost-test");
    path = dir.path();
    CHECK(path.filename().string().starts_with("fihost-test-"));
    CHECK(fs::status(path).permissions() == fs::perms::owner_all);
    fihost::write_text(path / "deep" / "er" / "file", "x");
    CHECK(fihost::TempDir("fihost-test").path() != path);
    CHECK(fs::exists(path));
  }
  CHECK_FALSE(fs::exists(path));
}

TEST_CASE("temp_dir: an unusable TMPDIR is named in the error") {
  const char* before = std::getenv("TMPDIR");
  const std::string kept = before != nullptr ? before : "";
  ::setenv("TMPDIR", "/nowhere/at/all", 1);
  CHECK_THROWS_WITH_AS(fihost::TempDir(), doctest::Contains("$TMPDIR"), fihost::Error);
  before != nullptr ? ::setenv("TMPDIR", kept.c_str(), 1) : ::unsetenv("TMPDIR");
}
