#include "core/search/static_advice.hpp"

#include <doctest/doctest.h>

#include "core/base/json.hpp"
#include "core/base/temp_dir.hpp"

using namespace fihost::search;

namespace {

bool contains(const std::vector<std::string>& lines, const std::string& part) {
  for (const auto& line : lines) {
    if (line.find(part) != std::string::npos) return true;
  }
  return false;
}

fihost::KernelUsage kernel(int registers, int spilled, int stack) {
  return {.kernel = "moe::gemm",
          .arch = "sm_90a",
          .registers = registers,
          .stack_bytes = stack,
          .spill_store_bytes = spilled,
          .spill_load_bytes = spilled,
          .shared_bytes = 0};
}

constexpr const char* sass = R"(
	code for sm_90a
		Function : _Z4gemm
	.headerflags	@"EF_CUDA_SM90"
        /*0000*/                   LDC R1, c[0x0][0x28] ;                 /* 0x00000a00ff017b82 */
                                                                          /* 0x000fc00000000800 */
        /*0010*/              @!P0 HMMA.16816.F32 R4, R8, R12, R4 ;       /* 0x0000000c0804723c */
        /*0020*/                   QGMMA.64x128x32.F32.E4M3.E4M3 R24, gdesc[UR4] ;
        /*0030*/                   FFMA R3, R4, R5, R6 ;
        /*0040*/                   HFMA2.MMA R3, -RZ, RZ, 0, 0 ;
)";

fihost::Task matrix_task(fihost::DType dtype) {
  fihost::Task task;
  fihost::TensorSpec input;
  input.shape = {"m", "k"};
  input.dtype = dtype;
  task.definition.inputs.push_back(input);
  for (const double flops : {1e6, 3e8, 1e9}) {
    fihost::Workload workload;
    workload.cost = fihost::Cost{.bytes = 1e6, .flops = flops};
    task.workloads.push_back(workload);
  }
  return task;
}

}  // namespace

TEST_CASE("instructions of tensor cores are told from others that look like them") {
  const auto count = count_instructions(sass);
  CHECK(count.all == 5);
  CHECK(count.tensor == 2);
  CHECK(count_instructions("no machine code /* at */ all").all == 0);
}

TEST_CASE("spills, local arrays and many registers are named with their numbers") {
  const auto lines = static_advice(
      {.kernels = {kernel(255, 16, 16), kernel(32, 0, 128)}, .instructions = std::nullopt});
  CHECK(contains(lines, "moe::gemm (sm_90a) spills registers: 16 B stored and 16 B loaded"));
  CHECK(contains(lines, "keeps 128 B a thread in local memory"));
  CHECK(contains(lines, "uses 255 registers a thread: at most 8 warps fit"));
  CHECK(lines.size() == 3);
  CHECK(static_advice({.kernels = {kernel(128, 0, 0)}, .instructions = std::nullopt}).empty());
}

TEST_CASE("idle tensor cores are only told of where the arithmetic would need them") {
  const Instructions none{.all = 100, .tensor = 0}, some{.all = 100, .tensor = 1};
  CHECK(contains(
      static_advice({.kernels = {}, .instructions = none, .compute_bound = 2, .workloads = 3}),
      "no tensor-core instruction in its machine code, although 2 of 3 workloads"));
  CHECK(static_advice({.kernels = {}, .instructions = none, .compute_bound = 0, .workloads = 3})
            .empty());
  CHECK(static_advice({.kernels = {}, .instructions = some, .compute_bound = 2, .workloads = 3})
            .empty());
  CHECK(static_advice(
            {.kernels = {}, .instructions = std::nullopt, .compute_bound = 2, .workloads = 3})
            .empty());
}

TEST_CASE("a workload is bound by arithmetic above the ridge of its widest operand") {
  fihost::DeviceInfo device;
  device.type = "cuda";
  device.bandwidth_bytes_s = 5e12;
  device.fp8_flops_s = 2e15;  // ridge: 400 flops a byte for fp8, 200 for 16 bits
  CHECK(compute_bound_workloads(matrix_task(fihost::DType::float8_e4m3fn), device) == 1);
  CHECK(compute_bound_workloads(matrix_task(fihost::DType::bfloat16), device) == 2);
  CHECK(compute_bound_workloads(matrix_task(fihost::DType::float32), device) == 0);
  device.bandwidth_bytes_s = 0;
  CHECK(compute_bound_workloads(matrix_task(fihost::DType::bfloat16), device) == 0);
}

TEST_CASE("machine code is read with the cuobjdump beside nvcc, and done without where it fails") {
  const fihost::TempDir folder;
  const auto tool = folder.path() / "cuobjdump";
  fihost::Toolchain toolchain;
  toolchain.nvcc = (folder.path() / "nvcc").string();
  const auto install = [&](const std::string& body) {
    fihost::write_text(tool, "#!/bin/sh\n" + body);
    std::filesystem::permissions(tool, std::filesystem::perms::owner_all);
    return disassemble("x.so", toolchain, std::chrono::seconds(10));
  };
  fihost::write_text(folder.path() / "sass", sass);
  const auto found = install("[ \"$1 $2\" = '-sass x.so' ] && cat \"$(dirname \"$0\")/sass\"\n");
  REQUIRE(found);
  CHECK(found->tensor == 2);
  CHECK_FALSE(install("exit 1\n"));
  CHECK_FALSE(install("echo nothing to see\n"));
}
