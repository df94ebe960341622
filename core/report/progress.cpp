#include "core/report/progress.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fihost {
namespace {

constexpr std::size_t bar_columns = 24;

}  // namespace

void Progress::begin(std::size_t steps) {
  total_ = steps;
  done_ = 0;
  draw();
}

void Progress::label(const std::string& text) {
  label_ = text;
  draw();
}

void Progress::step(std::size_t steps) {
  done_ = std::min(total_, done_ + steps);
  draw();
}

void Progress::line(const std::string& text) {
  clear();
  out_ << text << "\n";
  draw();
  out_.flush();
}

void Progress::end() {
  clear();
  out_.flush();
  total_ = 0;
  label_.clear();
}

void Progress::draw() {
  if (!terminal_.interactive || (total_ == 0 && label_.empty())) return;
  std::string text;
  if (total_ > 0) {
    const auto filled = bar_columns * done_ / total_;
    text =
        fmt::format("[{:#<{}}{:.<{}}] {}/{} ", "", filled, "", bar_columns - filled, done_, total_);
  }
  // One column is left free, so that the terminal does not wrap.
  const auto width = static_cast<std::size_t>(std::max(terminal_.width, 2)) - 1;
  out_ << "\r\x1b[K" << fitted(text + label_, width);
  out_.flush();
  drawn_ = true;
}

void Progress::clear() {
  if (drawn_) out_ << "\r\x1b[K";
  drawn_ = false;
}

}  // namespace fihost
