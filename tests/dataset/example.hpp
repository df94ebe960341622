// A small dataset to spoil.
#pragma once

#include <string>

#include "core/base/json.hpp"
#include "core/base/temp_dir.hpp"
#include "core/model/trace.hpp"

/// Definition "scale" (rows x 4 float32), one workload whose input lies in a blob, one solution and one
/// passed trace, all where they belong.
class ExampleDataset {
 public:
  ExampleDataset();
  [[nodiscard]] const std::filesystem::path& root() const { return folder_.path(); }

  std::filesystem::path definition, workloads, solution, traces, blob;

 private:
  fihost::TempDir folder_;
};

[[nodiscard]] fihost::Json example_definition();
[[nodiscard]] fihost::Json example_solution(const std::string& name, const std::string& author);

/// PASSED with this latency against a reference of `reference_ms`.
[[nodiscard]] fihost::Trace passed_trace(const std::string& solution, const std::string& uuid,
                                         double latency_ms, double reference_ms);
[[nodiscard]] fihost::Trace failed_trace(const std::string& solution, const std::string& uuid);
