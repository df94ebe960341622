// fihost cache info|clear
#include <unistd.h>

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/paths.hpp"
#include "core/eval/result_store.hpp"
#include "core/report/quantity.hpp"
#include "core/report/text_table.hpp"
#include "tools/fihost/evaluation_options.hpp"
#include "tools/fihost/standard_output.hpp"
#include "tools/fihost/subcommand.hpp"

namespace fihost {
namespace {

namespace fs = std::filesystem;

/// A part of the cache folder.
struct Part {
  std::string name;
  fs::path path;
  std::string holds;
};

std::vector<Part> parts_of(const fs::path& cache) {
  return {{"results", result_store_file(cache), "what earlier runs measured, for rank --resume"},
          {"objects", cache / "objects", "compiled candidates"},
          {"golden", cache / "golden", "outputs of PyTorch references"},
          {"tasks", cache / "tasks", "generated workload data of built-in tasks"}};
}

struct Size {
  std::uintmax_t bytes = 0;
  std::size_t files = 0;
};

Size size_of(const fs::path& path) {
  Size size;
  std::error_code code;
  const auto add = [&size](const fs::path& file) {
    std::error_code ignored;
    const auto bytes = fs::file_size(file, ignored);
    if (ignored) return;
    size.bytes += bytes;
    ++size.files;
  };
  if (fs::is_regular_file(path, code)) {
    for (const char* suffix : {"", "-wal", "-shm"}) add(path.string() + suffix);
    return size;
  }
  for (fs::recursive_directory_iterator it(path, code), end; !code && it != end;
       it.increment(code)) {
    std::error_code ignored;
    if (it->is_regular_file(ignored) && !it->is_symlink(ignored)) add(it->path());
  }
  return size;
}

std::string results_text(const fs::path& file) {
  std::error_code code;
  if (!fs::exists(file, code)) return {};
  const auto info = ResultStore(file).info();
  if (info.results == 0) return "no results\n";
  return fmt::format("{} results of {} runs, from {} to {}\n", info.results, info.runs, info.oldest,
                     info.newest);
}

int info(const Arguments& arguments, const fs::path& cache) {
  Json parts = Json::array();
  TextTable table({{"part", false, false},
                   {"size", true, false},
                   {"files", true, false},
                   {"holds", false, true},
                   {"path", false, true}});
  for (const auto& part : parts_of(cache)) {
    const auto size = size_of(part.path);
    parts.push_back({{"part", part.name},
                     {"path", part.path.string()},
                     {"bytes", size.bytes},
                     {"files", size.files}});
    table.add({{part.name, Tone::strong},
               bytes_text(size.bytes),
               std::to_string(size.files),
               part.holds,
               part.path.string()});
  }
  const auto results = results_text(result_store_file(cache));
  if (!arguments.has("json")) {
    print(table.text(terminal_of(STDOUT_FILENO)) + results);
    return 0;
  }
  Json document = {{"schema", "fihost.cache/1"}, {"root", cache.string()}, {"parts", parts}};
  std::error_code code;
  if (fs::exists(result_store_file(cache), code)) {
    const auto store = ResultStore(result_store_file(cache)).info();
    document["results"] = {{"runs", store.runs},
                           {"results", store.results},
                           {"oldest", store.oldest},
                           {"newest", store.newest}};
  }
  print_json(document);
  return 0;
}

std::uintmax_t remove_part(const Part& part) {
  const auto bytes = size_of(part.path).bytes;
  for (const char* suffix : {"", "-wal", "-shm"}) {
    std::error_code code;
    fs::remove_all(part.path.string() + suffix, code);
    if (code) fail("cannot remove {}: {}", part.path.string(), code.message());
  }
  return bytes;
}

int clear(const Arguments& arguments, const fs::path& cache) {
  const auto parts = parts_of(cache);
  std::vector<std::string> names, wanted(arguments.paths().begin() + 1, arguments.paths().end());
  for (const auto& part : parts) names.push_back(part.name);
  for (const auto& name : wanted) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    throw Error(
        fmt::format("cache: there is no part '{}'; there are {}", name, fmt::join(names, ", ")),
        Fault::usage);
  }
  if (wanted.empty()) {
    throw Error(fmt::format("cache: name what to clear: {}", fmt::join(names, ", ")), Fault::usage);
  }
  Json cleared = Json::array();
  for (const auto& part : parts) {
    if (std::find(wanted.begin(), wanted.end(), part.name) == wanted.end()) continue;
    const auto bytes = remove_part(part);
    cleared.push_back({{"part", part.name}, {"bytes", bytes}});
    if (!arguments.has("json"))
      print(fmt::format("{}: {} removed\n", part.name, bytes_text(bytes)));
  }
  if (arguments.has("json")) print_json({{"schema", "fihost.cache_clear/1"}, {"cleared", cleared}});
  return 0;
}

int run(const Arguments& arguments, std::stop_token) {
  const auto cache = fs::absolute(cache_dir());
  const auto& words = arguments.paths();
  if (words.size() == 1 && words.front() == "info") return info(arguments, cache);
  if (!words.empty() && words.front() == "clear") return clear(arguments, cache);
  throw Error("cache: give info, or clear and what to clear; see fihost cache --help",
              Fault::usage);
}

}  // namespace

Subcommand cache_subcommand() {
  return {
      .name = "cache",
      .usage = "cache ACTION [PART...]",
      .summary = "what fihost keeps between runs: show or remove it",
      .detail =
          "info           the parts, their sizes and where they are ($FIHOST_CACHE)\n"
          "clear PART...  remove results, objects, golden or tasks; each is made anew when it is\n"
          "               needed",
      .examples = {"fihost cache info", "fihost cache clear results objects"},
      .options = {json_option()},
      .actions = {"info", "clear"},
      .run = run,
  };
}

}  // namespace fihost
