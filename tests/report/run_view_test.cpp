#include "core/report/run_view.hpp"

#include <doctest/doctest.h>

#include <sstream>

#include "core/report/run_screen.hpp"

using namespace std::chrono_literals;

namespace {

fihost::RunProgress sample() {
  fihost::RunProgress p;
  p.definition = "moe_fp8_block_scale_ds_routing_topk8_ng8_kg4_e32_h7168_i2048";
  p.device = "NVIDIA H200";
  p.iteration = 84;
  p.max_iterations = 200;
  p.proposals = 112;
  p.improvements = 7;
  p.patience_left = 31;
  p.best = {"gen_42", 38.412, 1.532, fihost::Interval{1.521, 1.544}};
  p.speedups = {{"small", 3.21}, {"middle", 2.1}, {"large", 1.52}};
  p.islands = {{24, 9, 38.412}, {31, 12, 36.9}, {18, 7, {}}};
  p.outcomes = {{fihost::search::Outcome::accepted, 41},
                {fihost::search::Outcome::slower, 21},
                {fihost::search::Outcome::duplicate, 4},
                {fihost::search::Outcome::build_failed, 12},
                {fihost::search::Outcome::crashed, 0}};
  p.jobs = {{"measuring", "gen_85", 12}, {"proposing", "mutator.llm_diff for island 2", 74}};
  p.tokens = 1.21e6;
  p.usd = 3.2;
  p.gpu_seconds = 2462;
  p.elapsed_seconds = 3731;
  p.eta_seconds = 5100;
  return p;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  return text;
}

/// `text` without what colours it.
std::string bare(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b') {
      while (i < text.size() && text[i] != 'm') ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

/// Just enough of a terminal to know what stands on it: text wraps, the cursor goes up, the rest is
/// erased.
class Emulator {
 public:
  explicit Emulator(std::size_t width) : width_(width), rows_(1) {}

  void write(const std::string& text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\x1b') {
        i = escape(text, i + 2);
      } else if (text[i] == '\n') {
        row_ += 1;
        rows_.resize(std::max(rows_.size(), row_ + 1));
      } else if (text[i] != '\r') {
        CHECK(rows_[row_].size() < width_);
        rows_[row_] += text[i];
      }
    }
  }
  [[nodiscard]] const std::vector<std::string>& rows() const { return rows_; }

 private:
  std::size_t escape(const std::string& text, std::size_t i) {
    std::size_t number = 0;
    for (; text[i] >= '0' && text[i] <= '9'; ++i) {
      number = 10 * number + static_cast<std::size_t>(text[i] - '0');
    }
    if (text[i] == 'A') {
      REQUIRE(number <= row_);
      row_ -= number;
    } else if (text[i] == 'J') {
      rows_.resize(row_ + 1);
      rows_[row_].clear();
    }
    return i;
  }

  std::size_t width_, row_ = 0;
  std::vector<std::string> rows_;
};

