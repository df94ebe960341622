// A line of a workload file, against a definition that has inputs of every kind.
#include "core/model/lax_json.hpp"
#include "core/model/workload.hpp"
#include "tests/fuzz/foreign.hpp"

namespace {

const fihost::Definition& definition() {
  static const auto parsed = fihost::parse_definition(fihost::parse_json(R"({
    "name": "scale", "op_type": "scale",
    "axes": {"rows": {"type": "var"}, "cols": {"type": "var"}, "hidden": {"value": 64}},
    "inputs": {"x": {"shape": ["rows", "cols", "hidden"], "dtype": "int64"},
               "w": {"shape": ["rows"], "dtype": "float32"},
               "alpha": {"shape": null, "dtype": "float32"},
               "count": {"shape": null, "dtype": "int8"},
               "flag": {"shape": null, "dtype": "bool"}},
    "outputs": {"y": {"shape": ["rows"], "dtype": "bfloat16"}},
    "reference": "def run(x): pass"})",
                                                                         "definition"),
                                                      "definition");
  return parsed;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fihost::Workload workload;
  const bool taken = foreign::accepted([&] {
    const auto json = fihost::parse_lax_json(foreign::text(data, size), "workload");
    workload = fihost::parse_workload(json, definition(), "workload");
  });
  if (!taken) return 0;
  static_cast<void>(foreign::accepted([&] {
    const auto values = fihost::axis_values(definition(), workload.axes);
    for (const auto& input : definition().inputs) static_cast<void>(extents(input, values));
  }));
  static_cast<void>(fihost::dump(to_json(workload)));
  return 0;
}
