// What an interrupted ranking leaves, and what the next one makes of it.
#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

#include "core/base/temp_dir.hpp"
#include "tests/end_to_end/fihost_process.hpp"

using namespace fihost;
using namespace fihost::test;

namespace {

std::vector<std::string> rank_words(const std::vector<std::string>& more) {
  std::vector<std::string> words = {"rank", "--json", "--quick", "--device", "cpu"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

Json rank(const std::vector<std::string>& more, const std::filesystem::path& cache) {
  const Output output = run_fihost(rank_words(more), cache);
  INFO(output.err);
  REQUIRE((output.exit.code == 0 || output.exit.code == 1));
  return parse_json(output.out, "stdout");
}

}  // namespace

TEST_SUITE_BEGIN("resume");

TEST_CASE("a second run takes everything from the first, seed and figures included") {
  const TempDir cache;
  const auto first = rank({object("cpu_right"), object("cpu_wrong_last_row")}, cache.path());
  const auto second =
      rank({"--resume", object("cpu_right"), object("cpu_wrong_last_row")}, cache.path());
  CHECK(second["seed"] == first["seed"]);
  CHECK(second["timer"] == first["timer"]);
  CHECK(second["baseline"] == first["baseline"]);
  const auto before = rows_by_name(first), after = rows_by_name(second);
  for (const auto& [name, row] : after) {
    CAPTURE(name);
    CHECK(row["measured_at"].is_string());
    CHECK(row["workloads"] == before.at(name)["workloads"]);
    CHECK(row["score"] == before.at(name)["score"]);
  }
}

TEST_CASE("what is new is measured, with the same seed as what is not") {
  const TempDir cache;
  const auto first = rank({object("cpu_right")}, cache.path());
  std::filesystem::copy_file(object("cpu_wrong_in_one_workload"), cache.path() / "new.so");
  const auto second =
      rank({"--resume", object("cpu_right"), (cache.path() / "new.so").string()}, cache.path());
  CHECK(second["seed"] == first["seed"]);
  const auto rows = rows_by_name(second);
  CHECK(rows.at("cpu_right")["measured_at"].is_string());
  CHECK(rows.at("new")["measured_at"].is_null());
}

TEST_CASE("without --resume, or when anything else differs, all is measured anew") {
  const TempDir cache;
  rank({"--seed", "5", object("cpu_right")}, cache.path());
  const std::vector<std::vector<std::string>> others = {
      {"--seed", "5", object("cpu_right")},
      {"--resume", "--seed", "6", object("cpu_right")},
      {"--resume", "--seed", "5", "--workloads", "0", object("cpu_right")},
      {"--resume", "--seed", "5", "--compat", object("cpu_right")},
      {"--resume", "--seed", "5", "--flush", "read", object("cpu_right")}};
  for (const auto& words : others) {
    CAPTURE(words[1]);
    const auto rows = rows_by_name(rank(words, cache.path()));
    CHECK(rows.at("cpu_right")["measured_at"].is_null());
  }
}

TEST_CASE("a ranking that was killed goes on where it stopped") {
  const TempDir cache;
  // The second one hangs until its time is over: there is time to kill.
  auto command = fihost_command(
      rank_words({"--timeout", "60", object("cpu_right"), object("cpu_infinite_loop")}),
      cache.path());
  Process process(command);
  const auto deadline = Clock::now() + std::chrono::seconds(60);
  const auto results = [&] {
    const auto info = run_fihost({"cache", "info", "--json"}, cache.path());
    const auto json = parse_json(info.out, "stdout");
    return json.contains("results") ? json["results"]["results"].get<int>() : 0;
  };
  while (results() == 0 && Clock::now() < deadline) ::usleep(100'000);
  process.kill();
  const auto rows =
      rows_by_name(rank({"--resume", "--timeout", "60", object("cpu_right")}, cache.path()));
  CHECK(rows.at("cpu_right")["measured_at"].is_string());
}

TEST_CASE("a store that is no database costs a warning, and an error when it is needed") {
  const TempDir cache;
  write_text(cache.path() / "results.sqlite", std::string(4096, 'x'));
  const auto words = rank_words({"--workloads", "0", object("cpu_right")});
  const Output output = run_fihost(words, cache.path());
  CHECK(output.exit.code == 0);
  CHECK(output.err.find("not kept for --resume") != std::string::npos);
  auto resumed = words;
  resumed.emplace_back("--resume");
  const Output refused = run_fihost(resumed, cache.path());
  CHECK(refused.exit.code == 3);
  CHECK(refused.err.find("fihost cache clear") != std::string::npos);
  CHECK(run_fihost({"cache", "clear", "results"}, cache.path()).exit.code == 0);
  CHECK(run_fihost(resumed, cache.path()).exit.code == 0);
}

TEST_SUITE_END();
