#include "core/device/profile_run.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "core/base/error.hpp"
#include "core/base/sdk_status.hpp"
#include "core/device/device.hpp"
#include "core/device/device_lock.hpp"
#include "core/device/inputs.hpp"
#include "core/device/invocation.hpp"
#include "core/device/object.hpp"

namespace fihost::device {
namespace {

/// The tensors of one call.
struct CallMemory {
  std::vector<TensorShape> shapes;
  std::vector<Buffer> buffers;
  std::vector<void*> data;
};

Buffer room(Device& device, std::uint64_t bytes, const std::string& what) {
  auto buffer = device.allocate(bytes, false);
  if (!buffer) {
    fail("{} has no room for {}: {} bytes wanted, {} free", device.info().name, what, bytes,
         device.free_bytes());
  }
  return std::move(*buffer);
}

CallMemory fill_tensors(Device& device, const Task& task, const Workload& workload,
                        std::uint64_t seed) {
  CallMemory memory;
  for (const TensorPlan& plan : plan_tensors(task.definition, workload, seed)) {
    memory.shapes.push_back(plan.shape);
    Buffer buffer;
    if (!plan.spec->scalar()) {
      buffer = room(device, plan.bytes, plan.spec->name);
      if (plan.output) {
        device.poison(buffer);
      } else {
        fill_input(device, buffer, plan, task, workload, seed, 0);
      }
    }
    memory.data.push_back(buffer ? buffer.data() : nullptr);
    memory.buffers.push_back(std::move(buffer));
  }
  return memory;
}

const Workload& find_workload(const Task& task, const std::string& uuid) {
  const auto found = std::find_if(task.workloads.begin(), task.workloads.end(),
                                  [&](const Workload& w) { return w.uuid == uuid; });
  if (found == task.workloads.end()) {
    fail("definition {} has no workload {}", task.definition.name, uuid);
  }
  return *found;
}

Object load(const ProfileRun& run, const DeviceInfo& device) {
  auto object = run.tvm_ffi ? Object::load(run.object, *run.tvm_ffi) : Object::load(run.object);
  if (!object.refusal().empty()) fail("{}: {}", run.object, object.refusal());
  if (run.tvm_ffi) return object;  // it has no descriptor of its own
  const fihost_candidate& table = object.table();
  if (table.definition != run.definition) {
    fail("{}: wrong definition: found {}, wanted {}", run.object, table.definition, run.definition);
  }
  if (table.device_type != device.type) {
    fail("{}: wrong device: it is not made for {}", run.object, device.name);
  }
  const auto refusal = arch_refusal(table.arch != nullptr ? table.arch : "", device.arch);
  if (!refusal.empty()) fail("{}: {}", run.object, refusal);
  return object;
}

void check(const ProfileRun& run, fihost_status status, const char* step, const std::string& text) {
  if (status == FIHOST_OK) return;
  fail("{}: {} returned {}: {}", run.object, step, status_name(status), text);
}

void call_twice(const ProfileRun& run, Object& object, const CallMemory& memory, Device& device) {
  const fihost_candidate& table = object.table();
  const fihost_device place{device.info().type, device.info().ordinal};
  Invocation bare(memory.shapes, std::vector<void*>(memory.shapes.size(), nullptr), place);
  std::string text;
  const fihost_sink sink = sink_of(text);
  object.set_shapes(memory.shapes);
  std::uint64_t bytes = 0;
  if (table.workspace_size != nullptr) {
    check(run, table.workspace_size(&bare.call(), &bytes, &sink), "workspace_size", text);
  }
  Buffer workspace;
  if (bytes > 0) workspace = room(device, bytes, "its workspace");
  void* state = object.state();
  if (table.prepare != nullptr) {
    check(run, table.prepare(&bare.call(), &state, &sink), "prepare", text);
  }
  Invocation call(memory.shapes, memory.data, place);
  if (workspace) call.set_workspace(workspace.data(), workspace.bytes());
  call.set_stream(device.stream());
  const auto once = [&] {
    const fihost_status status = table.run(state, &call.call(), &sink);
    const std::string fault = device.synchronize();
    check(run, status, "run", text);
    if (!fault.empty()) fail("{}: run failed on the device: {}", run.object, fault);
  };
  once();
  device.start_profiling();
  once();
  device.stop_profiling();
  if (table.prepare != nullptr) table.release(state);
}

}  // namespace

ProfileRun parse_profile_run(const Json& json) {
  ProfileRun run;
  run.definition = json.at("definition");
  if (!json.at("dataset").is_null()) run.dataset = json.at("dataset").get<std::string>();
  for (const Json& path : json.at("task_path")) run.task_path.push_back(path.get<std::string>());
  run.cache = json.at("cache").get<std::string>();
  run.seed = json.at("seed");
  run.workload = json.at("workload");
  run.object = json.at("object");
  if (const Json& entry = json.at("tvm_ffi"); !entry.is_null()) {
    run.tvm_ffi = TvmFfiEntry{.function = entry.at("function"), .runtime = entry.at("runtime")};
  }
  run.lock = json.at("lock");
  run.seconds = json.at("seconds");
  return run;
}

void run_profiled(const ProfileRun& run, const std::string& device_name) {
  if (run.seconds > 0) ::alarm(run.seconds);
  const auto device = open_device(device_name);
  std::optional<DeviceLock> lock;
  if (run.lock) {
    lock.emplace(device->info().type == FIHOST_CUDA ? device->info().uuid : "cpu", [&] {
      std::fprintf(stderr, "waiting for another fihost that is using %s\n",
                   device->info().name.c_str());
    });
  }
  const Task task = find_task(run.definition, run.dataset, run.task_path, run.cache);
  const auto memory = fill_tensors(*device, task, find_workload(task, run.workload), run.seed);
  Object object = load(run, device->info());
  call_twice(run, object, memory, *device);
}

}  // namespace fihost::device
