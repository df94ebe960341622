#include "core/plugin/registry.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

#include "core/base/error.hpp"
#include "core/base/process.hpp"
#include "core/base/temp_dir.hpp"

namespace {

namespace fs = std::filesystem;
using fihost::Json;
using fihost::Registry;

fs::path folder(const std::string& fixture) { return fs::path(FIXTURES) / fixture; }
fs::path object(const std::string& fixture) { return folder(fixture) / (fixture + ".so"); }

/// Why the only object of a fixture's folder is refused; "" when it is taken.
std::string refusal(const std::string& fixture) {
  const Registry registry({folder(fixture)});
  if (registry.refusals().empty()) return "";
  CHECK(registry.components().empty());
  CHECK(registry.refusals().size() == 1);
  CHECK(registry.refusals()[0].library == object(fixture));
  return registry.refusals()[0].reason;
}

/// Why a file with this content is refused.
std::string refusal_of_bytes(std::string_view bytes) {
  const fihost::TempDir dir;
  fihost::write_text(dir.path() / "x.so", bytes);
  const Registry registry({dir.path()});
  CHECK(registry.components().empty());
  REQUIRE(registry.refusals().size() == 1);
  return registry.refusals()[0].reason;
}

std::string error_of(const Registry& registry, const std::string& kind, const std::string& id,
                     const Json& config) {
  try {
    static_cast<void>(registry.create(kind, id, config));
  } catch (const fihost::Error& e) {
    CHECK(e.fault() == fihost::Fault::usage);
    return e.what();
  }
  return "";
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

TEST_CASE("a right plugin is listed with its library") {
  const Registry registry({folder("good")});
  CHECK(registry.refusals().empty());
  REQUIRE(registry.components().size() == 1);
  const auto& found = registry.components()[0];
  CHECK(found.kind == "scorer/1");
  CHECK(found.id == "scorer.fixture");
  CHECK(found.version == "1.0.0");
  CHECK(found.summary == "a fixture");
  CHECK(found.library == object("good"));
}

TEST_CASE("a plugin of a later minor revision is taken") {
  const Registry registry({folder("newer")});
  CHECK(registry.refusals().empty());
  CHECK(registry.create("scorer/1", "scorer.fixture", {})->invoke("x", {})["loaded"] == true);
}

TEST_CASE("an instance outlives the registry it came from") {
  auto component = Registry({folder("good")}).create("scorer/1", "scorer.fixture", Json());
  CHECK(component->invoke("score", Json::object())["loaded"] == true);
}

TEST_CASE("a wrong table is refused with found and wanted") {
  CHECK(refusal("plugin_magic") == "plugin table: magic is 0x12345678, want 0x54534846");
  CHECK(refusal("plugin_version") ==
        "plugin table: abi_version is 7, want 1: rebuild it with this fihost's SDK");
  CHECK(refusal("plugin_size") == "plugin table: struct_size is 16, want at least 40");
  CHECK(refusal("plugin_flags") ==
        "plugin table: flags are 0x4, known are 0x0: it needs a newer fihost");
  CHECK(refusal("plugin_name") == "plugin table: name is NULL");
  CHECK(refusal("plugin_components") == "plugin table: components is NULL");
}

TEST_CASE("a wrong component is refused with found and wanted") {
  CHECK(refusal("component_version") ==
        "component 0: abi_version is 2, want 1: rebuild it with this fihost's SDK");
  CHECK(refusal("component_size") == "component 0: struct_size is 72, want at least 80");
  CHECK(refusal("component_flags") ==
        "component 0: flags are 0x8, known are 0x1: it needs a newer fihost");
  CHECK(refusal("null_id") == "component 0: id is NULL");
  CHECK(refusal("null_invoke") == "component 0: invoke is NULL");
  CHECK(contains(refusal("bad_schema"),
                 "component 0: scorer.fixture: config_schema:1: not valid JSON"));
  CHECK(refusal("schema_keyword") ==
        "component 0: scorer.fixture: the config_schema of 'name' has the keyword 'pattern', which "
        "is not supported");
}

TEST_CASE("an unknown kind is skipped and said") {
  CHECK(refusal("unknown_kind") ==
        "component scorer.fixture: its kind is 'oracle/1', known are mutator/1, executor/1, "
        "scorer/1, llm/1, profiler/1");
}

TEST_CASE("a NULL component does not cost the others of its plugin") {
  const Registry registry({folder("null_component")});
  REQUIRE(registry.refusals().size() == 1);
  CHECK(registry.refusals()[0].reason == "component 0: is NULL");
  CHECK(registry.components().size() == 1);
}

TEST_CASE("an undefined symbol is refused by its name") {
  CHECK(contains(refusal("undefined_symbol"), "cannot be loaded: "));
  CHECK(contains(refusal("undefined_symbol"), "undefined symbol: nobody_defines_this"));
}

TEST_CASE("a library without the entry symbol is not even loaded") {
  CHECK(refusal("no_entry") == "not a plugin: it exports no fihost_plugin_v1");
}

TEST_CASE("a file that is no shared object is refused") {
  CHECK(refusal_of_bytes("") == "not an ELF file");
  CHECK(refusal_of_bytes("fihost_plugin_v1") == "not an ELF file");
  CHECK(refusal_of_bytes("\x7f"
                         "ELF") == "truncated");
  std::string foreign = fihost::read_text(object("good"));
  foreign[18] = '\x15';
  CHECK(contains(refusal_of_bytes(foreign), "built for another machine: ELF machine 21, want "));
}

TEST_CASE("a plugin cut short anywhere is refused") {
  const std::string whole = fihost::read_text(object("good"));
  for (std::size_t size = 64; size < 12000; size += 512) {
    CAPTURE(size);
    CHECK(refusal_of_bytes(std::string_view(whole).substr(0, size)) == "truncated");
  }
}

TEST_CASE("a folder called x.so and a missing folder are refused") {
  const fihost::TempDir dir;
  fs::create_directory(dir.path() / "x.so");
  const Registry registry({dir.path(), dir.path() / "missing"});
  REQUIRE(registry.refusals().size() == 2);
  CHECK(contains(registry.refusals()[0].reason, "not a regular file"));
  CHECK(registry.refusals()[1].reason == "no such folder on the plugin path");
}

TEST_CASE("a stripped plugin is found") {
  const fihost::TempDir dir;
  const auto stripped = (dir.path() / "stripped.so").string();
  const auto output = fihost::run({.arguments = {STRIP, "-o", stripped, object("good").string()},
                                   .environment = {},
                                   .directory = {},
                                   .files = {}},
                                  std::chrono::seconds(10));
  REQUIRE(output.exit.ok());
  CHECK(Registry({dir.path()}).components().size() == 1);
}

TEST_CASE("of two equal ids the first on the path wins and the other is said") {
  const Registry registry({folder("newer"), folder("good")});
  REQUIRE(registry.components().size() == 1);
  CHECK(registry.components()[0].library == object("newer"));
  REQUIRE(registry.refusals().size() == 1);
  CHECK(registry.refusals()[0].library == object("good"));
  CHECK(registry.refusals()[0].reason == "component scorer.fixture: " + object("newer").string() +
                                             " has a component of this id and comes first");
  CHECK(Registry({folder("two_components")}).refusals().size() == 1);
}

TEST_CASE("a folder given twice is read once") {
  const Registry registry({folder("good"), folder("good") / ".." / "good"});
  CHECK(registry.components().size() == 1);
  CHECK(registry.refusals().empty());
}

TEST_CASE("an unknown id gets the ids of its kind") {
  const Registry registry({folder("good")});
  CHECK(error_of(registry, "scorer/1", "scorer.fixtures", {}) ==
        "no scorer/1 component is called 'scorer.fixtures'; there is: scorer.fixture");
  CHECK(error_of(registry, "llm/1", "scorer.fixture", {}) ==
        "no llm/1 component is called 'scorer.fixture'; there is none of that kind on the plugin "
        "path");
}

TEST_CASE("a configuration is checked before the component sees it") {
  const Registry registry({folder("good")});
  CHECK(error_of(registry, "scorer/1", "scorer.fixture", {{"threshold", 0.5}}) == "");
  CHECK(error_of(registry, "scorer/1", "scorer.fixture", {{"treshold", 0.5}}) ==
        "scorer.fixture: unknown key 'treshold'; the nearest known one is 'threshold'");
  CHECK(error_of(registry, "scorer/1", "scorer.fixture", Json::array()) ==
        "scorer.fixture: the configuration is [], want an object");
  const Registry bare({folder("newer")});
  CHECK(error_of(bare, "scorer/1", "scorer.fixture", {{"threshold", 0.5}}) ==
        "scorer.fixture: unknown key 'threshold'; the configuration takes no keys");
}

TEST_CASE("the plugin path is what was given, the environment, the installation") {
  ::setenv("FIHOST_PLUGIN_PATH", "/e1::/e2", 1);
  const std::vector<fs::path> wanted = {"/given", "/e1", "/e2", "/prefix/lib/fihost/plugins"};
  CHECK(fihost::plugin_path({"/given"}, "/prefix") == wanted);
  ::unsetenv("FIHOST_PLUGIN_PATH");
  CHECK(fihost::plugin_path({}, "/prefix").size() == 1);
}
