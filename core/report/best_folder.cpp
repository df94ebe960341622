#include "core/report/best_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "core/base/error.hpp"
#include "core/report/markdown.hpp"
#include "core/report/quantity.hpp"
#include "core/report/ranking_json.hpp"
#include "core/report/run_standing.hpp"
#include "core/solution/packer.hpp"

namespace fihost {
namespace {

namespace fs = std::filesystem;

/// `path` beside itself: on the same file system, so that it can be renamed.
fs::path beside(const fs::path& path, const char* suffix) {
  auto name = path.filename().string() + suffix + std::to_string(::getpid());
  return path.parent_path() / ("." + name);
}

/// Whatever goes wrong, no half of a folder stays.
struct Scratch {
  fs::path path;
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
};

/// Best first. Both have the score that the run gave them.
Ranking ranking_of(const BestProgram& best) {
  Ranking ranking = best.about;
  ranking.candidates = {best.program.result};
  if (best.seed.id != best.program.id) ranking.candidates.push_back(best.seed.result);
  ranking.candidates = ranked(std::move(ranking.candidates));
  return ranking;
}

std::string build_line(const BestProgram& best, const std::string& source) {
  auto line = fmt::format("fihost build {} -o best.so", source);
  if (best.program.language == search::Language::cuda && !best.about.environment.archs.empty()) {
    line += fmt::format(" --arch {}", fmt::join(best.about.environment.archs, ","));
  }
  return line;
}

std::string clock_line(const CandidateResult& result) {
  std::vector<double> clocks;
  for (const auto& w : result.workloads) {
    if (w.trial.timing && w.trial.timing->sm_mhz > 0) clocks.push_back(w.trial.timing->sm_mhz);
  }
  if (clocks.empty()) return {};
  const auto [low, high] = std::minmax_element(clocks.begin(), clocks.end());
  return fmt::format("- SM clock while timing: {:.0f} to {:.0f} MHz\n", *low, *high);
}

std::string description(const BestProgram& best, const Ranking& ranking,
                        const std::string& source) {
  const auto& program = best.program;
  auto text = fmt::format("# {}\n\n", code_span(program.name));
  if (!program.note.empty()) text += code_span(program.note) + "\n\n";
  if (const auto ratio = speed_ratio(program.result, best.seed.result);
      ratio && program.id != best.seed.id) {
    text += fmt::format("{} the seed {}", speedup_text(ratio->value), code_span(best.seed.name));
    if (ratio->interval) {
      text += fmt::format(", 95 % [{}, {}]", speedup_text(ratio->interval->low),
                          speedup_text(ratio->interval->high));
    }
    text += ", each timed alone.\n\n";
  }
  text += fmt::format("```sh\n{}\n```\n\n", build_line(best, source)) + markdown({ranking}) + "\n";
  const auto& made = ranking.environment;
  text += fmt::format("- fihost {}, {}\n- host CPU: {}\n- compilers: {}; {}\n", made.fihost,
                      made.time, code_span(made.cpu), code_span(made.cxx), code_span(made.nvcc));
  return text + clock_line(program.result);
}

/// Reads the source from `folder`, where it was just written.
std::string pack(const fs::path& folder, const std::string& source, const BestProgram& best) {
  try {
    const auto packed = pack_candidate({.source = folder / source,
                                        .name = best.program.name,
                                        .author = best.author,
                                        .definition = best.definition,
                                        .workloads = best.workloads,
                                        .prefix = best.prefix});
    write_text(folder / "solution.json", dump(to_json(packed.solution), 2) + "\n");
    return {};
  } catch (const Error& error) {
    if (error.fault() == Fault::internal) throw;
    return fmt::format("no solution.json: {}", error.what());
  }
}

void fill(const fs::path& folder, const std::string& source, const BestProgram& best) {
  const auto ranking = ranking_of(best);
  write_text(folder / source, best.program.source);
  write_text(folder / "best.so", read_text(best.object));
  fs::permissions(folder / "best.so",
                  fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec,
                  fs::perm_options::add);
  write_text(folder / "ranking.json", dump(to_json(ranking), 2) + "\n");
  write_text(folder / "best.md", description(best, ranking, source));
}

/// `fresh` takes the place of `folder`; what was there is removed.
void replace(const fs::path& folder, const fs::path& fresh) {
  if (!fs::exists(folder)) {
    fs::rename(fresh, folder);
    return;
  }
  if (::renameat2(AT_FDCWD, fresh.c_str(), AT_FDCWD, folder.c_str(), RENAME_EXCHANGE) == 0) {
    fs::remove_all(fresh);
    return;
  }
  // Some file systems cannot exchange: then there is no folder for a moment.
  const auto old = beside(folder, ".old.");
  fs::rename(folder, old);
  fs::rename(fresh, folder);
  fs::remove_all(old);
}

}  // namespace

std::vector<std::string> write_best(const fs::path& path, const BestProgram& best) {
  const auto folder = fs::absolute(path).lexically_normal();
  const auto source = "best" + std::string(search::suffix(best.program.language));
  const Scratch fresh{beside(folder, ".new.")};
  std::vector<std::string> notes;
  try {
    fs::remove_all(fresh.path);
    fs::create_directories(fresh.path);
    fill(fresh.path, source, best);
    if (auto note = pack(fresh.path, source, best); !note.empty()) notes.push_back(std::move(note));
    replace(folder, fresh.path);
  } catch (const fs::filesystem_error& error) {
    fail("{}: cannot be replaced: {}", folder.string(), error.code().message());
  }
  return notes;
}

}  // namespace fihost
