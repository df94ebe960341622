#include "recording.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <fihost/nesting.hpp>
#include <filesystem>
#include <fstream>

namespace llm_replay {
namespace {

namespace fs = std::filesystem;
using fihost::sdk::Error;

constexpr int busy_ms = 5000;  // the run may be going on

[[noreturn]] void fail(const fs::path& file, const std::string& what) {
  throw Error(FIHOST_INVALID_ARGUMENT, file.string() + ": " + what);
}

/// A null, or JSON in text.
Json json_of(const SQLite::Column& column) {
  return column.isNull() ? Json() : Json::parse(column.getString());
}

/// Throws Error when `exchange` is neither an answer nor a failure.
void check(const fs::path& file, const Exchange& exchange) {
  const bool answer = exchange.reply.is_object() && exchange.reply.contains("text") &&
                      exchange.reply["text"].is_string();
  if (answer || (exchange.reply.is_null() && !exchange.error.empty())) return;
  fail(file, exchange.place + " has neither a reply with a text nor an error");
}

std::vector<Exchange> read_sqlite(const fs::path& file) {
  std::vector<Exchange> exchanges;
  std::string place = "no run of fihost";
  try {
    const SQLite::Database database(file.string(), SQLite::OPEN_READONLY, busy_ms);
    SQLite::Statement rows(database,
                           "SELECT id, request, reply, error FROM exchange_log "
                           "WHERE slot = 'llm' AND op = 'complete' ORDER BY id");
    while (rows.executeStep()) {
      place = "exchange " + rows.getColumn(0).getString();
      Exchange one{.place = place,
                   .request = json_of(rows.getColumn(1)),
                   .reply = json_of(rows.getColumn(2)),
                   .error = rows.getColumn(3).getString()};
      check(file, one);
      exchanges.push_back(std::move(one));
    }
  } catch (const SQLite::Exception& e) {
    fail(file, place + ": " + e.what());
  } catch (const Json::exception& e) {
    fail(file, place + ": " + e.what());
  }
  return exchanges;
}

std::vector<Exchange> read_lines(const fs::path& file, std::istream& in) {
  std::vector<Exchange> exchanges;
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    const std::string place = "line " + std::to_string(++number);
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    try {
      const bool deep = fihost::sdk::excess_nesting(line) != std::string::npos;
      if (deep) fail(file, place + ": nests too deep");
      const Json entry = Json::parse(line);
      if (entry.value("type", "") != "exchange" || entry.value("slot", "llm") != "llm" ||
          entry.value("op", "complete") != "complete") {
        continue;
      }
      Exchange one{.place = place,
                   .request = entry.value("request", Json()),
                   .reply = entry.value("reply", Json()),
                   .error = {}};
      if (const auto error = entry.find("error"); error != entry.end() && !error->is_null()) {
        one.error = error->get<std::string>();
      }
      check(file, one);
      exchanges.push_back(std::move(one));
    } catch (const Json::exception& e) {
      fail(file, place + ": " + e.what());
    }
  }
  return exchanges;
}

}  // namespace

std::vector<Exchange> read_recording(const std::string& run) {
  const fs::path file = fs::is_directory(run) ? fs::path(run) / "run.sqlite" : fs::path(run);
  std::ifstream in(file, std::ios::binary);
  if (!in) fail(file, "cannot be read; 'run' names a run's folder, its SQLite file or JSON lines");
  constexpr std::string_view magic("SQLite format 3", 16);
  std::string start(magic.size(), '\0');
  in.read(start.data(), static_cast<std::streamsize>(start.size()));
  if (in && start == magic) return read_sqlite(file);
  in.clear();
  in.seekg(0);
  return read_lines(file, in);
}

std::string canonical_messages(const Json& request) {
  // A std::map orders the keys.
  const nlohmann::json sorted = request.value("messages", Json());
  return sorted.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string purpose_of(const Json& request) {
  return request.is_object() ? request.value("purpose", "") : std::string();
}

}  // namespace llm_replay
