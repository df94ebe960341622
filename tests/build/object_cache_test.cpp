#include "core/build/object_cache.hpp"

#include <doctest/doctest.h>

#include <string>

#include "core/base/json.hpp"
#include "core/base/temp_dir.hpp"

namespace fs = std::filesystem;
using fihost::parse_dependencies;
using fihost::write_text;
using Names = std::vector<std::string>;

TEST_CASE("object_cache: a make rule gives its prerequisites") {
  CHECK(parse_dependencies("k.o: /a/k.cu \\\n    /a/h.cuh \\\n  /usr/x.h\n") ==
        Names{"/a/k.cu", "/a/h.cuh", "/usr/x.h"});
  CHECK(parse_dependencies("k2.o : /a/sp\\ ace/k.cu \\\r\n /a/x$$y.h /a/b\\#c.h") ==
        Names{"/a/sp ace/k.cu", "/a/x$y.h", "/a/b#c.h"});
  CHECK(parse_dependencies("").empty());
  CHECK(parse_dependencies("k.o:").empty());
}

namespace {

struct Kept {
  fihost::TempDir dir;
  fihost::ObjectCache cache{dir.path() / "objects"};
  fihost::BuildResult result;
  fihost::FreshObject fresh;
  Kept() {
    write_text(dir.path() / "src/k.cpp", "source");
    write_text(dir.path() / "src/h.hpp", "header");
    write_text(dir.path() / "object.so", "object");
    result.ok = true;
    result.seconds = 1;
    result.log = "said";
    result.diagnostics = {{(dir.path() / "src/h.hpp").string(), 3, "warning", "w"}};
    fresh = {.object = dir.path() / "object.so",
             .source = dir.path() / "src/k.cpp",
             .dependencies = {dir.path() / "src/k.cpp", dir.path() / "src/h.hpp"},
             .started = fs::file_time_type::clock::now()};
  }
};

}  // namespace

TEST_CASE("object_cache: what was kept is found") {
  const Kept kept;
  CHECK_FALSE(kept.cache.find("key", kept.fresh.source));
  const auto object = kept.cache.keep("key", kept.fresh, kept.result);
  CHECK(fihost::read_text(object) == "object");
  const auto found = kept.cache.find("key", kept.fresh.source);
  REQUIRE(found);
  CHECK(found->ok);
  CHECK(found->cached);
  CHECK(found->object == object);
  CHECK(found->log == "said");
  REQUIRE(found->diagnostics.size() == 1);
  CHECK(found->diagnostics[0].file == (kept.dir.path() / "src/h.hpp").string());
  CHECK_FALSE(kept.cache.find("other", kept.fresh.source));
}

TEST_CASE("object_cache: a file that changed or went hides the object") {
  const Kept kept;
  static_cast<void>(kept.cache.keep("key", kept.fresh, kept.result));
  write_text(kept.dir.path() / "src/h.hpp", "other");
  CHECK_FALSE(kept.cache.find("key", kept.fresh.source));
  write_text(kept.dir.path() / "src/h.hpp", "header");
  CHECK(kept.cache.find("key", kept.fresh.source));
  fs::remove(kept.dir.path() / "src/h.hpp");
  CHECK_FALSE(kept.cache.find("key", kept.fresh.source));
}

TEST_CASE("object_cache: a file that changed while the compiler ran is not trusted") {
  Kept kept;
  kept.fresh.started -= std::chrono::seconds(10);
  const auto object = kept.cache.keep("key", kept.fresh, kept.result);
  CHECK(fs::exists(object));
  CHECK_FALSE(kept.cache.find("key", kept.fresh.source));
}
