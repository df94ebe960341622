#include "core/device/judgement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace fihost::device {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

double matched_ratio(const Comparison& found) {
  if (found.total == 0) return 1.0;
  return 1.0 - static_cast<double>(found.failures) / static_cast<double>(found.total);
}

/// Percent of a share; below 1 it never reads "100".
std::string percent(double share) {
  return fmt::format("{:.6g} %", share < 1 ? std::min(100 * share, 99.9999) : 100.0);
}

std::string ratio_text(const Comparison& found, const Tolerance& tolerance) {
  const double required = tolerance.required_matched_ratio.value_or(1.0);
  if (matched_ratio(found) >= required) return "";
  return fmt::format(
      "is off by more than atol {} and rtol {} in {} of {} elements; {} match, {} required",
      tolerance.atol, tolerance.rtol, found.failures, found.total, percent(matched_ratio(found)),
      percent(required));
}

/// FlashInfer Trace's order: infinities first, then NaN, then the tolerance.
std::string compat_text(const Compared& compared, const Tolerance& tolerance) {
  if (compared.found.has_infinity) return "holds an infinity";
  if (compared.found.has_nan) {
    return compared.unwritten == 0 ? std::string("holds NaN")
                                   : fmt::format("holds NaN: {} of {} elements were not written",
                                                 compared.unwritten, compared.found.total);
  }
  return ratio_text(compared.found, tolerance);
}

std::string wrong_rows_text(const Compared& compared) {
  const Comparison& found = compared.found;
  if (found.wrong_rows <= compared.grid.rows() / rows_per_forgiven_row) return "";
  const std::uint64_t worst = packed_row(found.worst_row);
  const std::uint64_t begin = compared.grid.begin(worst), end = compared.grid.end(worst);
  const std::string where = compared.grid.pieces == 1
                                ? fmt::format("row {}", worst)
                                : fmt::format("elements {} to {}", begin, end - 1);
  return fmt::format(
      "is wrong in {} of {} rows, where forgiven errors are not spread as rounding would; the "
      "worst "
      "is {}: {} of {} elements",
      found.wrong_rows, compared.grid.rows(), where, packed_failures(found.worst_row), end - begin);
}

std::string strict_text(const Compared& compared, const Tolerance& tolerance) {
  const Comparison& found = compared.found;
  if (compared.unwritten > 0) {
    return fmt::format("was not written in full: {} of {} elements were not written",
                       compared.unwritten, found.total);
  }
  if (found.nonfinite_mismatches > 0) {
    return fmt::format(
        "has {} of {} elements that are NaN or infinite where the reference's are not, or the "
        "reverse",
        found.nonfinite_mismatches, found.total);
  }
  if (std::string text = ratio_text(found, tolerance); !text.empty()) return text;
  return wrong_rows_text(compared);
}

/// The largest errors as the rule that decides sees them: absolute and relative.
std::pair<double, double> errors(const Comparison& found, CorrectnessRule rule) {
  const bool strict = rule == CorrectnessRule::strict;
  if (strict && found.nonfinite_mismatches > 0) {
    const bool nan = found.has_nan && !found.has_infinity;
    const double error = nan ? not_a_number : infinity;
    return {error, error};
  }
  if (!strict && found.has_infinity) return {infinity, infinity};
  if (strict) return {found.max_abs, found.max_rel};
  if (found.has_nan) return {not_a_number, not_a_number};
  // Against a finite output: |x - inf| is inf, inf / inf is NaN, and NaN stays NaN.
  if (found.reference_nan) return {not_a_number, not_a_number};
  if (found.reference_infinity) return {infinity, not_a_number};
  return {found.max_abs, found.max_rel};
}

double worse(double a, double b) { return std::isnan(a) || a > b ? a : b; }

}  // namespace

void Judgement::add(const Compared& compared, const Where& where) {
  const Comparison& found = compared.found;
  std::optional<std::string> place;
  const auto keep_first = [&](std::string& failure, const std::string& text) {
    if (!failure.empty() || text.empty()) return;
    if (!place) place = where ? where() : "";
    failure = compared.what + " " + text + (place->empty() ? "" : "; " + *place);
  };
  const std::string compat = compat_text(compared, tolerance_);
  std::string strict = strict_text(compared, tolerance_);
  if (!strict.empty() && compat.empty()) strict += " (--compat accepts it)";
  keep_first(compat_failure_, compat);
  keep_first(correctness_.strict.failure, strict);

  const auto [abs, rel] = errors(found, rule_);
  correctness_.max_abs_error = worse(abs, correctness_.max_abs_error);
  correctness_.max_rel_error = worse(rel, correctness_.max_rel_error);
  correctness_.matched_ratio = std::min(correctness_.matched_ratio, matched_ratio(found));
  StrictCorrectness& flags = correctness_.strict;
  flags.nonfinite_mismatches = std::max(flags.nonfinite_mismatches, found.nonfinite_mismatches);
  flags.unwritten = std::max(flags.unwritten, compared.unwritten);
  flags.wrong_rows = std::max(flags.wrong_rows, found.wrong_rows);
  flags.worst_patch_ratio =
      std::max(flags.worst_patch_ratio, static_cast<double>(found.worst_patch));
}

const std::string& Judgement::failure() const {
  return rule_ == CorrectnessRule::strict ? correctness_.strict.failure : compat_failure_;
}

}  // namespace fihost::device
