// The components that were found on the plugin path, by kind and id.
#pragma once

#include <fihost/plugin.h>

#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/plugin/component.hpp"

namespace fihost {

/// One component as `fihost plugins` lists it.
struct ComponentInfo {
  std::string kind;  ///< "scorer/1"
  std::string id;    ///< "scorer.geomean"
  std::string version;
  std::string summary;
  std::filesystem::path library;
};

/// A file or component that was not taken, and why.
struct Refusal {
  std::filesystem::path library;
  std::string reason;
};

/// Files are scanned for the entry symbol without loading them; what has it is loaded and kept
/// until the process ends. A bad file or component becomes a refusal, never an exception.
class Registry {
 public:
  /// Every *.so of `folders`, in order and by name; the first of two equal ids wins.
  explicit Registry(const std::vector<std::filesystem::path>& folders);

  [[nodiscard]] const std::vector<ComponentInfo>& components() const noexcept {
    return components_;
  }
  [[nodiscard]] const std::vector<Refusal>& refusals() const noexcept { return refusals_; }

  /// Make an instance. `config` (null: {}) is checked against the component's config_schema first.
  /// Throws Error naming the ids of that kind when `id` is not one of them, or the offending key.
  [[nodiscard]] std::unique_ptr<Component> create(const std::string& kind, const std::string& id,
                                                  const Json& config,
                                                  std::stop_token stop = {}) const;

 private:
  void add_library(const std::filesystem::path& library);
  void add_component(const fihost_component& table, const std::filesystem::path& library);

  std::vector<ComponentInfo> components_;
  std::vector<Refusal> refusals_;
  std::vector<const fihost_component*> tables_;  // parallel to components_
};

/// `given` (--plugin-path), then $FIHOST_PLUGIN_PATH (colon list), then
/// <prefix>/lib/fihost/plugins.
[[nodiscard]] std::vector<std::filesystem::path> plugin_path(
    const std::vector<std::filesystem::path>& given, const std::filesystem::path& prefix);

}  // namespace fihost
