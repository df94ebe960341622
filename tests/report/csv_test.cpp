#include "core/report/csv.hpp"

#include <doctest/doctest.h>

#include <map>

#include "tests/report/sample_ranking.hpp"

namespace {

using Row = std::map<std::string, std::string>;

/// A reader by the letter of RFC 4180, so that what is written is read as it was meant.
std::vector<std::vector<std::string>> lines_of(const std::string& text) {
  std::vector<std::vector<std::string>> lines(1, {""});
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '"' && i + 1 < text.size() && text[i + 1] == '"') {
      lines.back().back() += text[++i];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (quoted) {
      lines.back().back() += c;
    } else if (c == ',') {
      lines.back().emplace_back();
    } else if (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n') {
      ++i;
      if (i + 1 < text.size()) lines.push_back({""});
    } else {
      lines.back().back() += c;
    }
  }
  CHECK_FALSE(quoted);
  return lines;
}

std::vector<Row> rows_of(const std::string& text) {
  const auto lines = lines_of(text);
  std::vector<Row> rows;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    REQUIRE(lines[i].size() == lines[0].size());
    Row row;
    for (std::size_t c = 0; c < lines[i].size(); ++c) row[lines[0][c]] = lines[i][c];
    rows.push_back(row);
  }
  return rows;
}

}  // namespace

TEST_CASE("a line a candidate and workload, with all figures") {
  const auto rows = rows_of(fihost::csv({sample_ranking()}));
  REQUIRE(rows.size() == 6);
  const auto& row = rows[1];
  CHECK(row.at("definition") == "twice");
  CHECK(row.at("device") == "GPU X");
  CHECK(row.at("candidate") == "quick");
  CHECK(row.at("workload") == "1");
  CHECK(row.at("axis.seq_len") == "64");
  CHECK(row.at("latency_ms") == "0.02");
  CHECK(row.at("processes") == "3");
  CHECK(row.at("baseline_high_ms") == "0.0202");
  CHECK(row.at("speedup") == "1");
  CHECK(row.at("flops") == "2000000000");
  CHECK(row.at("score_high") == "2.01");
  CHECK(rows[5].at("latency_ms").empty());
  CHECK(rows[5].at("max_abs_error") == "inf");
  CHECK(rows[5].at("status") == "INCORRECT_NUMERICAL");
}

TEST_CASE("quotes, commas and line ends of a text come back from a reader") {
  auto ranking = sample_ranking();
  ranking.candidates[0].name = "a,\"b\"\r\nc";
  const auto text = fihost::csv({ranking});
  CHECK(text.find("\"a,\"\"b\"\"\r\nc\"") != std::string::npos);
  const auto rows = rows_of(text);
  CHECK(rows[0].at("candidate") == "a,\"b\"\r\nc");
  CHECK(rows[5].at("log") == "\n3 of 8 elements are off\nmore");
}

TEST_CASE("rankings with other axes share a table, and one that was never tried has a line") {
  auto other = sample_ranking();
  other.candidates.resize(1);
  other.candidates[0].workloads.resize(1);
  other.candidates[0].workloads[0].axes = {{"batch", 3}};
  fihost::CandidateResult refused;
  refused.name = "refused";
  refused.verdict = fihost::Status::compile_error;
  refused.refusal.emplace();
  refused.refusal->log = "no ELF";
  other.candidates.push_back(refused);
  const auto rows = rows_of(fihost::csv({sample_ranking(), other}));
  REQUIRE(rows.size() == 8);
  CHECK(rows[0].at("axis.batch").empty());
  CHECK(rows[6].at("axis.batch") == "3");
  CHECK(rows[6].at("axis.seq_len").empty());
  CHECK(rows[7].at("candidate") == "refused");
  CHECK(rows[7].at("uuid").empty());
  CHECK(rows[7].at("status") == "COMPILE_ERROR");
  CHECK(rows[7].at("log") == "no ELF");
}
