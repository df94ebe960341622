#include "core/report/run_screen.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/report/quantity.hpp"
#include "core/report/text_table.hpp"

namespace fihost {
namespace {

constexpr std::size_t gap = 3;
constexpr std::size_t most_jobs = 4, most_islands = 12, most_speedups = 20;
/// Up to so many speedups have a line with a bar each.
constexpr std::size_t most_bars = 4;

/// Lines of pieces, each fitted to the width.
class Screen {
 public:
  explicit Screen(const Terminal& terminal)
      : colour_(terminal.colour),
        width_(terminal.width > 1 ? static_cast<std::size_t>(terminal.width) - 1 : 0) {}

  [[nodiscard]] std::size_t width() const { return width_; }

  /// As many pieces a line as fit, beside `title` or, where that takes too much room, below it.
  void flow(const Cell& title, const std::vector<Cell>& pieces) {
    if (pieces.empty()) return;
    auto indent = columns_of(title.text);
    auto text = piece(title, width_);
    if (width_ > 0 && indent > width_ / 2) {
      lines_.push_back(std::move(text));
      indent = std::min<std::size_t>(2, width_ - 1);
      text = std::string(indent, ' ');
    }
    auto used = indent;
    for (const auto& cell : pieces) {
      const auto columns = columns_of(printable(cell.text));
      if (used > indent && width_ > 0 && used + gap + columns > width_) {
        lines_.push_back(std::move(text));
        text = std::string(indent, ' ');
        used = indent;
      }
      if (used > indent) {
        text += std::string(gap, ' ');
        used += gap;
      }
      const auto room = width_ == 0 ? columns : std::min(columns, width_ - used);
      text += piece(cell, room);
      used += room;
    }
    lines_.push_back(std::move(text));
  }

  void line(const Cell& cell) { lines_.push_back(piece(cell, width_)); }

  [[nodiscard]] std::vector<std::string> take() { return std::move(lines_); }

 private:
  [[nodiscard]] std::string piece(const Cell& cell, std::size_t room) const {
    return painted(fitted(printable(cell.text), room), cell.tone, colour_);
  }

  bool colour_;
  std::size_t width_;
  std::vector<std::string> lines_;
};

std::string bar(double share, std::size_t columns) {
  const auto filled =
      static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) * static_cast<double>(columns) + 0.5);
  return std::string(filled, '#') + std::string(columns - filled, '.');
}

std::string ratio_text(const RunProgress::Best& best) {
  if (!best.ratio) return {};
  auto text = speedup_text(best.ratio) + " the seed";
  if (best.interval) {
    text += fmt::format(" [{}, {}]", speedup_text(best.interval->low),
                        speedup_text(best.interval->high));
  }
  return text;
}

std::vector<Cell> best_pieces(const RunProgress::Best& best) {
  std::vector<Cell> pieces = {{best.name, Tone::strong}};
  if (best.ratio) pieces.emplace_back(ratio_text(best), *best.ratio > 1 ? Tone::good : Tone::plain);
  if (best.score) pieces.emplace_back(fmt::format("score {:.3f}", *best.score));
  return pieces;
}

std::vector<Cell> count_pieces(const RunProgress& p) {
  std::vector<Cell> pieces = {{fmt::format("{} proposals", p.proposals)},
                              {fmt::format("{} evaluated", p.iteration)},
                              {fmt::format("{} improvements", p.improvements),
                               p.improvements > 0 ? Tone::good : Tone::plain}};
  if (p.patience_left) {
    pieces.emplace_back(fmt::format("patience {}", *p.patience_left),
                        *p.patience_left <= 5 ? Tone::warning : Tone::plain);
  }
  return pieces;
}

std::vector<Cell> cost_pieces(const RunProgress& p) {
  std::vector<Cell> pieces;
  if (p.tokens > 0) pieces.emplace_back(count_text(p.tokens) + " tokens");
  if (p.usd) pieces.emplace_back(fmt::format("{:.2f} USD", *p.usd));
  if (p.gpu_seconds > 0) pieces.emplace_back("device " + clock_text(p.gpu_seconds));
  return pieces;
}

std::vector<Cell> time_pieces(const RunProgress& p) {
  std::vector<Cell> pieces = {{"elapsed " + clock_text(p.elapsed_seconds)}};
  if (p.eta_seconds) pieces.emplace_back("about " + clock_text(*p.eta_seconds) + " left");
  return pieces;
}

Tone tone_of(search::Outcome outcome) {
  switch (outcome) {
    case search::Outcome::accepted:
      return Tone::good;
    case search::Outcome::pending:
    case search::Outcome::slower:
    case search::Outcome::duplicate:
    case search::Outcome::no_proposal:
    case search::Outcome::abandoned:
      return Tone::plain;
    case search::Outcome::llm_failed:
    case search::Outcome::build_failed:
    case search::Outcome::incorrect:
    case search::Outcome::crashed:
    case search::Outcome::timed_out:
      return Tone::warning;
  }
  return Tone::plain;
}

