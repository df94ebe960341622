// The JSON Schema subset that a component may use for its configuration.
#pragma once

#include <string>
#include <string_view>

#include "core/base/json.hpp"

namespace fihost {

/// Understood: type (one name or a list), properties, required, additionalProperties (true or
/// false), items (one schema), enum, minimum, maximum, and the annotations $schema, title,
/// description, default and examples, which change nothing. Any other keyword is refused, because a
/// limit that is not checked is worse than none.
///
/// One difference from the standard: additionalProperties is false when absent, so that a mistyped
/// key is an error and not a silent default.
class ConfigSchema {
 public:
  /// `origin` begins every message, e.g. "scorer.speedup". Throws Error when `text` is no schema of
  /// this subset.
  ConfigSchema(std::string_view text, std::string origin);

  /// Throws Error (usage) naming the first offending key and what was wanted; an unknown key also
  /// gets the nearest known one.
  void check(const Json& value) const;

 private:
  Json schema_;
  std::string origin_;
};

}  // namespace fihost
