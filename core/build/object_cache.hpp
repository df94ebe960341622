// Finished objects, each beside a manifest of what it was made from.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/build/builder.hpp"

namespace fihost {

/// The prerequisites of a make rule, as compilers write them with -MD.
[[nodiscard]] std::vector<std::string> parse_dependencies(std::string_view rule);

/// What one build made, before it is kept.
struct FreshObject {
  std::filesystem::path object;
  std::filesystem::path source;  ///< absolute
  /// Files it was made from. Those under the source's folder may lie elsewhere the next time.
  std::vector<std::filesystem::path> dependencies;
  std::filesystem::file_time_type started;  ///< when the compiler was
};

/// Thread-safe, also between processes: files are replaced whole, the manifest last.
class ObjectCache {
 public:
  /// Keeps everything in `folder`, which is made when needed.
  explicit ObjectCache(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// The kept build of `key` if its object is unharmed and every file it was made from has the same
  /// content still. `source` is where the source lies now.
  [[nodiscard]] std::optional<BuildResult> find(const std::string& key,
                                                const std::filesystem::path& source) const;

  /// Keep a successful build; returns where the object lies now. Throws Error.
  std::filesystem::path keep(const std::string& key, const FreshObject& fresh,
                             const BuildResult& result) const;

 private:
  [[nodiscard]] std::filesystem::path path(const std::string& key, const char* suffix) const {
    return folder_ / (key + suffix);
  }
  std::filesystem::path folder_;
};

}  // namespace fihost
