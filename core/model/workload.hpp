// One line of a FlashInfer Trace workload file: concrete axes and where each input comes from.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/json.hpp"
#include "core/model/definition.hpp"

namespace fihost {

struct RandomInput {};
struct ScalarInput {
  std::variant<bool, std::int64_t, double> value;  ///< JSON true, 1 and 1.0 stay apart
};
struct SafetensorsInput {
  std::string path;  ///< as written: absolute, or relative to the dataset's root
  std::string tensor_key;
};
using InputSource = std::variant<RandomInput, ScalarInput, SafetensorsInput>;

/// What any implementation must at least move and compute; gives the roofline.
struct Cost {
  double bytes = 0;
  double flops = 0;
};

struct Workload {
  std::string uuid;
  std::map<std::string, std::int64_t> axes;   ///< the variable ones
  std::map<std::string, InputSource> inputs;  ///< an input that is absent is random
  /// fihost's own additions to the line, both optional: integer parameters for the task's generator
  /// in the file's order, and the roofline's cost.
  std::vector<std::pair<std::string, std::int64_t>> generator;
  std::optional<Cost> cost;
};

/// Convert the `workload` object of one line, with `generator` and `cost` beside it. Throws Error
/// with `origin` ("file:line") on a violation of the schema or of the definition.
[[nodiscard]] Workload parse_workload(const Json& line, const Definition& definition,
                                      const std::string& origin);

/// Every line of a JSONL text that belongs to `definition`; blank lines are skipped.
[[nodiscard]] std::vector<Workload> parse_workloads(std::string_view text,
                                                    const Definition& definition,
                                                    const std::string& origin);

/// The line's `workload` object again, in the format's key order.
[[nodiscard]] Json to_json(const Workload& workload);

}  // namespace fihost
