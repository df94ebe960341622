// A run's SQLite file, open.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <filesystem>
#include <memory>
#include <optional>

#include "core/search/run_lock.hpp"

namespace fihost::search {

struct RunFile {
  std::filesystem::path file;
  std::optional<RunLock> lock;  ///< none: for reading only; let go after the database is closed
  std::unique_ptr<SQLite::Database> database;
};

/// WAL, and each commit is on the disk when it returns.
[[nodiscard]] RunFile write_run(const std::filesystem::path& file, RunLock lock);
[[nodiscard]] RunFile view_run(const std::filesystem::path& file);

/// Leaves one plain file that can be read where nothing can be written, unless someone reads it now.
void settle(RunFile& run) noexcept;

/// Throw Error (usage).
void require_file(const std::filesystem::path& file);
void refuse_existing(const std::filesystem::path& file);

void make_folder(const std::filesystem::path& folder);

/// Throws what SQLite said as Error: "<file>: the run cannot be <done>: <reason>".
[[noreturn]] void rethrow(const SQLite::Exception& exception, const std::filesystem::path& file,
                          const char* done);

/// Run `use`; what SQLite throws becomes an Error.
template <class Use>
auto guarded(const std::filesystem::path& file, const char* done, Use use) {
  try {
    return use();
  } catch (const SQLite::Exception& e) {
    rethrow(e, file, done);
  }
}

}  // namespace fihost::search
