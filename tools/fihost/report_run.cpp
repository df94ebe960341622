#include "tools/fihost/report_run.hpp"

#include <unistd.h>

#include <fstream>
#include <optional>

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/report/run_document.hpp"
#include "core/report/run_html.hpp"
#include "core/report/run_reader.hpp"
#include "core/report/run_summary.hpp"
#include "tools/fihost/standard_output.hpp"

namespace fihost {
namespace {

namespace fs = std::filesystem;

bool begins_with(const fs::path& file, std::string_view wanted) {
  std::string head(wanted.size(), '\0');
  std::ifstream in(file, std::ios::binary);
  return in.read(head.data(), static_cast<std::streamsize>(head.size())) && head == wanted;
}

/// As --json writes it: the schema stands first.
bool is_document(const fs::path& file) {
  return begins_with(file, "{\n  \"schema\": \"fihost.run/") ||
         begins_with(file, "{\"schema\": \"fihost.run/") ||
         begins_with(file, "{\"schema\":\"fihost.run/");
}

/// A SQLite file, or a folder with the one that a run keeps. Traces have neither.
bool is_store(const fs::path& path) {
  const auto file = fs::is_directory(path) ? path / "run.sqlite" : path;
  return begins_with(file, "SQLite format 3");
}

}  // namespace

bool is_run(const fs::path& path) { return is_document(path) || is_store(path); }

int report_run(const Arguments& arguments, const fs::path& path) {
  const auto output = arguments.path("output");
  if (output && arguments.has("json")) {
    throw Error("report: --json goes to stdout and --output writes a page; give one of them",
                Fault::usage);
  }
  std::optional<RunRecord> run;
  Json document;
  if (is_document(path)) {
    document = read_json(path);
  } else {
    run = read_run(search::RunStore::view(search::run_file(path)));
  }
  if (run && !output && !arguments.has("json")) {
    print(run_summary(*run, terminal_of(STDOUT_FILENO)));
    return 0;
  }
  if (run) document = run_document(*run);
  check_run_document(document, path.string());
  if (output) {
    const auto page = run_html(document);
    if (*output == "-") {
      print(page);
    } else {
      write_text(*output, page);
    }
  } else {
    print_json(document);
  }
  return 0;
}

}  // namespace fihost
