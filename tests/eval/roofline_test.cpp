#include "core/eval/roofline.hpp"

#include <doctest/doctest.h>

namespace {

fihost::DeviceInfo gpu() {
  fihost::DeviceInfo device;
  device.type = "cuda";
  device.bandwidth_bytes_s = 1e12;
  device.fp8_flops_s = 1e15;
  return device;
}

fihost::Definition definition() {
  fihost::Definition d;
  d.axes = {{.name = "n", .value = {}, .description = {}},
            {.name = "k", .value = 1000, .description = {}}};
  d.inputs = {{.name = "x",
               .shape = std::vector<std::string>{"n", "k"},
               .dtype = fihost::DType::bfloat16,
               .description = {}},
              {.name = "s", .shape = {}, .dtype = fihost::DType::float32, .description = {}}};
  d.outputs = {{.name = "y",
                .shape = std::vector<std::string>{"n"},
                .dtype = fihost::DType::float32,
                .description = {}}};
  return d;
}

fihost::Workload workload(std::optional<fihost::Cost> cost) {
  fihost::Workload w;
  w.axes = {{"n", 10}};
  w.cost = cost;
  return w;
}

}  // namespace

TEST_CASE("the floor is the slower of memory and arithmetic") {
  CHECK(*fihost::roofline_ms(gpu(), definition(), workload(fihost::Cost{1e9, 1e9})) ==
        doctest::Approx(1.0));
  CHECK(*fihost::roofline_ms(gpu(), definition(), workload(fihost::Cost{1e9, 5e12})) ==
        doctest::Approx(5.0));
}

TEST_CASE("without a stated cost every tensor is moved once") {
  auto slow = gpu();
  slow.bandwidth_bytes_s = 1e3;  // a millisecond a byte
  CHECK(*fihost::roofline_ms(slow, definition(), workload({})) ==
        doctest::Approx(10 * 1000 * 2 + 10 * 4).epsilon(1e-9));
}

TEST_CASE("there is no floor on the CPU or without a bandwidth") {
  fihost::DeviceInfo unknown;
  unknown.type = "cuda";
  CHECK_FALSE(fihost::roofline_ms(unknown, definition(), workload({})));
  auto cpu = gpu();
  cpu.type = "cpu";
  CHECK_FALSE(fihost::roofline_ms(cpu, definition(), workload({})));
}
