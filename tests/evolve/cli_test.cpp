// fihost evolve as a user has it: a compiler, a judge, a model behind HTTP.
#include <doctest/doctest.h>
#include <signal.h>

#include <fstream>
#include <set>
#include <thread>

#include "core/base/error.hpp"
#include "tests/end_to_end/fihost_process.hpp"
#include "tests/evolve/scale_evolution.hpp"

using namespace fihost;
using namespace fihost::test;

namespace {

namespace fs = std::filesystem;

constexpr const char* key = "sk-evolve-secret-4711";

std::string constants(int work, int unit) {
  return fmt::format("static constexpr int work = {};\nstatic constexpr int unit = {};", work,
                     unit);
}

/// A model that takes a step towards less work now and then, and else writes what is slower.
HttpHandler stepping_model() {
  return [](const HttpRequest& request) {
    const auto prompt = prompt_of(request);
    const int work = number_in(prompt, "work");
    const auto unit = static_cast<int>(request.number) + 1;
    const int next = request.number % 8 == 0 && work > 8 ? work - 4 : std::min(work + 6, 40);
    return chat("A step.\n" +
                edit(constants(work, number_in(prompt, "unit")), constants(next, unit)));
  };
}

std::vector<Json> lines_of(const std::string& text) {
  std::vector<Json> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(parse_json(line, "a line"));
  return lines;
}

std::size_t files_with(const fs::path& folder, const std::string& text) {
  std::size_t count = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    if (read_text(entry.path()).find(text) != std::string::npos) ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("two hundred children with a model: faster, migrated, reported, exported") {
  ScaleEvolution toy(stepping_model());
  toy.more_config = "database: {num_islands: 3, migration_interval: 10}\nmax_failures: 100\n";
  const auto output = toy.evolve({"--iterations", "200", "--patience", "0", "--json"});
  CAPTURE(output.err);
  CAPTURE(output.out);
  REQUIRE(output.exit.code == 0);
  const auto summary = parse_json(output.out, "--json");
  CHECK(summary.at("schema") == "fihost.evolve/1");
  CHECK(summary.at("iterations") == 200);
  CHECK(summary.at("gain").get<double>() > 1.2);
  const auto best = toy.run() / "best";
  for (const char* name : {"best.cpp", "best.so", "best.md", "ranking.json"}) {
    CHECK_MESSAGE(fs::exists(best / name), name);
  }
  const auto loaded = fihost::run(
      fihost_command({"load", (best / "best.so").string(), "--definition", "scale_f32", "--quick"},
                     toy.folder.path() / "cache"),
      std::chrono::minutes(1));
  CAPTURE(loaded.err);
  CHECK(loaded.exit.code == 0);
  const auto page = toy.folder.path() / "run.html";
  const auto report =
      run_fihost({"report", toy.run().string(), "-o", page.string()}, toy.folder.path() / "cache");
  CAPTURE(report.err);
  CHECK(report.exit.code == 0);
  CHECK(fs::file_size(page) > 10'000);

  std::size_t programs = 0, migrants = 0;
  std::set<int> islands;
  search::export_jsonl(toy.view(), [&](const std::string& text) {
    const auto line = parse_json(text, "export");
    if (line.at("type") == "program") ++programs;
    if (line.at("type") != "placement") return;
    islands.insert(line.at("island").get<int>());
    if (line.at("migrant").get<bool>()) ++migrants;
  });
  CHECK(programs == 201);
  CHECK(islands.size() == 3);
  CHECK(migrants > 0);

  // Nowhere is the key, and everywhere the server got it.
  CHECK(files_with(toy.folder.path(), key) == 0);
  CHECK(output.err.find(key) == std::string::npos);
  CHECK(toy.server.requests().front().header("authorization") == std::string("Bearer ") + key);
}

TEST_CASE("kill -9 loses nothing that was told, and the run goes on") {
  ScaleEvolution toy(stepping_model());
  std::set<std::int64_t> known;
  for (int round = 0; round < 4; ++round) {
    std::vector<std::string> arguments = {"--iterations", "40", "--patience", "0"};
    if (round > 0) arguments.insert(arguments.end(), {"--resume", toy.run().string()});
    Process process(toy.command(arguments));
    const auto until = Clock::now() + std::chrono::seconds(20);
    std::size_t grown = 0;
    while (grown < 4 && Clock::now() < until) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50 + 37 * round));
      if (!fs::exists(toy.run() / "run.sqlite")) continue;
      const auto ids = toy.view().program_ids();
      grown = ids.size() - std::min(ids.size(), known.size());
      if (grown >= 4) known = {ids.begin(), ids.end()};
    }
    REQUIRE(grown >= 4);
    process.kill();
    const auto ids = toy.view().program_ids();
    for (const auto id : known) CHECK(std::count(ids.begin(), ids.end(), id) == 1);
  }
  const auto output = toy.evolve({"--resume", toy.run().string(), "--iterations", "40"});
  CAPTURE(output.err);
  CHECK((output.exit.code == 0 || output.exit.code == 1));
  const auto run = toy.view();
  CHECK(run.program_ids().size() == 41);
  CHECK(run.pending().empty());
  // Numbers without a gap, none twice.
  CHECK(run.program_ids().back() == 41);
}

