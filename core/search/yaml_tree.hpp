// YAML as JSON values, with the line of every part.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "core/base/json.hpp"

namespace fihost::search {

struct YamlTree {
  Json value;
  std::map<std::string, int>
      lines;  ///< from 1, by JSON pointer; a member's line is that of its key

  /// Line of what `pointer` names, else of the nearest part above it.
  [[nodiscard]] int line_of(std::string pointer) const;
};

/// One document. Plain scalars have the types of YAML 1.2's core schema, quoted ones are text; an
/// empty document is null. Throws Error (usage) "<origin>:<line>: ..." for what is malformed, for a key
/// that stands twice, and for tags that are not YAML's own.
[[nodiscard]] YamlTree parse_yaml(std::string_view text, const std::string& origin);

}  // namespace fihost::search
