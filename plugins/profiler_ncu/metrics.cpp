#include "metrics.hpp"

namespace profiler_ncu {

std::vector<std::string> detailed_metrics() {
  using namespace metric;
  std::vector<std::string> names = {duration,        sm,           dram,         l2,
                                    dram_bytes,      warps,        warps_limit,  tensor,
                                    issue,           load_use,     store_use,    local,
                                    conflicts,       wavefronts,   registers,    shared_static,
                                    shared_dynamic,  waves,        grid,         block,
                                    limit_registers, limit_shared, limit_blocks, limit_warps};
  for (const auto& stall : stalls) names.push_back(stall_metric(stall.name));
  names.push_back(stall_metric(selected));
  return names;
}

}  // namespace profiler_ncu