struct Wall {
  std::chrono::system_clock::time_point now{std::chrono::seconds(1'767'323'045)};
  fihost::RunView::Clock clock() {
    return [this] { return now; };
  }
};

}  // namespace

TEST_CASE("no line of the live view wraps, however narrow the terminal") {
  auto progress = sample();
  progress.jobs.push_back({"building", std::string(300, 'x'), 1e7});
  progress.best.name = std::string(90, 'n');
  for (std::size_t i = 0; i < 40; ++i) progress.islands.push_back({i, i, 1e6});
  for (const int width : {2, 8, 20, 40, 80, 200}) {
    for (const bool many : {false, true}) {
      if (many) progress.speedups.assign(19, {"seq_len=14107", 12.3});
      for (const auto& line :
           fihost::run_screen(progress, {std::string(500, 'e')}, {true, true, width, 0})) {
        CAPTURE(line);
        CHECK(fihost::columns_of(bare(line)) < static_cast<std::size_t>(width));
      }
    }
  }
}

TEST_CASE("the live view fits a low terminal and keeps what matters most") {
  const auto lines = fihost::run_screen(sample(), {"one", "two"}, {true, false, 80, 6});
  CHECK(lines.size() == 5);
  CHECK(joined(lines).find("gen_42") != std::string::npos);
}

TEST_CASE("at 80 columns the live view says where the run stands") {
  const auto lines =
      fihost::run_screen(sample(), {"gen_84 slower than its parent"}, {true, false, 80, 24});
  const auto text = joined(lines);
  CAPTURE(text);
  CHECK(lines.size() >= 10);
  CHECK(lines.size() <= 20);
  for (const char* part :
       {"NVIDIA H200", "84/200", "1:02:11", "1:25:00 left",
        "gen_42   1.53x the seed [1.52x, 1.54x]", "score 38.412",
        "112 proposals   84 evaluated   7 improvements", "patience 31",
        "1.21 M tokens   3.20 USD   device 41:02", "middle  2.10x ####", "measuring gen_85, 12 s",
        "proposing mutator.llm_diff for island 2, 1:14", "build_failed 12",
        "0: 24 programs, 9 cells, best 38.412", "2: 18 programs, 7 cells",
        "gen_84 slower than its parent"}) {
    CAPTURE(part);
    CHECK(text.find(part) != std::string::npos);
  }
  CHECK(text.find("crashed") == std::string::npos);
  CHECK(text.find('\x1b') == std::string::npos);
}

TEST_CASE("what a model calls its kernel does not steer the terminal") {
  auto progress = sample();
  progress.best.name = "gen\x1b[2J\x07";
  std::ostringstream out;
  fihost::RunView view(out, {});
  view.event("evil \x1b[31m text");
  progress.iteration = 10;
  view.update(progress);
  CHECK(out.str().find('\x1b') == std::string::npos);
  CHECK(joined(fihost::run_screen(progress, {"\x1b[1A"}, {true, false, 80, 0})).find('\x1b') ==
        std::string::npos);
}

TEST_CASE("off a terminal there is a line an event and a summary every ten evaluations") {
  std::ostringstream out;
  Wall wall;
  {
    fihost::RunView view(out, {}, wall.clock());
    auto progress = sample();
    for (progress.iteration = 0; progress.iteration <= 25; ++progress.iteration) {
      view.update(progress);
      view.update(progress);
    }
    view.event("gen_26 accepted");
    wall.now += 61s;
    view.line("stopping");
  }
  const auto text = out.str();
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(std::count(text.begin(), text.end(), '\n') == 4);
  CHECK(text.find("2026-01-02T03:04:05Z 10/200, 112 proposals, 10 evaluated, 7 improvements") == 0);
  CHECK(text.find("\n2026-01-02T03:04:05Z 20/200") != std::string::npos);
  CHECK(text.find("2026-01-02T03:04:05Z gen_26 accepted\n") != std::string::npos);
  CHECK(text.find("2026-01-02T03:05:06Z stopping\n") != std::string::npos);
}

TEST_CASE("on a terminal the block stands once, below the lines that stay, and goes in the end") {
  std::ostringstream out;
  Wall wall;
  Emulator emulator(80);
  const auto flush = [&] {
    emulator.write(out.str());
    out.str("");
  };
  const fihost::Terminal terminal{true, true, 80, 40};
  fihost::RunView view(out, terminal, wall.clock());
  auto progress = sample();
  view.line("starting");
  view.update(progress);
  flush();
  const auto block = fihost::run_screen(progress, {}, terminal).size();
  CHECK(emulator.rows().size() == 1 + block + 1);
  for (int i = 0; i < 30; ++i) {
    wall.now += 1s;
    progress.iteration += 1;
    if (i % 7 == 0) progress.jobs.clear();
    if (i % 7 == 3) progress.jobs = sample().jobs;
    if (i % 10 == 0) view.line("improvement");
    view.event("event " + std::to_string(i));
    view.update(progress);
  }
  flush();
  CHECK(emulator.rows()[0] == "starting");
  CHECK(emulator.rows()[3] == "improvement");
  CHECK(emulator.rows()[4].find("moe_fp8") == 0);
  CHECK(joined(emulator.rows()).find("event 29") != std::string::npos);
  CHECK(joined(emulator.rows()).find("event 25\n") == std::string::npos);
  view.end();
  flush();
  CHECK(joined(emulator.rows()) == "starting\nimprovement\nimprovement\nimprovement\n\n");
}

TEST_CASE("the block is drawn at most five times a second") {
  std::ostringstream out;
  Wall wall;
  fihost::RunView view(out, {true, false, 80, 24}, wall.clock());
  for (int i = 0; i < 1000; ++i) {
    view.update(sample());
    wall.now += 10ms;
  }
  std::size_t drawings = 0;
  const auto text = out.str();
  for (auto at = text.find("[###"); at != std::string::npos; at = text.find("[###", at + 1)) {
    drawings += 1;
  }
  CHECK(drawings == 50);
}

TEST_CASE("a terminal that became narrower is cleaned of the lines it wrapped") {
  std::ostringstream out;
  Wall wall;
  fihost::RunView view(out, {true, false, 100, 40}, wall.clock());
  view.update(sample());
  const auto before = out.str();
  std::size_t rows = 0;
  std::istringstream drawn(before);
  for (std::string line; std::getline(drawn, line);) rows += (line.size() + 49) / 50;
  view.resize({true, false, 50, 40});
  wall.now += 1s;
  view.update(sample());
  const auto after = out.str().substr(before.size());
  CHECK(after.find("\x1b[" + std::to_string(rows) + "A\r\x1b[J") == 0);
}
