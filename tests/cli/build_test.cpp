#include <doctest/doctest.h>

#include "tests/cli/fihost_program.hpp"

namespace {

const std::string naive = FIHOST_TASKS "/rmsnorm_h7168/naive.cpp";

}  // namespace

TEST_CASE("a source becomes a shared object, and the second time comes from the cache") {
  const FihostProgram fihost;
  const auto object = fihost.folder() / "naive.so";
  const auto first = fihost.run({"build", naive, "-o", object, "--json"});
  INFO(first.err);
  REQUIRE(first.exit.code == 0);
  const auto json = fihost::parse_json(first.out, "stdout");
  CHECK(json["schema"] == "fihost.build/1");
  CHECK(json["output"] == object.string());
  CHECK(fihost::read_text(object).rfind("\x7f"
                                        "ELF",
                                        0) == 0);
  const auto second = fihost.run({"build", naive, "-o", object});
  CHECK(second.exit.code == 0);
  CHECK(second.out.find("(cached)") != std::string::npos);
}

TEST_CASE("a source that does not compile is told by file, line and message") {
  const FihostProgram fihost;
  const auto source = fihost.folder() / "broken.cpp";
  fihost::write_text(source, "int fine;\nint f() { return undeclared; }\n");
  const auto object = fihost.folder() / "broken.so";
  const auto output = fihost.run({"build", source, "-o", object});
  CHECK(output.exit.code == 1);
  CHECK(output.out.empty());
  CHECK(output.err.find(source.string() + ":2: error: ") != std::string::npos);
  CHECK(output.err.find("undeclared") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(object));
  const auto json = fihost.run({"build", source, "-o", object, "--json"});
  CHECK(json.exit.code == 1);
  const auto document = fihost::parse_json(json.out, "stdout");
  CHECK(document["output"].is_null());
  CHECK(document["diagnostics"][0]["line"] == 2);
}

TEST_CASE("a source without the entry symbol is no candidate") {
  const FihostProgram fihost;
  const auto source = fihost.folder() / "plain.cpp";
  fihost::write_text(source, "extern \"C\" int plain() { return 1; }\n");
  const auto output = fihost.run({"build", source, "-o", fihost.folder() / "plain.so"});
  CHECK(output.exit.code == 1);
  CHECK(output.err.find("fihost_candidate_v1") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(fihost.folder() / "plain.so"));
}

TEST_CASE("an output that cannot be written is the environment's fault") {
  const auto output = FihostProgram().run({"build", naive, "-o", "/proc/no/such/naive.so"});
  CHECK(output.exit.code == 3);
  CHECK(line_count(output.err) == 1);
}
