#include "core/plugin/registry.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>
#include <system_error>

#include "core/base/error.hpp"
#include "core/plugin/config_schema.hpp"
#include "core/plugin/plugin_library.hpp"

namespace fihost {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 5> known_kinds = {"mutator/1", "executor/1", "scorer/1",
                                                         "llm/1", "profiler/1"};

/// The *.so of a folder by name, so that two machines agree on which of two equal ids wins.
std::vector<fs::path> libraries(const fs::path& folder) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".so") found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

Registry::Registry(const std::vector<fs::path>& folders) {
  std::vector<fs::path> seen;
  for (const fs::path& folder : folders) {
    std::error_code error;
    const fs::path real = fs::canonical(folder, error);
    if (error || !fs::is_directory(real, error)) {
      refusals_.push_back({folder, "no such folder on the plugin path"});
      continue;
    }
    if (std::find(seen.begin(), seen.end(), real) != seen.end()) continue;
    seen.push_back(real);
    try {
      for (const fs::path& library : libraries(folder)) add_library(library);
    } catch (const fs::filesystem_error& e) {
      refusals_.push_back({folder, e.code().message()});
    }
  }
}

void Registry::add_library(const fs::path& library) {
  const fihost_plugin* plugin = nullptr;
  try {
    plugin = &load_plugin(library);
  } catch (const Error& e) {
    refusals_.push_back({library, e.what()});
    return;
  }
  for (std::uint32_t i = 0; i < plugin->num_components; ++i) {
    const fihost_component* table = plugin->components[i];
    if (const auto reason = component_refusal(table); !reason.empty()) {
      refusals_.push_back({library, fmt::format("component {}: {}", i, reason)});
      continue;
    }
    add_component(*table, library);
  }
}

void Registry::add_component(const fihost_component& table, const fs::path& library) {
  const auto refuse = [&](const std::string& reason) {
    refusals_.push_back({library, fmt::format("component {}: {}", table.id, reason)});
  };
  if (std::find(known_kinds.begin(), known_kinds.end(), table.kind) == known_kinds.end()) {
    return refuse(
        fmt::format("its kind is '{}', known are {}", table.kind, fmt::join(known_kinds, ", ")));
  }
  const auto same = std::find_if(components_.begin(), components_.end(),
                                 [&](const ComponentInfo& other) { return other.id == table.id; });
  if (same != components_.end()) {
    return refuse(
        fmt::format("{} has a component of this id and comes first", same->library.string()));
  }
  components_.push_back({table.kind, table.id, table.version, table.summary, library});
  tables_.push_back(&table);
}

std::unique_ptr<Component> Registry::create(const std::string& kind, const std::string& id,
                                            const Json& config, std::stop_token stop) const {
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < components_.size(); ++i) {
    if (components_[i].kind != kind) continue;
    ids.push_back(components_[i].id);
    if (components_[i].id != id) continue;
    const fihost_component& table = *tables_[i];
    const char* schema = table.config_schema != nullptr ? table.config_schema : "{}";
    const Json given = config.is_null() ? Json::object() : config;
    if (!given.is_object()) {
      throw Error(fmt::format("{}: the configuration is {}, want an object", id, dump(given)),
                  Fault::usage);
    }
    ConfigSchema(schema, id).check(given);
    return std::make_unique<Component>(table, given, std::move(stop));
  }
  throw Error(fmt::format("no {} component is called '{}'; there {}", kind, id,
                          ids.empty() ? "is none of that kind on the plugin path"
                                      : fmt::format("is: {}", fmt::join(ids, ", "))),
              Fault::usage);
}

std::vector<fs::path> plugin_path(const std::vector<fs::path>& given, const fs::path& prefix) {
  std::vector<fs::path> folders = given;
  const char* variable = std::getenv("FIHOST_PLUGIN_PATH");
  std::string_view list = variable != nullptr ? variable : "";
  while (!list.empty()) {
    const auto colon = std::min(list.find(':'), list.size());
    if (colon != 0) folders.emplace_back(list.substr(0, colon));
    list.remove_prefix(std::min(colon + 1, list.size()));
  }
  folders.push_back(prefix / "lib" / "fihost" / "plugins");
  return folders;
}

}  // namespace fihost
