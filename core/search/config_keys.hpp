// Every key of a configuration: where its value lives, what it may be, what it is for. Reading,
// printing and docs/evolve-config.md are made from this table.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "core/search/config.hpp"

namespace fihost::search {

template <class T>
using Place = T& (*)(EvolveConfig&);

using AnyPlace =
    std::variant<Place<bool>, Place<std::size_t>, Place<double>, Place<std::optional<double>>,
                 Place<std::string>, Place<std::vector<std::string>>, Place<ParentSelection>,
                 Place<std::map<std::string, std::size_t>>,
                 Place<std::map<std::string, std::vector<double>>>>;

struct ConfigKey {
  std::string section;  ///< empty: top level
  std::string name;
  AnyPlace place;
  double low = 0, high = 0;        ///< of numbers, both included
  std::vector<std::string> words;  ///< all that a text may be; empty: any
  std::string help;                ///< one line, no full stop
};

/// In the order of the sections.
[[nodiscard]] const std::vector<ConfigKey>& config_keys();

struct ConfigSection {
  std::string name;
  std::string help;
  bool open = false;  ///< what is not in the table is handed to a plugin as it is
};
/// In the order in which they are printed; the first is the top level.
[[nodiscard]] const std::vector<ConfigSection>& config_sections();

/// A key of OpenEvolve's that does nothing here.
struct ForeignKey {
  std::string section, name;
  std::string reason;
};
[[nodiscard]] const std::vector<ForeignKey>& foreign_keys();

/// "an integer from 1 to 1000": what the key takes, for people.
[[nodiscard]] std::string wanted(const ConfigKey& key);

[[nodiscard]] std::string_view name(ParentSelection selection);

}  // namespace fihost::search