TEST_CASE("a run that is written is refused to a second process, and Ctrl-C once saves it") {
  ScaleEvolution toy(stepping_model());
  Process process(toy.command({"--iterations", "100000", "--patience", "0"}));
  const auto until = Clock::now() + std::chrono::seconds(30);
  while (!fs::exists(toy.run() / "run.sqlite") || toy.view().program_ids().size() < 3) {
    REQUIRE(Clock::now() < until);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  const auto second = toy.evolve({"--resume", toy.run().string()});
  CHECK(second.exit.code == 3);
  CHECK(second.err.find(std::to_string(process.pid())) != std::string::npos);
  ::kill(process.pid(), SIGINT);
  const auto exit = process.wait_until(Clock::now() + std::chrono::seconds(10));
  REQUIRE(exit);
  CHECK(exit->code == 130);
  CHECK(toy.view().end_note() == "interrupted");
  const auto before = toy.view().program_ids().size();
  const auto resumed =
      toy.evolve({"--resume", toy.run().string(), "--iterations", std::to_string(before + 2)});
  CAPTURE(resumed.err);
  CHECK(toy.view().program_ids().size() == before + 3);
}

TEST_CASE("Ctrl-C twice ends at once") {
  std::atomic<int> asked = 0;
  ScaleEvolution toy([&](const HttpRequest&) {
    ++asked;
    return HttpResponse{.silent = true};
  });
  Process process(toy.command({}));
  const auto until = Clock::now() + std::chrono::seconds(30);
  while (asked == 0) {
    REQUIRE(Clock::now() < until);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  ::kill(process.pid(), SIGINT);
  ::kill(process.pid(), SIGINT);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  ::kill(process.pid(), SIGINT);  // two that come at once may be one
  const auto exit = process.wait_until(Clock::now() + std::chrono::seconds(1));
  REQUIRE(exit);
  CHECK(exit->code == 130);
  const auto run = toy.view();
  CHECK(run.program_ids().size() == 1);
}

TEST_CASE("whatever a server does, the run goes on, and the store says what it was") {
  std::atomic<int> ask = 0;
  const auto good = stepping_model();
  ScaleEvolution toy([&](const HttpRequest& request) -> HttpResponse {
    const std::string block = fenced("int x;\n");
    switch (ask++) {
      case 0:
        return json_response(R"({"error": {"message": "bad key"}})", 401);
      case 1:
      case 2:  // the try after it
        return json_response(R"({"error": {"message": "overloaded"}})", 500);
      case 3:
        return chat("I would rather not.");
      case 4:
        return chat("Still not.");
      case 5:
        return chat("\xff\xfe garbage \x80");
      case 6:
        return chat(std::string(1 << 20, 'x'));
      case 7: {
        auto cut = chat(block);
        cut.cut_after = 40;
        return cut;
      }
      case 8:
        return {.status = 200, .body = "\xff\xfe not JSON"};
      case 9:
        return chat(edit("this stands nowhere", "at all"));
      default:
        return good(request);
    }
  });
  const auto output = toy.evolve({"--iterations", "3", "--patience", "0", "--deterministic"});
  CAPTURE(output.err);
  CHECK((output.exit.code == 0 || output.exit.code == 1));
  const auto run = toy.view();
  CHECK(run.program_ids().size() == 4);
  std::string reasons;
  for (const auto& attempt : run.attempts()) {
    if (attempt.outcome == search::Outcome::accepted) continue;
    CHECK(!attempt.reason.empty());
    CHECK(attempt.reason.size() < 1000);
    reasons += attempt.reason + "\n";
  }
  CAPTURE(reasons);
  for (const char* part : {"401", "500"}) {
    CHECK_MESSAGE(reasons.find(part) != std::string::npos, part);
  }
  CHECK(output.err.find(key) == std::string::npos);
}

TEST_CASE("a server that is not there ends the run with the reason") {
  ScaleEvolution toy(stepping_model());
  toy.more_config = "max_failures: 2\n";
  auto command = toy.command({});
  const auto config = toy.folder.path() / "config.yaml";
  auto text = read_text(config);
  text.replace(text.find(toy.server.url()), toy.server.url().size(), "http://127.0.0.1:1");
  write_text(config, text);
  const auto output = fihost::run(command, std::chrono::minutes(1));
  CAPTURE(output.err);
  CHECK(output.exit.code == 1);
  CHECK(output.err.find("2 attempts in a row came to no new program") != std::string::npos);
  CHECK(toy.view().attempt(1).outcome == search::Outcome::llm_failed);
}

TEST_CASE("without a model the constants of a seed are tuned") {
  ScaleEvolution toy(stepping_model());
  auto seed = scale_source(16);
  const std::string constant = "static constexpr int work = 16;";
  seed.replace(seed.find(constant), constant.size(), "FIHOST_TUNE(int, work, 16, 1, 2, 4, 8, 16);");
  seed.insert(0, "#include <fihost/tune.h>\n");
  write_text(toy.folder.path() / "tunable.cpp", seed);
  auto command =
      fihost_command({"evolve", (toy.folder.path() / "tunable.cpp").string(), "--device", "cpu",
                      "--quick", "--workloads", "rows=33", "--output", toy.run().string(),
                      "--definition", "scale_f32", "--iterations", "3", "--json"},
                     toy.folder.path() / "cache");
  const auto output = fihost::run(command, std::chrono::minutes(2));
  CAPTURE(output.err);
  REQUIRE(output.exit.code == 0);
  CHECK(parse_json(output.out, "--json").at("gain").get<double>() > 1.5);
  CHECK(toy.server.requests().empty());
}

TEST_CASE("a full disk is a clear error, and what was told stays readable") {
  ScaleEvolution toy(stepping_model());
  auto command = toy.command({"--iterations", "1000", "--patience", "0"});
  // Blocks of 512 bytes: enough for the objects, not for the run.
  std::string line = "ulimit -f 4000; exec";
  for (const auto& argument : command.arguments) line += " '" + argument + "'";
  command.arguments = {"/bin/sh", "-c", line};
  const auto output = fihost::run(command, std::chrono::minutes(2));
  CAPTURE(output.err);
  CHECK(output.exit.code == 3);
  CHECK(output.err.find("run.sqlite") != std::string::npos);
  const auto ids = toy.view().program_ids();
  CHECK(ids.size() > 1);
  CHECK(!lines_of([&] {
           std::string all;
           search::export_jsonl(toy.view(), [&](const std::string& text) { all += text + "\n"; });
           return all;
         }())
             .empty());
}

TEST_CASE("a branch goes on from where it was cut, in a folder of its own") {
  ScaleEvolution toy(stepping_model());
  static_cast<void>(toy.evolve({"--iterations", "6", "--patience", "0", "--deterministic"}));
  const auto branch = toy.folder.path() / "branch";
  const auto output = toy.evolve(
      {"--branch", toy.run().string() + "@3", "--output", branch.string(), "--iterations", "5"});
  CAPTURE(output.err);
  CHECK((output.exit.code == 0 || output.exit.code == 1));
  const auto left = toy.view();
  const auto right = search::RunStore::view(branch / "run.sqlite");
  CHECK(left.program_ids().size() == 7);
  REQUIRE(right.program_ids().size() == 6);
  for (const std::int64_t id : {1, 2, 3, 4}) {
    CHECK(left.program(id).source == right.program(id).source);
  }
  CHECK(right.head().branched_from == toy.run().string() + "/run.sqlite@3");
}

TEST_CASE("--print-config prints what --config reads, and an unknown key is told its neighbour") {
  const TempDir folder;
  const auto cache = folder.path() / "cache";
  const auto first = run_fihost({"evolve", "--print-config", "--iterations", "17"}, cache);
  REQUIRE(first.exit.code == 0);
  const auto file = folder.path() / "x.yaml";
  write_text(file, first.out);
  const auto second = run_fihost({"evolve", "--config", file.string(), "--print-config"}, cache);
  CHECK(second.exit.code == 0);
  CHECK(second.out == first.out);
  write_text(file, "max_iteration: 3\n");
  const auto wrong = run_fihost({"evolve", "--config", file.string(), "--print-config"}, cache);
  CHECK(wrong.exit.code == 2);
  CHECK(wrong.err.find("max_iterations") != std::string::npos);
}
