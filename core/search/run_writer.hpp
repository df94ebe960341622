// Rows of a run's tables from structs.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include "core/search/run_store.hpp"

namespace fihost::search {

/// Stages of an evaluation: a program's own results, and what StoredMeasurements hold.
inline constexpr const char* own_stage = "result";
inline constexpr const char* quick_stage = "quick";
inline constexpr const char* complete_stage = "complete";

/// Everything that `event` brings but its state, as rows of event `id`. Exchanges without an id get
/// the next one.
void write_rows(SQLite::Database& database, std::int64_t id, const RunEvent& event);

}  // namespace fihost::search
