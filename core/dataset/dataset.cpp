#include "core/dataset/dataset.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/file_tree.hpp"
#include "core/base/json_lines.hpp"
#include "core/base/json_positions.hpp"

namespace fihost {
namespace {

namespace fs = std::filesystem;

/// Collects problems, or throws at the first.
class Reporter {
 public:
  Reporter(std::vector<Problem>& problems, LoadMode mode) : problems_(problems), mode_(mode) {}

  void add(Problem problem) {
    if (mode_ == LoadMode::strict) throw Error(text(problem));
    problems_.push_back(std::move(problem));
  }
  /// `e` begins with "file:line: " or "file: " where it is known.
  void add(const fs::path& file, int line, const Error& e) {
    std::string what = e.what();
    const auto prefix = fmt::format("{}:{}: ", file.string(), line);
    if (what.starts_with(prefix)) what.erase(0, prefix.size());
    add({file, line, std::move(what)});
  }

 private:
  std::vector<Problem>& problems_;
  LoadMode mode_;
};

/// The line that a message "file:LINE: ..." names.
int line_in(const fs::path& file, const Error& e) {
  const std::string what = e.what();
  const auto prefix = file.string() + ":";
  if (!what.starts_with(prefix)) return 1;
  const auto line = std::atoi(what.c_str() + prefix.size());
  return std::max(line, 1);
}

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

void check_mark(const fs::path& file, std::string_view text, Reporter& reporter) {
  if (!text.starts_with(byte_order_mark)) return;
  reporter.add(
      {file, 1, "it starts with a byte order mark, which Python's readers refuse; remove it"});
}

/// One JSON document a file. `read` is read_definition() or read_solution().
template <class T>
void read_documents(const fs::path& folder, T (*read)(const Json&, Violations&),
                    std::vector<Located<T>>& out, Reporter& reporter) {
  for (const auto& file : files_below(folder, ".json")) {
    try {
      if (fs::file_size(file) > longest_json_line) {
        fail("{}:1: the file is larger than {} MiB, which no definition and no solution needs",
             file.string(), longest_json_line >> 20);
      }
      const auto text = read_text(file);
      check_mark(file, text, reporter);
      Violations bad;
      auto value = read(parse_lax_json(text, file.string()), bad);
      if (bad.empty()) {
        out.push_back({std::move(value), file, 1});
        continue;
      }
      const JsonPositions positions(text);
      for (const auto& violation : bad.all()) {
        reporter.add({file, positions.line_of(violation.pointer), violation.text});
      }
    } catch (const Error& e) {
      reporter.add(file, line_in(file, e), e);
    }
  }
}

/// Solution and evaluation are both absent in workload files, and not both absent in trace files.
enum class LineKind { workload, trace };

void check_kind(const Trace& trace, LineKind kind, Violations& bad) {
  const bool alone = !trace.solution && !trace.evaluation;
  if (kind == LineKind::workload && !alone) {
    bad.add("\"solution\" and \"evaluation\" must be null in a workload file");
  }
  if (kind == LineKind::trace && alone) {
    bad.add("a trace file wants a \"solution\" or an \"evaluation\"");
  }
}

void read_trace_file(const fs::path& file, LineKind kind, std::vector<Located<Trace>>& out,
                     Reporter& reporter) {
  try {
    JsonLines lines(file);
    for (std::string_view line; lines.next(line);) {
      if (lines.number() == 1) check_mark(file, line, reporter);
      try {
        Violations bad;
        auto trace = read_trace(parse_lax_json(line, lines.origin()), bad);
        if (bad.empty()) check_kind(trace, kind, bad);
        for (const auto& violation : bad.all()) {
          reporter.add({file, lines.number(), violation.text});
        }
        if (bad.empty()) out.push_back({std::move(trace), file, lines.number()});
      } catch (const Error& e) {
        // The parser counts lines within the line.
        std::string what = e.what();
        const auto prefix = lines.origin() + ":1: ";
        if (what.starts_with(prefix)) what.erase(0, prefix.size());
        reporter.add(file, lines.number(), Error(what));
      }
    }
  } catch (const Error& e) {
    reporter.add(file, line_in(file, e), e);
  }
}

/// The first of each name stays; the others become problems.
template <class T>
void check_unique(std::vector<Located<T>>& all, const char* what, Reporter& reporter) {
  std::map<std::string, fs::path> file_of;
  std::vector<Located<T>> unique;
  for (auto& each : all) {
    const auto [first, fresh] = file_of.emplace(each.value.name, each.file);
    if (fresh) {
      unique.push_back(std::move(each));
    } else {
      reporter.add({each.file, each.line,
                    fmt::format("the {} \"{}\" is already in {}; names are unique in a dataset",
                                what, first->first, first->second.string())});
    }
  }
  all = std::move(unique);
}

bool is_folder(const fs::path& path) {
  std::error_code code;
  return fs::is_directory(path, code);
}

}  // namespace

std::string text(const Problem& problem) {
  return fmt::format("{}:{}: {}", problem.file.string(), problem.line, problem.text);
}

const Definition* Dataset::definition(const std::string& name) const {
  const auto found = std::find_if(definitions.begin(), definitions.end(),
                                  [&](const auto& each) { return each.value.name == name; });
  return found == definitions.end() ? nullptr : &found->value;
}

Dataset load_dataset(const fs::path& root, LoadMode mode) {
  if (!is_folder(root)) fail("{}: there is no such folder", root.string());
  const auto parts = {"definitions", "workloads", "solutions", "traces"};
  if (std::none_of(parts.begin(), parts.end(), [&](auto part) { return is_folder(root / part); })) {
    fail(
        "{}: not a dataset: it has none of the folders definitions, workloads, solutions and "
        "traces; "
        "fihost dataset init makes one",
        root.string());
  }
  Dataset dataset;
  dataset.root = root;
  Reporter reporter(dataset.problems, mode);
  read_documents<Definition>(root / "definitions", read_definition, dataset.definitions, reporter);
  read_documents<Solution>(root / "solutions", read_solution, dataset.solutions, reporter);
  check_unique(dataset.definitions, "definition", reporter);
  check_unique(dataset.solutions, "solution", reporter);
  for (const auto& file : files_below(root / "workloads", ".jsonl")) {
    read_trace_file(file, LineKind::workload, dataset.workloads, reporter);
  }
  for (const auto& file : files_below(root / "traces", ".jsonl")) {
    read_trace_file(file, LineKind::trace, dataset.traces, reporter);
  }
  return dataset;
}

std::vector<Located<Trace>> load_traces(const fs::path& path, std::vector<Problem>& problems) {
  std::error_code code;
  if (!fs::exists(path, code)) fail("{}: there is no such file or folder", path.string());
  std::vector<fs::path> files = {path};
  if (is_folder(path)) {
    files = files_below(is_folder(path / "traces") ? path / "traces" : path, ".jsonl");
  }
  std::vector<Located<Trace>> traces;
  Reporter reporter(problems, LoadMode::report_all);
  for (const auto& file : files) read_trace_file(file, LineKind::trace, traces, reporter);
  return traces;
}

}  // namespace fihost
