#include "core/report/quantity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace fihost {
namespace {

/// Three significant digits without an exponent.
std::string digits(double value) {
  const double size = std::abs(value);
  if (size < 9.995) return fmt::format("{:.2f}", value);
  if (size < 99.95) return fmt::format("{:.1f}", value);
  return fmt::format("{:.0f}", value);
}

}  // namespace

std::string duration_text(std::optional<double> milliseconds) {
  if (!milliseconds || !std::isfinite(*milliseconds)) return "-";
  if (*milliseconds < 0.9995) return digits(*milliseconds * 1e3) + " us";
  if (*milliseconds < 999.5) return digits(*milliseconds) + " ms";
  return digits(*milliseconds / 1e3) + " s";
}

std::string speedup_text(std::optional<double> speedup) {
  return speedup && std::isfinite(*speedup) ? digits(*speedup) + "x" : "-";
}

std::string percent_text(std::optional<double> fraction, int decimals) {
  if (!fraction || !std::isfinite(*fraction)) return "-";
  return fmt::format("{:.{}f} %", *fraction * 100, decimals);
}

std::string bytes_text(std::uint64_t bytes) {
  if (bytes < 1000) return fmt::format("{} B", bytes);
  auto value = static_cast<double>(bytes);
  for (const char* unit : {"kB", "MB", "GB"}) {
    value /= 1e3;
    if (value < 999.5) return digits(value) + " " + unit;
  }
  return digits(value / 1e3) + " TB";
}

std::string count_text(double count) {
  if (!std::isfinite(count)) return "-";
  if (std::abs(count) < 999.5) return fmt::format("{:.0f}", count);
  for (const char* unit : {"k", "M"}) {
    count /= 1e3;
    if (std::abs(count) < 999.5) return digits(count) + " " + unit;
  }
  return digits(count / 1e3) + " G";
}

std::string clock_text(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) return "-";
  const auto all = static_cast<std::uint64_t>(std::min(seconds, 1e15));
  if (all < 60) return fmt::format("{} s", all);
  if (all < 3600) return fmt::format("{}:{:02}", all / 60, all % 60);
  return fmt::format("{}:{:02}:{:02}", all / 3600, all / 60 % 60, all % 60);
}

std::string number_text(double value) { return fmt::format("{:.3g}", value); }

}  // namespace fihost
