// One plugin's shared object in this process.
#pragma once

#include <fihost/plugin.h>

#include <filesystem>
#include <string>

namespace fihost {

/// Load `path` and give its table, which is valid until the process ends: a plugin is never
/// unloaded, since a thread or a string of it may still be in use. Throws Error, without the path,
/// with the one line why it was refused.
[[nodiscard]] const fihost_plugin& load_plugin(const std::filesystem::path& path);

/// Why a component's table cannot be used, or "".
[[nodiscard]] std::string component_refusal(const fihost_component* table);

}  // namespace fihost
