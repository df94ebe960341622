// What a person sees of a run of the evolution while it goes on.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "core/report/terminal.hpp"
#include "core/search/run_progress.hpp"

namespace fihost {

/// On a terminal a block of lines that is redrawn in place, at most five times a second; elsewhere
/// lines with the time, and a summary every ten evaluated children. One thread. The destructor
/// removes the block.
class RunView {
 public:
  /// Of the wall clock; tests bring their own.
  using Clock = std::function<std::chrono::system_clock::time_point()>;

  /// `out` must outlive the object; it is flushed after every change.
  RunView(std::ostream& out, const Terminal& terminal,
          Clock clock = std::chrono::system_clock::now);
  ~RunView() { end(); }
  RunView(const RunView&) = delete;
  RunView& operator=(const RunView&) = delete;

  /// The window's size may have changed: what is drawn next fits it. Cheap.
  void resize(const Terminal& terminal);
  /// How it stands. As often as one likes.
  void update(const RunProgress& progress);
  /// Something happened: among the last lines of the block, or a line.
  void event(const std::string& text);
  /// Something that stays: above the block, or a line.
  void line(const std::string& text);
  /// Remove the block.
  void end();

 private:
  void draw();
  void clear();
  void log(const std::string& text);

  std::ostream& out_;
  Terminal terminal_;
  Clock clock_;
  std::optional<RunProgress> progress_;
  std::deque<std::string> events_;
  std::vector<std::size_t> drawn_;  ///< columns of each line that stands on the terminal
  std::chrono::system_clock::time_point drawn_at_;
  std::uint64_t summarised_ = 0;  ///< iteration of the last summary
};

}  // namespace fihost
