// What ncu is asked for. Every name is there on sm_80 to sm_120 (ncu --query-metrics --chips ga100,
// ad102, gh100, gb100, gb202), but for what a generation lacks: ncu then leaves the column out.
#pragma once

#include <array>
#include <string>
#include <vector>

namespace profiler_ncu {

namespace metric {
inline constexpr const char* duration = "gpu__time_duration.sum";
inline constexpr const char* sm = "sm__throughput.avg.pct_of_peak_sustained_elapsed";
inline constexpr const char* dram = "gpu__dram_throughput.avg.pct_of_peak_sustained_elapsed";
inline constexpr const char* l2 = "lts__throughput.avg.pct_of_peak_sustained_elapsed";
inline constexpr const char* dram_bytes = "dram__bytes.sum";
inline constexpr const char* warps = "sm__warps_active.avg.pct_of_peak_sustained_active";
inline constexpr const char* warps_limit = "sm__maximum_warps_per_active_cycle_pct";
inline constexpr const char* tensor =
    "sm__pipe_tensor_cycles_active.avg.pct_of_peak_sustained_active";
inline constexpr const char* issue = "smsp__issue_active.avg.pct_of_peak_sustained_active";
inline constexpr const char* load_use =
    "smsp__sass_average_data_bytes_per_sector_mem_global_op_ld.pct";
inline constexpr const char* store_use =
    "smsp__sass_average_data_bytes_per_sector_mem_global_op_st.pct";
inline constexpr const char* local = "smsp__sass_inst_executed_op_local.sum";
inline constexpr const char* conflicts = "l1tex__data_bank_conflicts_pipe_lsu_mem_shared.sum";
inline constexpr const char* wavefronts = "l1tex__data_pipe_lsu_wavefronts_mem_shared.sum";
inline constexpr const char* registers = "launch__registers_per_thread";
inline constexpr const char* shared_static = "launch__shared_mem_per_block_static";
inline constexpr const char* shared_dynamic = "launch__shared_mem_per_block_dynamic";
inline constexpr const char* waves = "launch__waves_per_multiprocessor";
inline constexpr const char* grid = "launch__grid_size";
inline constexpr const char* block = "launch__block_size";
inline constexpr const char* multiprocessors = "launch__sm_count";
inline constexpr const char* limit_registers = "launch__occupancy_limit_registers";
inline constexpr const char* limit_shared = "launch__occupancy_limit_shared_mem";
inline constexpr const char* limit_blocks = "launch__occupancy_limit_blocks";
inline constexpr const char* limit_warps = "launch__occupancy_limit_warps";
}  // namespace metric

/// Why a warp does not issue, as ncu names it and as people do.
struct Stall {
  const char* name;
  const char* words;
};
inline constexpr std::array<Stall, 18> stalls = {{
    {"long_scoreboard", "global memory (long scoreboard)"},
    {"short_scoreboard", "shared memory (short scoreboard)"},
    {"barrier", "barrier"},
    {"gmma", "wgmma"},
    {"math_pipe_throttle", "math pipe busy"},
    {"mio_throttle", "MIO queue full"},
    {"lg_throttle", "load/store queue full"},
    {"tex_throttle", "texture queue full"},
    {"wait", "fixed latency (wait)"},
    {"no_instruction", "instruction fetch"},
    {"branch_resolving", "branch"},
    {"membar", "memory fence"},
    {"drain", "stores draining"},
    {"sleeping", "nanosleep"},
    {"imc_miss", "constant cache miss"},
    {"dispatch_stall", "dispatch"},
    {"misc", "other"},
    {"not_selected", "ready, another warp issued"},
}};
/// Of every issue one warp is selected: its share counts, and is no stall.
inline constexpr const char* selected = "selected";

/// Warps in this state per issued instruction.
[[nodiscard]] inline std::string stall_metric(const std::string& name) {
  return "smsp__average_warps_issue_stalled_" + name + "_per_issue_active.ratio";
}

/// Those of the detailed look, about 16 passes on an H200.
[[nodiscard]] std::vector<std::string> detailed_metrics();

}  // namespace profiler_ncu
