// From a tree to a configuration, by the table of keys.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/search/config.hpp"

namespace fihost::search {

/// Where a configuration comes from, for errors.
struct ConfigOrigin {
  std::string name;  ///< of the file
  /// Line of a JSON pointer, from 1; empty: lines are not known.
  std::function<int(const std::string& pointer)> line;

  [[nodiscard]] std::string at(const std::string& pointer) const;  ///< "file:12"
};

[[nodiscard]] EvolveConfig read_tree(const Json& tree, const ConfigOrigin& origin,
                                     std::vector<std::string>& notes);

}  // namespace fihost::search
