// The part of a task's workloads that --workloads asks for.
#pragma once

#include <string>
#include <vector>

#include "core/model/workload.hpp"

namespace fihost {

/// `filter` is a comma list. Indices (from 0) and uuid prefixes add workloads; conditions on a
/// variable axis ("seq_len<=64", with < <= > >= = !=) narrow what was added, or everything when
/// nothing was. Empty: all. The task's order is kept. Throws Error (usage) naming what there is for a
/// term that means nothing, and when nothing is left.
[[nodiscard]] std::vector<Workload> select_workloads(const std::vector<Workload>& workloads,
                                                     const std::string& filter);

/// "seq_len=64 batch=2", for people.
[[nodiscard]] std::string axes_text(const std::map<std::string, std::int64_t>& axes);

}  // namespace fihost
