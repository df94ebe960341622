#include "core/search/run_file.hpp"

#include <sqlite3.h>

#include <cerrno>

#include "core/base/error.hpp"
#include "core/search/run_schema.hpp"
#include "core/search/run_store.hpp"

namespace fihost::search {
namespace {

namespace fs = std::filesystem;

constexpr int busy_ms = 10'000;

RunFile opened(const fs::path& file, std::optional<RunLock> lock) {
  return guarded(file, lock ? "opened" : "read", [&] {
    const int mode = lock ? SQLite::OPEN_READWRITE : SQLite::OPEN_READONLY;
    auto database = std::make_unique<SQLite::Database>(file.string(), mode, busy_ms);
    check_layout(*database, file);
    if (lock) {
      database->exec("PRAGMA journal_mode=WAL");
      database->exec("PRAGMA synchronous=FULL");
    }
    return RunFile{file, std::move(lock), std::move(database)};
  });
}

}  // namespace

RunFile write_run(const fs::path& file, RunLock lock) { return opened(file, std::move(lock)); }

RunFile view_run(const fs::path& file) { return opened(file, std::nullopt); }

void settle(RunFile& run) noexcept {
  try {
    run.database->setBusyTimeout(0);
    run.database->exec("PRAGMA journal_mode=DELETE");
  } catch (
      const SQLite::Exception&) {  // it stays in WAL mode, which is as good to whoever can write
  }
}

void require_file(const fs::path& file) {
  std::error_code code;
  if (fs::is_regular_file(file, code)) return;
  throw Error(fmt::format("{}: there is no run", file.string()), Fault::usage);
}

void refuse_existing(const fs::path& file) {
  std::error_code code;
  if (!fs::exists(fs::symlink_status(file, code))) return;
  throw Error(fmt::format("{}: is there already; resume it, or give another folder", file.string()),
              Fault::usage);
}

void make_folder(const fs::path& folder) {
  std::error_code code;
  fs::create_directories(folder, code);
  if (code) fail("cannot make the folder {}: {}", folder.string(), code.message());
}

void rethrow(const SQLite::Exception& exception, const fs::path& file, const char* done) {
  // What the system said of the last call that failed, where SQLite says no more than "disk I/O error".
  const int system = errno;
  switch (exception.getErrorCode()) {
    case SQLITE_NOTADB:
      throw Error(fmt::format("{}: is no run of fihost evolve", file.string()), Fault::usage);
    case SQLITE_FULL:
      fail("{}: the run cannot be {}: the disk is full; make room, then resume it", file.string(),
           done);
    case SQLITE_CORRUPT:
      fail("{}: the run cannot be {}: the file is damaged ({})", file.string(), done,
           exception.what());
    case SQLITE_IOERR:
      fail("{}: the run cannot be {}: {} ({})", file.string(), done, exception.what(),
           errno_text(system));
    default:
      fail("{}: the run cannot be {}: {}", file.string(), done, exception.what());
  }
}

fs::path run_file(const fs::path& run) {
  std::error_code code;
  const auto file = fs::is_directory(run, code) ? run / "run.sqlite" : run;
  if (fs::is_regular_file(file, code)) return file;
  throw Error(
      fmt::format("{}: there is no run; give its folder or its file run.sqlite", run.string()),
      Fault::usage);
}

}  // namespace fihost::search
