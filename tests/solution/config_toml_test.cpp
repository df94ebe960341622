#include "core/solution/config_toml.hpp"

#include <doctest/doctest.h>

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/temp_dir.hpp"

using doctest::Contains;

namespace {

fihost::SolutionConfig read(const std::string& text) {
  const fihost::TempDir folder;
  fihost::write_text(folder.path() / "config.toml", text);
  return fihost::read_config_toml(folder.path() / "config.toml");
}

doctest::String message_of(const std::string& text) {
  try {
    static_cast<void>(read(text));
  } catch (const fihost::Error& e) {
    return doctest::String(e.what());
  }
  return "";
}

constexpr const char* least =
    "[solution]\nname = 'n'\ndefinition = 'd'\nauthor = 'a'\n"
    "[build]\nlanguage = 'cuda'\nentry_point = 'k.cu::f'\n";

}  // namespace

TEST_CASE("a starter kit's config.toml is read") {
  const auto config = fihost::read_config_toml(FIHOST_SOURCES "/starter_kit/config.toml");
  CHECK(config.solution.name == "team-v1");
  CHECK(config.solution.language == fihost::SolutionLanguage::cuda);
  CHECK(config.solution.target_hardware == std::vector<std::string>{"cuda"});
  CHECK(!config.solution.binding);
  CHECK(config.entry_point == "kernel");
  CHECK(config.entry_where == FIHOST_SOURCES "/starter_kit/config.toml:9");
}

TEST_CASE("every violation is said with its line") {
  const auto message = message_of(
      "[solution]\nname = ''\ndefinition = 3\n[build]\nlanguage = 'fortran'\nentry_point = 'f'\n"
      "binding = 'tvm_ffi'\ndependencies = 'cublas'\ndestination_passing_style = 'yes'\n");
  CHECK(message == Contains("7 violations"));
  CHECK(message == Contains("config.toml:2: name must be a string of at least one character"));
  CHECK(message == Contains("config.toml:3: definition must be"));
  CHECK(message == Contains("[solution] has no key author"));
  CHECK(message == Contains("config.toml:5: language must be one of"));
  CHECK(message == Contains("config.toml:7: binding must be tvm-ffi or torch, found \"tvm_ffi\""));
  CHECK(message == Contains("config.toml:8: dependencies must be a list"));
  CHECK(message == Contains("config.toml:9: destination_passing_style must be true or false"));
}

TEST_CASE("text that is no TOML is refused with its line") {
  CHECK(message_of("[solution]\nname = \n") == Contains("config.toml:2: not valid TOML"));
  CHECK(message_of("") == Contains("there is no table [solution]"));
}

TEST_CASE("a key that nobody knows is noted") {
  CHECK(read(least).notes.empty());
  const auto notes = read(std::string(least) + "bindng = 'torch'\n").notes;
  REQUIRE(notes.size() == 1);
  CHECK(notes[0].find("config.toml:8: nobody knows the key bindng") != std::string::npos);
}

TEST_CASE("what is written is read again, awkward characters included") {
  fihost::Solution solution;
  solution.name = "quote \" and ' and \\ and \n end";
  solution.definition = "d";
  solution.author = "\u00e9";
  solution.description = "";
  solution.language = fihost::SolutionLanguage::cpp;
  solution.target_hardware = {"cpu", "B200"};
  solution.entry_point = {"b.cpp", "f"};
  solution.dependencies = {"x"};
  solution.destination_passing_style = false;
  solution.binding = fihost::SolutionBinding::torch;
  solution.sources = {{"b.cpp", "x"}, {"a.cpp", "y"}};
  const auto config = read(fihost::config_toml_text(solution));
  CHECK(config.solution.name == solution.name);
  CHECK(config.solution.author == solution.author);
  CHECK(config.solution.description == solution.description);
  CHECK(config.solution.language == solution.language);
  CHECK(config.solution.target_hardware == solution.target_hardware);
  CHECK(config.entry_point == "b.cpp::f");
  CHECK(config.solution.dependencies == solution.dependencies);
  CHECK_FALSE(config.solution.destination_passing_style);
  CHECK(config.solution.binding == solution.binding);
  CHECK(config.sources == std::vector<std::string>{"b.cpp", "a.cpp"});
}

TEST_CASE("a key of endless parts is refused with its line") {
  std::string key = "a";
  for (int part = 0; part < 200'000; ++part) key += ".a";
  CHECK(message_of("\n" + key + " = 1\n") ==
        Contains("config.toml:2: not valid TOML: more than 4096 dots in a line"));
}

TEST_CASE("a config.toml of thousands of sources is read back") {
  fihost::Solution solution;
  solution.name = solution.definition = solution.author = "n";
  solution.entry_point = {"a.cu", "f"};
  for (int i = 0; i < 5000; ++i) {
    solution.sources.push_back({"a/" + std::to_string(i) + ".b.cuh", ""});
  }
  CHECK(read(fihost::config_toml_text(solution)).sources.size() == 5000);
}
