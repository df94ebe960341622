// A scorer plugin as the ranking calls it.
#pragma once

#include "core/eval/ranking.hpp"
#include "core/plugin/registry.hpp"

namespace fihost {

/// Asks `component`, a "scorer/1", through its op "score"; `component` must outlive the result. The
/// scorer throws Error when the plugin fails or replies with something else than its schema.
[[nodiscard]] Scorer plugin_scorer(Component& component);

}  // namespace fihost
