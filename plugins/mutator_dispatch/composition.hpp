// One source made of two candidates and of what chooses between them.
#pragma once

#include <array>
#include <fihost/context.hpp>
#include <string>

#include "part.hpp"
#include "split.hpp"

namespace dispatch {

/// Where the value of an axis is to be read: "call->inputs[0].shape[1]". Empty when no tensor has it
/// as a dimension of its own.
[[nodiscard]] std::string axis_expression(const fihost::sdk::Json& definition,
                                          const std::string& axis);

/// Why the parts cannot be one object, one line; empty: they can.
[[nodiscard]] std::string mismatch(const std::array<Part, 2>& parts);

struct Composition {
  std::string name, definition;  ///< of the candidate and of the definition
  std::string axis_value;        ///< see axis_expression()
  std::array<std::string, 2> part_names;
  Split split;
};

/// "a up to 90, b above"
[[nodiscard]] std::string describe(const Composition& plan);

/// The whole file: includes, each part in a namespace of its own, and the dispatcher.
[[nodiscard]] std::string compose(const Composition& plan, const std::array<Part, 2>& parts);

}  // namespace dispatch
