// A run of the evolution as one JSON document: schema "fihost.run/1" (docs/reports.md).
#pragma once

#include <filesystem>
#include <string>

#include "core/base/json.hpp"
#include "core/report/run_record.hpp"

namespace fihost {

/// Times in seconds or, where the key says so, milliseconds; what is unknown is null. Messages to
/// models, which repeat much, stand once in `texts` and are named by their index.
[[nodiscard]] Json run_document(const RunRecord& run);

/// A document that run_document() made. Throws Error beginning with `origin` when it is none.
void check_run_document(const Json& document, const std::string& origin);

}  // namespace fihost
