// The tables of a run's file.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <filesystem>

namespace fihost::search {

/// Makes them in an empty database.
void make_tables(SQLite::Database& database);

/// Throws Error (usage) when `database` is no run, or of a layout that this fihost does not know.
void check_layout(SQLite::Database& database, const std::filesystem::path& file);

}  // namespace fihost::search