std::vector<Cell> outcome_pieces(const RunProgress& p) {
  std::vector<Cell> pieces;
  for (const auto& [outcome, count] : p.outcomes) {
    if (count > 0 && outcome != search::Outcome::pending) {
      pieces.emplace_back(fmt::format("{} {}", search::name(outcome), count), tone_of(outcome));
    }
  }
  return pieces;
}

std::vector<Cell> island_pieces(const RunProgress& p) {
  std::vector<Cell> pieces;
  for (std::size_t i = 0; i < std::min(p.islands.size(), most_islands); ++i) {
    const auto& island = p.islands[i];
    auto text = fmt::format("{}: {} programs, {} cells", i, island.size, island.cells);
    if (island.best) text += fmt::format(", best {:.3f}", *island.best);
    pieces.emplace_back(std::move(text));
  }
  if (p.islands.size() > most_islands) {
    pieces.emplace_back(fmt::format("and {} more", p.islands.size() - most_islands));
  }
  return pieces;
}

/// The title line: what is left of a bar that shrinks with the width.
void add_head(Screen& screen, const RunProgress& p) {
  screen.flow({"", Tone::plain}, {{p.definition, Tone::strong}, {p.device, Tone::faint}});
  const auto count = fmt::format(" {}/{}   ", p.iteration, p.max_iterations);
  const auto room = screen.width() == 0 ? 80 : screen.width();
  const auto columns = std::clamp<std::size_t>(room / 3, 8, 40);
  const double share = p.max_iterations > 0 ? static_cast<double>(p.iteration) /
                                                  static_cast<double>(p.max_iterations)
                                            : 0;
  screen.flow({"[" + bar(share, columns) + "]" + count, Tone::plain}, time_pieces(p));
}

void add_speedups(Screen& screen, const RunProgress& p) {
  if (p.speedups.empty()) return;
  if (p.speedups.size() > most_bars) {
    std::vector<Cell> pieces;
    for (std::size_t i = 0; i < std::min(p.speedups.size(), most_speedups); ++i) {
      pieces.emplace_back(p.speedups[i].label + " " + speedup_text(p.speedups[i].value));
    }
    if (p.speedups.size() > most_speedups) {
      pieces.emplace_back(fmt::format("and {} more", p.speedups.size() - most_speedups));
    }
    screen.flow({"speedup   ", Tone::faint}, pieces);
    return;
  }
  double most = 0;
  std::size_t widest = 0;
  for (const auto& s : p.speedups) {
    most = std::max(most, s.value);
    widest = std::max(widest, columns_of(printable(s.label)));
  }
  const auto room = screen.width() == 0 ? 80 : screen.width();
  widest = std::min(widest, std::max<std::size_t>(room / 3, 1));
  bool first = true;
  for (const auto& s : p.speedups) {
    const auto label = fitted(printable(s.label), widest);
    const auto text = fmt::format(
        "{}{} {:>6} ", label, std::string(widest - columns_of(label), ' '), speedup_text(s.value));
    const auto used = 10 + columns_of(text);
    const auto columns = std::min<std::size_t>(40, room > used ? room - used : 0);
    screen.flow({first ? "speedup   " : "          ", Tone::faint},
                {{text + bar(most > 0 ? s.value / most : 0, columns)}});
    first = false;
  }
}

void add_jobs(Screen& screen, const RunProgress& p) {
  for (std::size_t i = 0; i < std::min(p.jobs.size(), most_jobs); ++i) {
    const auto& job = p.jobs[i];
    screen.flow({i == 0 ? "now       " : "          ", Tone::faint},
                {{fmt::format("{} {}, {}", job.what, job.who, clock_text(job.seconds))}});
  }
  if (p.jobs.size() > most_jobs) {
    screen.flow({"          ", Tone::faint},
                {{fmt::format("and {} more", p.jobs.size() - most_jobs)}});
  }
}

}  // namespace

std::vector<std::string> run_screen(const RunProgress& progress,
                                    const std::vector<std::string>& events,
                                    const Terminal& terminal) {
  Screen screen(terminal);
  add_head(screen, progress);
  screen.flow({"best      ", Tone::faint}, best_pieces(progress.best));
  screen.flow({"counts    ", Tone::faint}, count_pieces(progress));
  screen.flow({"cost      ", Tone::faint}, cost_pieces(progress));
  add_speedups(screen, progress);
  add_jobs(screen, progress);
  screen.flow({"outcomes  ", Tone::faint}, outcome_pieces(progress));
  screen.flow({"islands   ", Tone::faint}, island_pieces(progress));
  for (const auto& event : events) screen.line({event, Tone::faint});
  auto lines = screen.take();
  const auto most = static_cast<std::size_t>(std::max(terminal.height, 2)) - 1;
  if (terminal.height > 0 && lines.size() > most) lines.resize(most);
  return lines;
}

std::string run_summary_line(const RunProgress& p) {
  std::string text = fmt::format("{}/{}", p.iteration, p.max_iterations);
  for (const auto& pieces : {count_pieces(p), cost_pieces(p), time_pieces(p)}) {
    for (const auto& piece : pieces) text += ", " + piece.text;
  }
  text += "; best " + p.best.name;
  if (p.best.ratio) text += " " + ratio_text(p.best);
  return printable(text);
}

}  // namespace fihost
