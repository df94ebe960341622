// What a Python interpreter says of the Python in a dataset.
#pragma once

#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/model/definition.hpp"

namespace fihost {

/// Faults by definition name, found by parsing every reference and constraint with `python3` in one
/// process; nothing is executed. None when there is no interpreter.
[[nodiscard]] std::optional<std::map<std::string, std::vector<std::string>>> python_faults(
    const std::vector<const Definition*>& definitions, std::stop_token stop = {});

}  // namespace fihost
