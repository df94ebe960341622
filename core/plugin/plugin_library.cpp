#include "core/plugin/plugin_library.hpp"

#include <dlfcn.h>

// 1.74 lacks this include of its own when it is told to use std::filesystem.
#include <array>
#include <boost/dll/shared_library.hpp>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "core/plugin/config_schema.hpp"
#include "core/plugin/library_scan.hpp"

namespace fihost {
namespace {

namespace dll = boost::dll;

/// The loader's own words within Boost's; its error codes mean nothing.
std::string loader_text(std::string_view what) {
  constexpr std::string_view before = "dlerror system message: ", after = "): ";
  const auto begin = what.find(before);
  if (begin == std::string_view::npos) return std::string(what);
  what.remove_prefix(begin + before.size());
  return std::string(what.substr(0, what.rfind(after)));
}

/// "" when the table is one of this ABI, has `size_wanted` bytes and no flags beyond `known_flags`.
std::string header_refusal(const fihost_header& header, std::size_t size_wanted,
                           std::uint32_t known_flags) {
  if (header.magic != FIHOST_MAGIC) {
    return fmt::format("magic is {:#010x}, want {:#010x}", header.magic, FIHOST_MAGIC);
  }
  if (header.abi_version != FIHOST_ABI_VERSION) {
    return fmt::format("abi_version is {}, want {}: rebuild it with this fihost's SDK",
                       header.abi_version, FIHOST_ABI_VERSION);
  }
  if (header.struct_size < size_wanted) {
    return fmt::format("struct_size is {}, want at least {}", header.struct_size, size_wanted);
  }
  if ((header.flags & ~known_flags) != 0) {
    return fmt::format("flags are {:#x}, known are {:#x}: it needs a newer fihost", header.flags,
                       known_flags);
  }
  return "";
}

// Sizes of the tables as of 1.0. What was appended since is read behind FIHOST_HAS() only.
constexpr std::size_t plugin_size = 40;
constexpr std::size_t component_size = 80;

}  // namespace

const fihost_plugin& load_plugin(const std::filesystem::path& path) {
  if (const auto reason = plugin_refusal(path); !reason.empty()) throw Error(reason);
  // NODELETE: closing the handle at the end of this function leaves the object where it is.
  constexpr auto mode = static_cast<dll::load_mode::type>(RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  const fihost_plugin* plugin = nullptr;
  try {
    const dll::shared_library library(std::filesystem::absolute(path), mode);
    plugin = &library.get<const fihost_plugin>("fihost_plugin_v1");
  } catch (const std::exception& e) {
    throw Error("cannot be loaded: " + loader_text(e.what()));
  }
  if (const auto reason = header_refusal(plugin->header, plugin_size, 0); !reason.empty()) {
    throw Error("plugin table: " + reason);
  }
  if (plugin->name == nullptr) throw Error("plugin table: name is NULL");
  if (plugin->num_components > 0 && plugin->components == nullptr) {
    throw Error("plugin table: components is NULL");
  }
  return *plugin;
}

std::string component_refusal(const fihost_component* table) {
  if (table == nullptr) return "is NULL";
  if (auto reason = header_refusal(table->header, component_size, FIHOST_COMPONENT_FLAG_CONCURRENT);
      !reason.empty()) {
    return reason;
  }
  const std::array<std::pair<const void*, const char*>, 7> wanted = {{
      {table->kind, "kind"},
      {table->id, "id"},
      {table->version, "version"},
      {table->summary, "summary"},
      {reinterpret_cast<const void*>(table->create), "create"},
      {reinterpret_cast<const void*>(table->invoke), "invoke"},
      {reinterpret_cast<const void*>(table->destroy), "destroy"},
  }};
  for (const auto& [field, name] : wanted) {
    if (field == nullptr) return fmt::format("{} is NULL", name);
  }
  if (table->config_schema == nullptr) return "";
  try {
    static_cast<void>(ConfigSchema(table->config_schema, table->id));
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

}  // namespace fihost
