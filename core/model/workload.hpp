// One line of a FlashInfer Trace workload file: concrete axes and where each input comes from.
#pragma once

#include <cstdint>
#include <filesystem>
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

/// The `workload` object of any line, as the format defines it; whether it fits a definition is not
/// looked at. What is wrong is added to `bad`, with pointers below `pointer`.
[[nodiscard]] Workload read_workload(const Json& workload, Violations& bad,
                                     const std::string& pointer = "/workload");

/// `workload` as `definition` uses it: axes and inputs that it does not know are dropped, and scalars
/// get the kind (bool, integer, float) of its dtype. What does not fit is added to `bad`.
[[nodiscard]] Workload fitted_workload(Workload workload, const Definition& definition,
                                       Violations& bad);

/// Convert the `workload` object of one line, with `generator` and `cost` beside it. Throws Error
/// with `origin` ("file:line") on a violation of the schema, or when it does not fit the definition.
[[nodiscard]] Workload parse_workload(const Json& line, const Definition& definition,
                                      const std::string& origin);

/// Every line of a JSONL file that belongs to `definition`; blank lines are skipped. Throws Error
/// listing every line that is wrong.
[[nodiscard]] std::vector<Workload> read_workloads(const std::filesystem::path& path,
                                                   const Definition& definition);

/// The line's `workload` object again, in the format's key order.
[[nodiscard]] Json to_json(const Workload& workload);

}  // namespace fihost
