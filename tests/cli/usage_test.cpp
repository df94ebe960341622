#include <doctest/doctest.h>

#include "tests/cli/fihost_program.hpp"

namespace {

/// A usage mistake: exit code 2, one line on stderr that holds `part`, nothing on stdout.
void check_mistake(const std::vector<std::string>& arguments, const std::string& part) {
  CAPTURE(part);
  const auto output = FihostProgram().run(arguments);
  CHECK(output.exit.code == 2);
  CHECK(output.out.empty());
  CHECK(line_count(output.err) == 1);
  CHECK(output.err.rfind("fihost: ", 0) == 0);
  INFO(output.err);
  CHECK(output.err.find(part) != std::string::npos);
}

}  // namespace

TEST_CASE("help and version go to stdout") {
  const FihostProgram fihost;
  const auto version = fihost.run({"--version"});
  CHECK(version.exit.code == 0);
  CHECK(version.out == "fihost " FIHOST_VERSION "\n");
  const auto help = fihost.run({"--help"});
  CHECK(help.exit.code == 0);
  for (const char* command : {"rank", "load", "compare", "report", "build", "plugins"}) {
    CHECK(help.out.find(command) != std::string::npos);
    const auto one = fihost.run({command, "--help"});
    CHECK(one.exit.code == 0);
    CHECK(one.out.rfind("usage: fihost " + std::string(command), 0) == 0);
    CHECK(fihost.run({"help", command}).out == one.out);
  }
}

TEST_CASE("the version as JSON names what the program was made with") {
  const auto output = FihostProgram().run({"--version", "--json"});
  REQUIRE(output.exit.code == 0);
  const auto json = fihost::parse_json(output.out, "stdout");
  CHECK(json["schema"] == "fihost.version/1");
  CHECK(json["fihost"] == FIHOST_VERSION);
  CHECK(json["candidate_abi"] == 1);
  CHECK(json["plugin_abi"] == 1);
  CHECK(json["compiler"] == FIHOST_COMPILER);
  for (const char* fact : {"commit", "standard_library"}) {
    CHECK_FALSE(json[fact].get<std::string>().empty());
  }
  for (const char* library : {"boost", "fmt", "nlohmann_json", "openssl", "elfutils"}) {
    CHECK(json["libraries"][library].get<std::string>().find('.') != std::string::npos);
  }
  check_mistake({"--version", "x"}, "found 'x'");
}

TEST_CASE("without a command the help is a reproach") {
  const auto output = FihostProgram().run({});
  CHECK(output.exit.code == 2);
  CHECK(output.out.empty());
  CHECK(output.err.rfind("usage: fihost", 0) == 0);
}

TEST_CASE("an unknown command suggests the nearest") {
  check_mistake({"rnak", "x"}, "did you mean 'rank'?");
  check_mistake({"plugin"}, "did you mean 'plugins'?");
  check_mistake({"frobnicate"}, "see fihost --help");
  check_mistake({"--rank"}, "the first argument is a command, found --rank");
}

TEST_CASE("an unknown option is named") {
  check_mistake({"rank", "--bogus", "x"}, "--bogus");
  check_mistake({"rank", "--def", "x"}, "--def");
  check_mistake({"rank", "--wokloads", "0", "x"}, "did you mean --workloads?");
  check_mistake({"plugins", "--device", "cpu"}, "--device");
}

TEST_CASE("a value that makes no sense is told with what is wanted") {
  check_mistake({"rank", "--seed", "-1", "x"}, "--seed");
  check_mistake({"rank", "--seed", "12x", "x"}, "--seed 12x: wanted an integer");
  check_mistake({"rank", "--timeout", "0", "x"}, "--timeout 0: wanted seconds");
  check_mistake({"rank", "--timeout", "nan", "x"}, "--timeout nan: wanted seconds");
  check_mistake({"rank", "--jobs", "0", "x"}, "--jobs 0: wanted a number of compilers");
  check_mistake({"rank", "--flush", "write", "x"}, "--flush write: wanted zero or read");
  check_mistake({"rank", "--arch", "sm_90a,hopper", "x"}, "--arch hopper: wanted sm_");
  check_mistake({"rank", "--device", "gpu", "/dev/null"}, "--device gpu");
}

TEST_CASE("paths are checked before anything is measured") {
  check_mistake({"rank"}, "give at least one file or folder");
  check_mistake({"rank", "/no/such/path"}, "/no/such/path: there is no such file or folder");
  check_mistake({"load", "a.so", "b.so"}, "give one .so, .cu, .cpp or .json file");
  check_mistake({"load", "/tmp"}, "give one .so, .cu, .cpp or .json file");
  check_mistake({"build", "a.cu"}, "-o FILE.so");
  check_mistake({"build", "/no/such.cu", "-o", "x.so"}, "/no/such.cu: there is no such file");
  check_mistake({"build", "/dev/null", "-o", "x.so"}, "there is no such file");
  check_mistake({"pack"}, "give one candidate or one folder");
  check_mistake({"pack", "/no/such.cu"}, "/no/such.cu: there is no such file or folder");
  check_mistake({"pack", "/dev/null"}, "say what it implements with --definition");
  check_mistake({"unpack", "a.json", "b.json"}, "give one solution");
  check_mistake({"unpack", "/no/such.json"}, "/no/such.json: there is no such file");
  check_mistake({"plugins", "x"}, "'x' is not wanted");
}

TEST_CASE("a missing dataset or scorer is the environment's fault") {
  const FihostProgram fihost;
  const auto dataset = fihost.run({"rank", "--dataset", "/no/such/folder", "x"});
  CHECK(dataset.exit.code == 3);
  CHECK(dataset.err == "fihost: --dataset /no/such/folder: there is no such folder\n");
}

TEST_CASE("an unknown scorer is refused with those there are") {
  const auto output = FihostProgram().run({"rank", "--scorer", "scorer.luck", FIHOST_TASKS});
  CHECK(output.exit.code != 0);
  CHECK(line_count(output.err) == 1);
  CHECK(output.err.find("scorer.speedup") != std::string::npos);
}

TEST_CASE("the plugins are listed, for people and as JSON") {
  const FihostProgram fihost;
  const auto table = fihost.run({"plugins"});
  CHECK(table.exit.code == 0);
  CHECK(table.out.find("scorer.speedup") != std::string::npos);
  const auto json = fihost::parse_json(fihost.run({"plugins", "--json"}).out, "stdout");
  CHECK(json["schema"] == "fihost.plugins/1");
  bool found = false;
  for (const auto& component : json["components"]) {
    found = found || (component["id"] == "scorer.speedup" && component["kind"] == "scorer/1");
  }
  CHECK(found);
}

TEST_CASE("a plugin that cannot be used is a warning, not an end") {
  const FihostProgram fihost;
  fihost::write_text(fihost.folder() / "plugins" / "broken.so", "no ELF");
  const auto output =
      fihost.run({"plugins", "--json", "--plugin-path", fihost.folder() / "plugins"});
  CHECK(output.exit.code == 0);
  CHECK(output.err.find("broken.so") != std::string::npos);
  CHECK(fihost::parse_json(output.out, "stdout")["refusals"].size() == 1);
}
