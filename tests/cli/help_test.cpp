#include <doctest/doctest.h>

#include <set>
#include <sstream>

#include "tests/cli/fihost_program.hpp"

namespace {

fihost::Json commands(const FihostProgram& fihost) {
  return fihost::parse_json(fihost.run({"help", "--json"}).out, "stdout")["commands"];
}

/// The words of "fihost ... " in an example, up to what a shell would do with the rest.
std::vector<std::string> words_of(const std::string& example) {
  std::istringstream in(example.substr(example.find("fihost ")));
  std::vector<std::string> words;
  for (std::string word; in >> word && word.find_first_of("#>|)") != 0;) words.push_back(word);
  return words;
}

fihost::Output in_bash(const FihostProgram& fihost, const std::string& script) {
  auto command = fihost.command({});
  command.arguments = {"bash", "-c", "PATH=" FIHOST_PREFIX "/bin:$PATH; " + script};
  command.directory = fihost.folder();
  return fihost::run(command, std::chrono::minutes(2));
}

}  // namespace

TEST_CASE("every command shows examples, which use options that it has") {
  const FihostProgram fihost;
  for (const auto& command : commands(fihost)) {
    const auto name = command["name"].get<std::string>();
    CAPTURE(name);
    std::set<std::string> options;
    for (const auto& option : command["options"]) {
      options.insert("--" + option["name"].get<std::string>());
      if (!option["letter"].is_null()) options.insert("-" + option["letter"].get<std::string>());
    }
    CHECK_FALSE(command["examples"].empty());
    const auto help = fihost.run({name, "--help"}).out;
    for (const auto& each : command["examples"]) {
      const auto example = each.get<std::string>();
      CAPTURE(example);
      CHECK(help.find("\n  " + example + "\n") != std::string::npos);
      const auto words = words_of(example);
      REQUIRE(words.size() >= 2);
      CHECK(words[1] == name);
      for (const auto& word : words) {
        if (word.front() == '-') CHECK(options.contains(word));
      }
    }
  }
}

TEST_CASE("the examples that need neither candidates nor a dataset work as they stand") {
  const FihostProgram fihost;
  const std::set<std::string> cheap = {"completion", "doctor", "new", "plugins"};
  for (const auto& command : commands(fihost)) {
    if (!cheap.contains(command["name"].get<std::string>())) continue;
    for (const auto& example : command["examples"]) {
      const auto output = in_bash(fihost, example.get<std::string>());
      CAPTURE(example.get<std::string>());
      INFO(output.err);
      CHECK(output.exit.code == 0);
    }
  }
}

TEST_CASE("help fits into 100 columns") {
  const FihostProgram fihost;
  std::vector<std::vector<std::string>> calls = {{"--help"}};
  for (const auto& command : commands(fihost)) {
    calls.push_back({"help", command["name"].get<std::string>()});
  }
  for (const auto& call : calls) {
    std::istringstream lines(fihost.run(call).out);
    for (std::string line; std::getline(lines, line);) {
      CAPTURE(line);
      CHECK(line.size() <= 100);
    }
  }
}

TEST_CASE("colours are for terminals, or for those who insist") {
  const FihostProgram fihost;
  CHECK(in_bash(fihost, "fihost plugins").out.find('\x1b') == std::string::npos);
  CHECK(in_bash(fihost, "CLICOLOR_FORCE=1 fihost plugins").out.find('\x1b') != std::string::npos);
  CHECK(in_bash(fihost, "CLICOLOR_FORCE=1 NO_COLOR=1 fihost plugins").out.find('\x1b') ==
        std::string::npos);
}
