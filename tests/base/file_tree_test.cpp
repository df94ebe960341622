#include "core/base/file_tree.hpp"

#include <doctest/doctest.h>

#include "core/base/json.hpp"
#include "core/base/temp_dir.hpp"

namespace fs = std::filesystem;

TEST_CASE("file tree: files of a kind come in the order of their paths") {
  const fihost::TempDir folder;
  for (const char* path : {"b/x.json", "a.json", "b/c/y.json", "b/x.txt"}) {
    fihost::write_text(folder.path() / path, "");
  }
  const auto files = fihost::files_below(folder.path(), ".json");
  REQUIRE(files.size() == 3);
  CHECK(files[0] == folder.path() / "a.json");
  CHECK(files[1] == folder.path() / "b/c/y.json");
  CHECK(files[2] == folder.path() / "b/x.json");
  CHECK(fihost::files_below(folder.path() / "none", ".json").empty());
}

TEST_CASE("file tree: a loop of links ends the descent, not the program") {
  const fihost::TempDir folder;
  fihost::write_text(folder.path() / "a/x.json", "");
  fs::create_directory_symlink(folder.path(), folder.path() / "a/up");
  fs::create_symlink("self", folder.path() / "self");
  CHECK(fihost::files_below(folder.path(), ".json").size() == 1);
}

TEST_CASE("file tree: a link to a folder beside is followed") {
  const fihost::TempDir folder;
  fihost::write_text(folder.path() / "real/x.json", "");
  fs::create_directory(folder.path() / "tree");
  fs::create_directory_symlink(folder.path() / "real", folder.path() / "tree/linked");
  CHECK(fihost::files_below(folder.path() / "tree", ".json").size() == 1);
}
