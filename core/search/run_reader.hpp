// Structs from rows of a run's tables. What SQLite throws passes through.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include "core/search/run_store.hpp"

namespace fihost::search {

// `where` follows the table's name in the query, "WHERE id = ?"; `value` is bound to its '?'.
using Key = std::int64_t;
[[nodiscard]] std::vector<Attempt> read_attempts(SQLite::Database& database,
                                                 const std::string& where, Key value,
                                                 bool with_source);
[[nodiscard]] std::vector<Program> read_programs(SQLite::Database& database,
                                                 const std::string& where, Key value);
[[nodiscard]] std::vector<Exchange> read_exchanges(SQLite::Database& database,
                                                   const std::string& where, Key value);
[[nodiscard]] std::vector<Rematch> read_rematches(SQLite::Database& database,
                                                  const std::string& where, Key value);
[[nodiscard]] std::vector<StoredProfile> read_profiles(SQLite::Database& database,
                                                       const std::string& where, Key value);
[[nodiscard]] std::vector<StoredMeasurement> read_measurements(SQLite::Database& database,
                                                               const std::string& where, Key value);
[[nodiscard]] std::vector<Placement> read_placements(SQLite::Database& database,
                                                     const std::string& where, Key value);

/// All rows of event `id`; without what stands in the tables of events and states.
[[nodiscard]] RunEvent read_event(SQLite::Database& database, Key id);

}  // namespace fihost::search
