#include "core/report/run_view.hpp"

#include <fmt/chrono.h>

#include <ctime>

#include "core/report/run_screen.hpp"

namespace fihost {
namespace {

constexpr std::chrono::milliseconds shortest{200};  // between two drawings
constexpr std::size_t kept_events = 4;
constexpr std::uint64_t summary_every = 10;  // evaluated children

/// Columns of a painted line: what stands between ESC and 'm' takes none.
std::size_t shown_columns(const std::string& line) {
  std::string text;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\x1b') {
      while (i < line.size() && line[i] != 'm') ++i;
    } else {
      text += line[i];
    }
  }
  return columns_of(text);
}

std::string time_text(std::chrono::system_clock::time_point now) {
  const auto seconds = std::chrono::system_clock::to_time_t(now);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", utc);
}

}  // namespace

RunView::RunView(std::ostream& out, const Terminal& terminal, Clock clock)
    : out_(out), terminal_(terminal), clock_(std::move(clock)) {}

void RunView::resize(const Terminal& terminal) {
  terminal_.width = terminal.width;
  terminal_.height = terminal.height;
}

void RunView::update(const RunProgress& progress) {
  progress_ = progress;
  if (terminal_.interactive) {
    // A clock that was set back does not stop the drawing.
    const auto since = clock_() - drawn_at_;
    if (drawn_.empty() || since >= shortest || since < since.zero()) draw();
    return;
  }
  if (progress.iteration < summarised_ + summary_every) return;
  summarised_ = progress.iteration;
  log(run_summary_line(progress));
}

void RunView::event(const std::string& text) {
  if (!terminal_.interactive) {
    log(text);
    return;
  }
  events_.push_back(text);
  if (events_.size() > kept_events) events_.pop_front();
  if (progress_) update(RunProgress(*progress_));
}

void RunView::line(const std::string& text) {
  if (!terminal_.interactive) {
    log(text);
    return;
  }
  clear();
  out_ << printable(text) << "\n";
  draw();
  out_.flush();
}

void RunView::end() {
  clear();
  out_.flush();
  progress_.reset();
  events_.clear();
}

void RunView::log(const std::string& text) {
  out_ << time_text(clock_()) << " " << printable(text) << "\n";
  out_.flush();
}

void RunView::draw() {
  if (!progress_) return;
  const auto lines = run_screen(*progress_, {events_.begin(), events_.end()}, terminal_);
  clear();
  for (const auto& line : lines) {
    out_ << line << "\n";
    drawn_.push_back(shown_columns(line));
  }
  out_.flush();
  drawn_at_ = clock_();
}

/// Leaves the cursor where the block began. A terminal that became narrower since has wrapped the
/// lines: each then takes several rows.
void RunView::clear() {
  std::size_t rows = 0;
  for (const auto columns : drawn_) {
    const auto width = static_cast<std::size_t>(terminal_.width);
    rows += width > 0 && columns > width ? (columns + width - 1) / width : 1;
  }
  if (rows > 0) out_ << fmt::format("\x1b[{}A\r\x1b[J", rows);
  drawn_.clear();
}

}  // namespace fihost
