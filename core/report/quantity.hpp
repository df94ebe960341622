// Numbers as a person reads them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace fihost {

/// "2.71 us", "12.3 ms", "1.50 s"; "-" for none.
[[nodiscard]] std::string duration_text(std::optional<double> milliseconds);
/// "3.21x"; "-" for none.
[[nodiscard]] std::string speedup_text(std::optional<double> speedup);
/// "83 %" of a fraction; "-" for none.
[[nodiscard]] std::string percent_text(std::optional<double> fraction, int decimals = 0);
/// "812 B", "3.21 MB", powers of ten.
[[nodiscard]] std::string bytes_text(std::uint64_t bytes);
/// "812", "12.3 k", "1.21 M".
[[nodiscard]] std::string count_text(double count);
/// "12 s", "4:05", "1:02:11" of seconds.
[[nodiscard]] std::string clock_text(double seconds);
/// Three significant digits, "inf" and "nan" for what they are.
[[nodiscard]] std::string number_text(double value);

}  // namespace fihost
