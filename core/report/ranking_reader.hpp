// Rankings as they were written by to_json(Ranking), read back.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/eval/ranking.hpp"

namespace fihost {

/// The rankings of a "fihost.ranking/1" or "fihost.rankings/1" document. What the document does not
/// hold (a device's ordinal, say) is left at its default; keys that earlier versions did not write
/// may be absent. Throws Error beginning with `origin` for another schema, and naming the member
/// that is not as it should be.
[[nodiscard]] std::vector<Ranking> parse_rankings(const Json& document, const std::string& origin);

/// The same of a file.
[[nodiscard]] std::vector<Ranking> read_rankings(const std::filesystem::path& path);

}  // namespace fihost
