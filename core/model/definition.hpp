// A FlashInfer Trace definition: what an operation takes and gives.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/model/dtype.hpp"
#include "core/model/lax_json.hpp"

namespace fihost {

/// A named extent. `value` is set for a constant axis; a variable one gets its value per workload.
struct Axis {
  std::string name;
  std::optional<std::int64_t> value;
  std::string description;
};

/// One input or output. No shape means a scalar, which is passed by value.
struct TensorSpec {
  std::string name;
  std::optional<std::vector<std::string>> shape;  ///< axis names; empty list: a 0-d tensor
  DType dtype = DType::float32;
  std::string description;
  [[nodiscard]] bool scalar() const noexcept { return !shape.has_value(); }
};

/// FlashInfer Trace's rule: an element fails when abs > atol AND rel > rtol; an output passes when
/// at least `required_matched_ratio` of its elements match (1 when unset).
struct Tolerance {
  double atol = 1e-2;
  double rtol = 1e-2;
  std::optional<double> required_matched_ratio;
};

/// All orders are the file's order, which is the calling order.
struct Definition {
  std::string name;
  std::string op_type;
  std::string description;
  std::vector<Axis> axes;
  std::vector<TensorSpec> inputs;
  std::vector<TensorSpec> outputs;
  std::string reference;  ///< Python source with a top-level run()
  std::vector<std::string> tags;
  std::vector<std::string> constraints;
  Tolerance tolerance;  ///< from the `fihost.tolerance` object of the file, else the format's
                        ///< defaults (with 0.95 for names holding "moe_fp8_block_scale")
};

/// Axis values of one workload: name -> extent, variable and constant ones together.
using AxisValues = std::map<std::string, std::int64_t>;

/// Check and convert, adding what is wrong to `bad`; what is returned then is of no use. Unknown keys
/// are ignored.
[[nodiscard]] Definition read_definition(const Json& json, Violations& bad);

/// The same. `origin` names the file in errors. Throws Error listing every violation of the
/// schema, one per line after the first.
[[nodiscard]] Definition parse_definition(const Json& json, const std::string& origin);

/// The definition as its file has it, as far as it is known here.
[[nodiscard]] Json to_json(const Definition& definition);

/// Extents of `spec`; a scalar has none. Throws Error when an axis has no value.
[[nodiscard]] std::vector<std::int64_t> extents(const TensorSpec& spec, const AxisValues& values);

/// The definition's constants joined with a workload's variable axes. Throws Error when one is
/// missing or unknown.
[[nodiscard]] AxisValues axis_values(const Definition& definition,
                                     const std::map<std::string, std::int64_t>& variable);

}  // namespace fihost
