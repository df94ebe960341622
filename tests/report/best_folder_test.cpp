#include "core/report/best_folder.hpp"

#include <doctest/doctest.h>

#include "core/base/error.hpp"
#include "core/base/temp_dir.hpp"
#include "core/report/ranking_reader.hpp"
#include "tests/report/sample_run.hpp"

namespace fs = std::filesystem;

namespace {

struct Made {
  fihost::TempDir folder;
  fihost::search::Program seed = sample::program(1, 0, 1), program = sample::program(4, 5, 1.5);
  fihost::Ranking about;
  fihost::Definition definition;
  std::vector<fihost::Workload> workloads;
  fs::path best = folder.path() / "run" / "best";

  Made() {
    about.definition = "scale_f32";
    about.device.name = "Test CPU";
    about.environment.fihost = "1.2.3";
    about.timer = "clock";
    fihost::write_text(folder.path() / "object.so", "ELF");
  }
  std::vector<std::string> write() const {
    return fihost::write_best(best, {.program = program,
                                     .seed = seed,
                                     .about = about,
                                     .object = folder.path() / "object.so",
                                     .definition = definition,
                                     .workloads = workloads,
                                     .prefix = folder.path(),
                                     .author = "me"});
  }
};

std::size_t entries(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), {}));
}

}  // namespace

TEST_CASE("the folder of the best holds source, object, how to build it and what was measured") {
  const Made made;
  (void)made.write();
  CHECK(fihost::read_text(made.best / "best.cpp") == made.program.source);
  CHECK(fihost::read_text(made.best / "best.so") == "ELF");
  CHECK((fs::status(made.best / "best.so").permissions() & fs::perms::owner_exec) !=
        fs::perms::none);
  const auto text = fihost::read_text(made.best / "best.md");
  CAPTURE(text);
  for (const char* part :
       {"# `gen_3`", "1.50x the seed `naive`, 95 % [1.4", "fihost build best.cpp -o best.so",
        "Test CPU", "seq_len=512", "fihost 1.2.3", "1980 to 1980 MHz"}) {
    CAPTURE(part);
    CHECK(text.find(part) != std::string::npos);
  }
  const auto rankings = fihost::read_rankings(made.best / "ranking.json");
  REQUIRE(rankings.front().candidates.size() == 2);
  CHECK(rankings.front().candidates[0].name == "gen_3");
  CHECK(rankings.front().candidates[0].rank == 1);
  CHECK(rankings.front().candidates[1].name == "naive");
}

TEST_CASE("a new best replaces the folder as a whole and leaves nothing beside it") {
  Made made;
  (void)made.write();
  fihost::write_text(made.best / "of_the_first", "");
  made.program = sample::program(7, 9, 2);
  made.program.language = fihost::search::Language::cuda;
  (void)made.write();
  CHECK_FALSE(fs::exists(made.best / "of_the_first"));
  CHECK_FALSE(fs::exists(made.best / "best.cpp"));
  CHECK(fihost::read_text(made.best / "best.cu") == made.program.source);
  CHECK(entries(made.best.parent_path()) == 1);
}

TEST_CASE("a best that cannot be written leaves the earlier one as it was") {
  Made made;
  (void)made.write();
  const auto before = fihost::read_text(made.best / "best.md");
  made.program.note = "another";
  fs::remove(made.folder.path() / "object.so");
  CHECK_THROWS_AS((void)made.write(), fihost::Error);
  CHECK(fihost::read_text(made.best / "best.md") == before);
  CHECK(entries(made.best.parent_path()) == 1);
}

TEST_CASE("where no solution can be made the reason is told and the rest is there") {
  const Made made;
  const auto notes = made.write();
  REQUIRE(notes.size() == 1);
  CHECK(notes[0].find("no solution.json: ") == 0);
  CHECK_FALSE(fs::exists(made.best / "solution.json"));
  CHECK(fs::exists(made.best / "best.so"));
}
