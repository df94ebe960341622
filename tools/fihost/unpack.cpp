// fihost unpack SOLUTION.json
#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/solution/unpacker.hpp"
#include "tools/fihost/evaluation_options.hpp"
#include "tools/fihost/standard_output.hpp"
#include "tools/fihost/subcommand.hpp"

namespace fihost {
namespace {

int run(const Arguments& arguments, std::stop_token) {
  if (arguments.paths().size() != 1) {
    throw Error("unpack: give one solution; see fihost unpack --help", Fault::usage);
  }
  const std::filesystem::path path = arguments.paths().front();
  if (!std::filesystem::exists(path)) {
    throw Error(path.string() + ": there is no such file", Fault::usage);
  }
  const auto solution = parse_solution(read_json(path), path.string());
  const auto folder = arguments.path("output").value_or(folder_name(solution));
  const auto files = unpack(solution, folder, arguments.has("force"));
  if (arguments.has("json")) {
    Json names = Json::array();
    for (const auto& file : files) names.push_back(file.string());
    print_json({{"schema", "fihost.unpack/1"},
                {"folder", folder.string()},
                {"hash", content_hash(solution)},
                {"files", names}});
  } else {
    for (const auto& file : files) print(file.string() + "\n");
  }
  return 0;
}

}  // namespace

Subcommand unpack_subcommand() {
  return {
      .name = "unpack",
      .usage = "unpack SOLUTION.json [-o DIR]",
      .summary = "write a solution's sources and its config.toml to files",
      .detail =
          "The sources go to DIR/solution/<language>/, where a starter kit has them; fihost pack "
          "DIR\n"
          "makes the same solution again.",
      .examples = {"fihost unpack solution.json -o mine"},
      .options = {{.name = "output",
                   .value = "DIR",
                   .help = "where to (default: a folder with the solution's name)",
                   .letter = 'o',
                   .hint = Option::Hint::folder},
                  {.name = "force", .help = "overwrite files that are there"},
                  json_option()},
      .actions = {},
      .run = run,
  };
}

}  // namespace fihost
