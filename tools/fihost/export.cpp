// fihost export RUN
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "core/base/cancelled.hpp"
#include "core/base/error.hpp"
#include "core/search/run_store.hpp"
#include "tools/fihost/standard_output.hpp"
#include "tools/fihost/subcommand.hpp"

namespace fihost {
namespace {

namespace fs = std::filesystem;

/// A file that is there whole, or not at all.
class ExportFile {
 public:
  explicit ExportFile(const fs::path& path)
      : path_(path),
        unfinished_(path.string() + ".new"),
        file_(std::fopen(unfinished_.c_str(), "we")) {
    if (!file_) refuse();
  }
  ExportFile(const ExportFile&) = delete;
  ExportFile& operator=(const ExportFile&) = delete;
  ~ExportFile() {
    std::error_code ignored;
    if (file_) fs::remove(unfinished_, ignored);
  }

  void write(const std::string& line) {
    if (std::fwrite(line.data(), 1, line.size(), file_.get()) != line.size()) refuse();
  }
  void finish() {
    if (std::fflush(file_.get()) != 0 || std::rename(unfinished_.c_str(), path_.c_str()) != 0) {
      refuse();
    }
    file_.reset();
  }

 private:
  struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };

  [[noreturn]] void refuse() const {
    fail("cannot write {}: {}", path_.string(), errno_text(errno));
  }

  fs::path path_;
  std::string unfinished_;
  std::unique_ptr<std::FILE, Close> file_;
};

int run(const Arguments& arguments, std::stop_token stop) {
  if (arguments.paths().size() != 1) {
    throw Error("export: give one run, its folder or its file; see fihost export --help",
                Fault::usage);
  }
  const auto run = search::RunStore::view(search::run_file(arguments.paths().front()));
  const auto output = arguments.path("output");
  if (!output) {
    search::export_jsonl(run, [&](const std::string& line) {
      check_cancelled(stop);
      print(line + "\n");
    });
    return 0;
  }
  ExportFile file(*output);
  search::export_jsonl(run, [&](const std::string& line) {
    check_cancelled(stop);
    file.write(line + "\n");
  });
  file.finish();
  return 0;
}

}  // namespace

Subcommand export_subcommand() {
  return {
      .name = "export",
      .usage = "export RUN",
      .summary = "everything that a run of fihost evolve holds, as JSON lines",
      .detail =
          "RUN is a run's folder or its run.sqlite; it may be being written. Each line is an\n"
          "object with its \"type\": run, event, attempt, program, exchange, rematch, profile,\n"
          "measurement, placement; in the order in which they were written.",
      .examples = {"fihost export runs/rmsnorm -o run.jsonl  # for other tools",
                   "fihost export runs/rmsnorm | jq -r 'select(.type == \"attempt\") | .outcome'"},
      .options = {{.name = "jsonl", .help = "one JSON object a line (the default)"},
                  {.name = "output",
                   .value = "FILE",
                   .help = "write there instead of to the standard output",
                   .letter = 'o',
                   .hint = Option::Hint::file}},
      .actions = {},
      .run = run,
  };
}

}  // namespace fihost
