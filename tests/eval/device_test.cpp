#include <doctest/doctest.h>

#include "core/base/error.hpp"
#include "core/eval/worker_probe.hpp"

namespace {

fihost::DeviceInfo device(const char* type, int ordinal) {
  fihost::DeviceInfo info;
  info.type = type;
  info.ordinal = ordinal;
  return info;
}

fihost::Fault fault_of(const fihost::Probe& probe, const std::string& wanted) {
  try {
    static_cast<void>(fihost::choose_device(probe, wanted));
  } catch (const fihost::Error& e) {
    return e.fault();
  }
  return fihost::Fault::internal;
}

}  // namespace

TEST_CASE("CUDA is the default where there is a CUDA device") {
  const fihost::Probe both{{device("cpu", 0), device("cuda", 0), device("cuda", 1)}, {}};
  CHECK(fihost::choose_device(both, std::nullopt).text() == "cuda:0");
  CHECK(fihost::choose_device(both, "cuda").text() == "cuda:0");
  CHECK(fihost::choose_device(both, "cuda:1").text() == "cuda:1");
  CHECK(fihost::choose_device(both, "cpu").text() == "cpu");
}

TEST_CASE("the CPU is the default elsewhere, and asking for CUDA tells why there is none") {
  const fihost::Probe cpu{{device("cpu", 0)}, "no driver"};
  CHECK(fihost::choose_device(cpu, std::nullopt).text() == "cpu");
  CHECK_THROWS_WITH_AS(static_cast<void>(fihost::choose_device(cpu, "cuda")),
                       "--device cuda: there is no such device: no driver", fihost::Error);
  CHECK(fault_of(cpu, "cuda") == fihost::Fault::environment);
}

TEST_CASE("a device that cannot be meant is a usage error") {
  const fihost::Probe both{{device("cpu", 0), device("cuda", 0)}, {}};
  for (const char* text : {"gpu", "cuda:", "cuda:-1", "cuda:1x", "cpu:0", ""}) {
    CAPTURE(text);
    CHECK(fault_of(both, text) == fihost::Fault::usage);
  }
  CHECK(fault_of(both, "cuda:1") == fihost::Fault::environment);
}
