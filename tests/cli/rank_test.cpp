#include <doctest/doctest.h>

#include "tests/cli/fihost_program.hpp"

namespace {

const std::string task = FIHOST_TASKS "/rmsnorm_h7168";

const fihost::Json& candidate(const fihost::Json& ranking, const std::string& name) {
  for (const auto& c : ranking["candidates"]) {
    if (c["name"] == name) return c;
  }
  FAIL("there is no " << name << " in " << fihost::dump(ranking));
  return ranking;
}

}  // namespace

TEST_CASE("rank gives one JSON document and goes on past what cannot be used") {
  const FihostProgram fihost;
  fihost::write_text(fihost.folder() / "text.so", "no ELF");
  fihost::write_text(fihost.folder() / "broken.cpp", "int f( {\n");
  const auto output =
      fihost.run({"rank", task + "/naive.cpp", fihost.folder() / "text.so",
                  fihost.folder() / "broken.cpp", "--definition", "rmsnorm_h7168", "--device",
                  "cpu", "--workloads", "0,batch_size<=1", "--quick", "--seed", "11", "--json"});
  INFO(output.err);
  REQUIRE(output.exit.code == 0);
  const auto json = fihost::parse_json(output.out, "stdout");
  CHECK(json["schema"] == "fihost.ranking/1");
  CHECK(json["definition"] == "rmsnorm_h7168");
  CHECK(json["seed"] == 11);
  CHECK(json["workload_count"] == 1);
  CHECK(candidate(json, "naive")["verdict"] == "PASSED");
  CHECK(candidate(json, "naive")["rank"] == 1);
  CHECK(candidate(json, "naive")["score"].get<double>() > 0);
  CHECK(candidate(json, "text")["verdict"] == "COMPILE_ERROR");
  CHECK(candidate(json, "broken")["verdict"] == "COMPILE_ERROR");
  CHECK(candidate(json, "broken")["score"].is_null());
}

TEST_CASE("load shows the object and a line a workload") {
  const FihostProgram fihost;
  const auto output =
      fihost.run({"load", task + "/naive.cpp", "--device", "cpu", "--workloads", "0", "--quick"});
  INFO(output.err);
  CHECK(output.exit.code == 0);
  CHECK(output.out.find("exports  fihost_candidate_v1") != std::string::npos);
  CHECK(output.out.find("batch_size=1") != std::string::npos);
  CHECK(output.out.find("matched") != std::string::npos);
}

TEST_CASE("load of a file that is no object fails with the reason, and with clean JSON") {
  const FihostProgram fihost;
  fihost::write_text(fihost.folder() / "text.so", "no ELF");
  const auto output =
      fihost.run({"load", fihost.folder() / "text.so", "--device", "cpu", "--json"});
  CHECK(output.exit.code == 1);
  const auto json = fihost::parse_json(output.out, "stdout");
  CHECK(json["definition"].is_null());
  CHECK(json["candidates"][0]["verdict"] == "COMPILE_ERROR");
  CHECK(json["object"]["descriptor"].is_null());
}

TEST_CASE("an unknown definition is the environment's fault and lists those there are") {
  const auto output = FihostProgram().run(
      {"rank", task + "/naive.cpp", "--definition", "nothing", "--device", "cpu"});
  CHECK(output.exit.code == 3);
  CHECK(line_count(output.err) == 1);
  CHECK(output.err.find("rmsnorm_h7168") != std::string::npos);
}

TEST_CASE("a workload filter that leaves nothing is a usage error") {
  const auto output = FihostProgram().run(
      {"rank", task + "/naive.cpp", "--device", "cpu", "--workloads", "batch_size>99999999"});
  CHECK(output.exit.code == 2);
  CHECK(line_count(output.err) == 1);
}
