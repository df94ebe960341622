// One HTML file that needs nothing else, from its sources and a document.
#pragma once

#include <string>

#include "core/base/json.hpp"
#include "core/report/page_sources.hpp"

namespace fihost {

/// The policy in it lets the page's own script and style run and nothing else; no text of `data` can
/// become either.
[[nodiscard]] std::string self_contained_page(const PageSources& sources, const Json& data);

}  // namespace fihost
