// Rankings as a flat table for spreadsheets and data frames.
#pragma once

#include <string>
#include <vector>

#include "core/eval/ranking.hpp"

namespace fihost {

/// RFC 4180: a header line, then one line a candidate and workload; a candidate that was never tried
/// has one line without a workload. Every variable axis of any ranking is a column "axis.NAME". Times
/// in milliseconds; what is unknown is empty; errors may be inf and nan. Texts stand as they are: a
/// spreadsheet may take one that begins with "=" for a formula.
[[nodiscard]] std::string csv(const std::vector<Ranking>& rankings);

}  // namespace fihost
