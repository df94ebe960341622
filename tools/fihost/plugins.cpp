// fihost plugins
#include <unistd.h>

#include <iostream>

#include "core/base/error.hpp"
#include "core/base/paths.hpp"
#include "core/plugin/registry.hpp"
#include "core/report/text_table.hpp"
#include "tools/fihost/evaluation_options.hpp"
#include "tools/fihost/standard_output.hpp"
#include "tools/fihost/subcommand.hpp"

namespace fihost {
namespace {

Json to_json(const Registry& registry) {
  Json components = Json::array(), refusals = Json::array();
  for (const auto& c : registry.components()) {
    components.push_back({{"kind", c.kind},
                          {"id", c.id},
                          {"version", c.version},
                          {"summary", c.summary},
                          {"library", c.library.string()}});
  }
  for (const auto& refusal : registry.refusals()) {
    refusals.push_back({{"library", refusal.library.string()}, {"reason", refusal.reason}});
  }
  return {{"schema", "fihost.plugins/1"},
          {"components", std::move(components)},
          {"refusals", std::move(refusals)}};
}

int run(const Arguments& arguments, std::stop_token) {
  if (!arguments.paths().empty()) {
    throw Error(fmt::format("plugins: '{}' is not wanted; see fihost plugins --help",
                            arguments.paths().front()),
                Fault::usage);
  }
  const auto folders = plugin_path(read_plugin_folders(arguments), install_prefix());
  const Registry registry(folders);
  for (const auto& refusal : registry.refusals()) {
    std::cerr << "warning: " << refusal.library.string() << ": " << refusal.reason << "\n";
  }
  if (arguments.has("json")) {
    print_json(to_json(registry));
  } else {
    TextTable table({{"kind", false, false},
                     {"id", false, false},
                     {"version", false, false},
                     {"summary", false, true},
                     {"library", false, true}});
    for (const auto& c : registry.components()) {
      table.add({c.kind, {c.id, Tone::strong}, c.version, c.summary, c.library.string()});
    }
    if (!registry.components().empty()) print(table.text(terminal_of(STDOUT_FILENO)));
  }
  if (!registry.components().empty()) return 0;
  for (const auto& folder : folders) std::cerr << "no plugin in " << folder.string() << "\n";
  return 1;
}

}  // namespace

Subcommand plugins_subcommand() {
  return {
      .name = "plugins",
      .usage = "plugins",
      .summary = "list the plugins that are found",
      .detail = "Libraries that were found and refused are listed on stderr with the reason.",
      .examples = {"fihost plugins --plugin-path ~/my-plugins"},
      .options = {plugin_path_option(), json_option()},
      .actions = {},
      .run = run,
  };
}

}  // namespace fihost
