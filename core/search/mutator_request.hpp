// What a mutator is told: mutator.propose.json.
#pragma once

#include <string>
#include <vector>

#include "core/eval/device_info.hpp"
#include "core/search/evolution.hpp"
#include "core/search/population.hpp"
#include "core/search/program.hpp"
#include "core/search/program_shelf.hpp"

namespace fihost::search {

/// What prompts tell of the run so far, besides its programs.
struct RunMemory {
  std::string baseline;            ///< its name
  std::vector<Attempt> failures;   ///< recent ones that came to nothing, newest last
  std::vector<Rematch> rematches;  ///< recent ones, newest last
};

/// All that a mutator is told of an attempt: its parents, and what is known about them in sections for
/// a prompt.
[[nodiscard]] Json mutator_request(const EvolutionRequest& request, const Attempt& attempt,
                                   ProgramShelf& shelf, const Population& population,
                                   const RunMemory& memory);

/// A program as an entry of `parents`, with its source.
[[nodiscard]] Json parent_json(const Program& program);

/// A workload's result as mutator.propose.json and measure.measure.json have it.
[[nodiscard]] Json workload_json(const WorkloadResult& result);

/// The device as every schema has it.
[[nodiscard]] Json device_json(const DeviceInfo& device);

}  // namespace fihost::search
