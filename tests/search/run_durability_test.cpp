// What a run survives: kill -9 at any moment, a full disk, a second writer.
#include <SQLiteCpp/SQLiteCpp.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <random>
#include <set>
#include <thread>

#include "core/base/error.hpp"
#include "core/base/process.hpp"
#include "core/base/temp_dir.hpp"
#include "tests/search/run_example.hpp"

using namespace fihost::search;
using namespace std::chrono_literals;

namespace {

struct Writer {
  fihost::UniqueFd out;
  fihost::Process process;
};

Writer start_writer(const std::filesystem::path& file) {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  fihost::UniqueFd out(ends[0]), in(ends[1]);
  return {std::move(out), fihost::Process({.arguments = {RUN_WRITER_PROCESS, file.string()},
                                           .environment = {},
                                           .directory = {},
                                           .files = {{in.get(), 1}}})};
}

/// Reads what the writer acknowledges, until it is `wanted` or the writer has ended. The last number;
/// 0: none.
std::int64_t acknowledged(int fd, std::int64_t wanted, std::int64_t last = 0) {
  std::string line;
  char byte;
  while (last < wanted && ::read(fd, &byte, 1) == 1) {
    line += byte;
    if (byte != '\n') continue;
    last = std::stoll(line);
    line.clear();
  }
  return last;
}

bool sound(const std::filesystem::path& file) {
  SQLite::Database database(file.string(), SQLite::OPEN_READWRITE);
  return database.execAndGet("PRAGMA integrity_check").getString() == "ok";
}

/// Event n made attempt n, program n and everything else: nothing of it is there without the rest.
void check_whole(const std::filesystem::path& file) {
  SQLite::Database database(file.string(), SQLite::OPEN_READONLY);
  const auto count = [&](const std::string& what) {
    return database.execAndGet("SELECT count(*) FROM " + what).getInt64();
  };
  const auto events = count("events");
  CHECK(count("attempts") == events);
  CHECK(count("programs") == events);
  CHECK(count("states") == events);
  CHECK(count("exchanges") == 2 * events);
  CHECK(count("evaluations") == 3 * events);
  CHECK(count("placements") == events);
}

}  // namespace

TEST_CASE("kill -9 at 200 moments: nothing is corrupt and nothing acknowledged is lost") {
  const fihost::TempDir folder;
  std::mt19937 random(7);
  std::int64_t total = 0;
  for (int round = 0; round < 200; ++round) {
    // A few rounds a run, so that kills while one is made and while one is recovered are among them.
    const auto file = folder.path() / std::to_string(round / 10) / "run.sqlite";
    auto writer = start_writer(file);
    const auto fd = writer.out.get();
    auto last = acknowledged(fd, total + static_cast<std::int64_t>(random() % 3));
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 6'000));
    writer.process.kill();
    last = acknowledged(fd, std::numeric_limits<std::int64_t>::max(), last);
    if (!std::filesystem::exists(file)) {
      REQUIRE(last == 0);
      continue;
    }
    const auto run = RunStore::open(file);
    REQUIRE(run.last_program() >= last);
    REQUIRE(run.last_program() <= std::max(last, total) + 1);
    total = run.last_program();
    if (round % 10 != 9) continue;
    total = 0;
    REQUIRE(sound(file));
    check_whole(file);
  }
}

TEST_CASE("a full disk is an error with its reason, and what was written before stays") {
  const fihost::TempDir folder;
  const auto file = folder.path() / "run.sqlite";
  const auto run_it = [&](const char* bytes) {
    return fihost::run({.arguments = {RUN_WRITER_PROCESS, file.string(), "1000", bytes},
                        .environment = {},
                        .directory = {},
                        .files = {}},
                       60s);
  };
  const auto first = run_it("1000000");
  CHECK(first.exit.code == 3);
  CHECK(first.err.find(file.string() + ": the run cannot be written: ") != std::string::npos);
  CHECK_MESSAGE(first.err.find("File too large") != std::string::npos, first.err);
  const auto lines = std::count(first.out.begin(), first.out.end(), '\n');
  CHECK(lines > 2);
  REQUIRE(sound(file));
  check_whole(file);
  CHECK(RunStore::view(file).last_program() == lines);

  const auto second = run_it("4000000");
  CHECK(std::count(second.out.begin(), second.out.end(), '\n') > 2);
  REQUIRE(sound(file));
}

TEST_CASE("a second writer is refused with the first one's process id until that one is dead") {
  const fihost::TempDir folder;
  const auto file = folder.path() / "run.sqlite";
  auto writer = start_writer(file);
  char byte;
  REQUIRE(::read(writer.out.get(), &byte, 1) == 1);
  try {
    (void)RunStore::open(file);
    FAIL("a second writer got in");
  } catch (const fihost::Error& e) {
    CHECK(e.what() ==
          fmt::format("{}: process {} is writing this run; wait for its end, or stop it",
                      file.string(), writer.process.pid()));
  }
  CHECK(RunStore::view(file).last_program() >= 1);
  writer.process.kill();
  CHECK(RunStore::open(file).last_program() >= 1);
}

TEST_CASE("a writer that is done lets go of its run") {
  const fihost::TempDir folder;
  const auto file = folder.path() / "run.sqlite";
  (void)RunStore::create(file, example_head());
  auto moved = RunStore::open(file);
  auto run = std::move(moved);
  CHECK_THROWS_AS((void)RunStore::open(file), fihost::Error);
  CHECK_THROWS_AS(RunStore::view(file).record(example_event(1)), fihost::Error);
}
