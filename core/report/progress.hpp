// What a long run shows while it runs.
#pragma once

#include <cstddef>
#include <ostream>
#include <string>

#include "core/report/terminal.hpp"

namespace fihost {

/// A bar below the lines on a terminal, the lines alone elsewhere. One thread. The destructor removes
/// the bar.
class Progress {
 public:
  /// `out` must outlive the object; it is flushed after every change.
  Progress(std::ostream& out, const Terminal& terminal) : out_(out), terminal_(terminal) {}
  ~Progress() { end(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Start a bar of `steps`.
  void begin(std::size_t steps);
  /// What is being done now, beside the bar.
  void label(const std::string& text);
  void step(std::size_t steps = 1);
  /// A line that stays.
  void line(const std::string& text);
  /// Remove the bar.
  void end();

 private:
  void draw();
  void clear();

  std::ostream& out_;
  Terminal terminal_;
  std::size_t total_ = 0, done_ = 0;
  std::string label_;
  bool drawn_ = false;
};

}  // namespace fihost
