// What `ncu --csv --page raw` prints: one row a kernel launch.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace profiler_ncu {

/// One launch of a kernel. Values by metric; times in ns, sizes in bytes, shares in percent.
struct Launch {
  std::string kernel;       ///< demangled, with parameters
  std::string grid, block;  ///< "(528, 1, 1)"
  std::map<std::string, double> values;

  /// None for what was not measured or is no number.
  [[nodiscard]] std::optional<double> value(const std::string& metric) const;
  [[nodiscard]] double value_or(const std::string& metric, double other) const;
};

/// In the order of launching. Text before and between the rows (ncu's own lines, what the program
/// printed) is passed over; so are rows that are torn, and what is no number. Never throws for what
/// the text holds.
[[nodiscard]] std::vector<Launch> parse_launches(std::string_view text);

/// The first "==ERROR== ..." of ncu's own lines without the mark; empty: none.
[[nodiscard]] std::string first_error(std::string_view text);

/// "void moe::gemm<2, float>(const float *, int)" -> "gemm", as ncu's --kernel-name has it; empty for
/// what is no plain name.
[[nodiscard]] std::string base_name(std::string_view kernel);

/// The same -> "moe::gemm<2, float>": without result and parameters.
[[nodiscard]] std::string short_name(std::string_view kernel);

}  // namespace profiler_ncu
