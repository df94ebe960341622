// A run with every field of everything set to something.
#pragma once

#include "core/search/run_store.hpp"

namespace fihost::search {

[[nodiscard]] RunHead example_head();
/// With two workloads, one passed and one wrong; all fields depend on `id`.
[[nodiscard]] Program example_program(ProgramId id);
[[nodiscard]] Attempt example_attempt(AttemptId id, Outcome outcome);
/// A result event of attempt `id`, which made program `id`; with a state of iteration `id`.
[[nodiscard]] RunEvent example_event(std::int64_t id);

/// What the export says of `run`, a line an element.
[[nodiscard]] std::vector<Json> exported(const RunStore& run);

}  // namespace fihost::search
