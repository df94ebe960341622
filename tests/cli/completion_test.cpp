#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>

#include "tests/cli/fihost_program.hpp"

namespace {

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

bool has(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// A fihost on the PATH, and one of the shells.
struct Shell {
  FihostProgram fihost;

  [[nodiscard]] fihost::Output run(const std::vector<std::string>& arguments) const {
    auto command = fihost.command({});
    command.arguments = arguments;
    auto& environment = *command.environment;
    std::erase_if(environment, [](const auto& entry) { return entry.rfind("PATH=", 0) == 0; });
    environment.push_back("PATH=" FIHOST_PREFIX "/bin:/usr/bin:/bin");
    environment.push_back("HOME=" + fihost.folder().string());
    command.directory = fihost.folder();
    return fihost::run(command, std::chrono::minutes(1));
  }

  /// What bash offers for the last of `words` after `fihost`.
  [[nodiscard]] std::vector<std::string> complete(const std::string& words) const {
    const auto script =
        "source <(fihost completion bash); complete -p fihost >/dev/null || exit 9\n"
        "COMP_WORDS=(fihost " +
        words +
        "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n"
        "_fihost; printf '%s\\n' \"${COMPREPLY[@]}\"";
    const auto output = run({"bash", "--norc", "-c", script});
    INFO(output.err);
    REQUIRE(output.exit.code == 0);
    CHECK(output.err.empty());
    return lines(output.out);
  }
};

}  // namespace

TEST_CASE("bash completes commands, options, values, files and definitions") {
  const Shell bash;
  fihost::write_text(bash.fihost.folder() / "a kernel.cu", "");
  CHECK(bash.complete("ra") == std::vector<std::string>{"rank"});
  CHECK(bash.complete("rank --wor") == std::vector<std::string>{"--workloads"});
  CHECK(bash.complete("rank --flush r") == std::vector<std::string>{"read"});
  CHECK(bash.complete("rank --flush = z") == std::vector<std::string>{"zero"});
  CHECK(bash.complete("rank --flush =") == std::vector<std::string>{"zero", "read"});
  CHECK(bash.complete("rank a") == std::vector<std::string>{"a kernel.cu"});
  CHECK(bash.complete("rank --definition rms") == std::vector<std::string>{"rmsnorm_h7168"});
  CHECK(bash.complete("completion z") == std::vector<std::string>{"zsh"});
  CHECK(bash.complete("help bu") == std::vector<std::string>{"build"});
  CHECK(bash.complete("rank --seed ''") == std::vector<std::string>{""});
}

TEST_CASE("bash knows every command and every option there is") {
  const Shell bash;
  const auto output = bash.fihost.run({"help", "--json"});
  const auto json = fihost::parse_json(output.out, "stdout");
  const auto commands = bash.complete("''");
  REQUIRE(json["commands"].size() >= 5);
  for (const auto& command : json["commands"]) {
    const auto name = command["name"].get<std::string>();
    CHECK(has(commands, name));
    const auto options = bash.complete(name + " -");
    for (const auto& option : command["options"]) {
      CHECK(has(options, "--" + option["name"].get<std::string>()));
    }
  }
}

TEST_CASE("zsh and fish take their scripts, where they are installed") {
  const Shell shell;
  const auto folder = shell.fihost.folder();
  for (const std::string name : {"zsh", "fish"}) {
    const auto script = shell.fihost.run({"completion", name});
    REQUIRE(script.exit.code == 0);
    fihost::write_text(folder / name, script.out);
    if (!fihost::find_program(name)) {
      MESSAGE(name << " is not installed");
      continue;
    }
    const auto output = shell.run({name, "-n", folder / name});
    CHECK(output.exit.code == 0);
    CHECK(output.err.empty());
  }
  if (!fihost::find_program("fish")) return;
  const auto offered = [&](const std::string& line) {
    const auto script = "source " + (folder / "fish").string() + "; complete -C '" + line + "'";
    return shell.run({"fish", "-c", script}).out;
  };
  CHECK(offered("fihost ra").rfind("rank\t", 0) == 0);
  CHECK(offered("fihost rank --wor").rfind("--workloads\t", 0) == 0);
  CHECK(offered("fihost rank --definition rms").rfind("rmsnorm_h7168", 0) == 0);
}

TEST_CASE("every command has a man page without a warning") {
  const Shell shell;
  const auto json = fihost::parse_json(shell.fihost.run({"help", "--json"}).out, "stdout");
  std::vector<std::vector<std::string>> pages = {{"help", "--man"}};
  for (const auto& command : json["commands"]) {
    const auto name = command["name"].get<std::string>();
    pages.push_back({"help", name, "--man"});
    CHECK(std::filesystem::exists(FIHOST_PREFIX "/share/man/man1/fihost-" + name + ".1.gz"));
  }
  for (const auto& page : pages) {
    const auto text = shell.fihost.run(page);
    REQUIRE(text.exit.code == 0);
    CHECK(text.out.rfind(".TH FIHOST", 0) == 0);
    if (!fihost::find_program("groff")) continue;
    const auto file = shell.fihost.folder() / "page.1";
    fihost::write_text(file, text.out);
    const auto output = shell.run({"groff", "-man", "-ww", "-Tutf8", file});
    CHECK(output.exit.code == 0);
    CHECK(output.err.empty());
  }
}

TEST_CASE("help takes one command and one form") {
  const FihostProgram fihost;
  CHECK(fihost.run({"help", "rank", "load"}).exit.code == 2);
  CHECK(fihost.run({"help", "--yaml"}).exit.code == 2);
  CHECK(fihost.run({"completion", "tcsh"}).exit.code == 2);
  CHECK(fihost.run({"completion"}).exit.code == 2);
}
