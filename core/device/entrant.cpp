#include "core/device/entrant.hpp"

#include <fcntl.h>

#include <algorithm>

#include "core/base/error.hpp"
#include "core/device/object.hpp"

namespace fihost::device {
namespace {

constexpr std::chrono::seconds load_limit{10};
constexpr int abnormal_ends_allowed =
    2;  // of one candidate, before its other workloads are given up

}  // namespace

Entrant::Entrant(const Bench& bench, EntrantObject object, ExaminationRules rules,
                 StageEvent on_stage)
    : bench_(bench),
      object_(std::move(object)),
      rules_(std::move(rules)),
      on_stage_(std::move(on_stage)),
      runners_(rules_.timing.processes) {
  if (object_.role == FIHOST_ROLE_REFERENCE) {
    rules_.call_timeout = std::chrono::hours(1);  // it is trusted and may be slow; it is waited for
    rules_.rule = CorrectnessRule::strict;        // it must repeat itself, infinities and all
  }
}

void Entrant::restart(std::size_t count) {
  runners_.clear();
  runners_.resize(count);
}

bool Entrant::ready(std::size_t process) {
  if (!verdict_ && !runners_.at(process)) load(process);
  return !verdict_;
}

std::string Entrant::descriptor_refusal(const DescriptorText& text) const {
  const std::string definition = get_text(text.definition, sizeof text.definition);
  if (definition != bench_.definition) {
    return fmt::format("wrong definition: found {}, wanted {}", definition, bench_.definition);
  }
  if (text.role != object_.role) {
    return fmt::format("wrong role: found {} ({}), wanted {}", text.role, role_name(text.role),
                       role_name(object_.role));
  }
  if (text.device_type != bench_.device.info().type) {
    const auto device_name = [](std::int32_t type) {
      return type == FIHOST_CUDA ? "CUDA" : type == FIHOST_CPU ? "the CPU" : "an unknown device";
    };
    return fmt::format("wrong device: made for {}, this run uses {}", device_name(text.device_type),
                       device_name(bench_.device.info().type));
  }
  const std::string arch = text.has_arch != 0 ? get_text(text.arch, sizeof text.arch) : "";
  return arch_refusal(arch, bench_.device.info().arch);
}

void Entrant::load(std::size_t process) {
  auto& runner = runners_.at(process);
  const auto refuse = [&](Status status, const std::string& log) {
    runner.reset();
    verdict_ = Trial{};
    verdict_->status = status;
    verdict_->log = log;
  };
  const UniqueFd file(::open(object_.path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return refuse(Status::compile_error, "cannot be opened");
  runner = bench_.runners.take();
  Message request;
  request.kind = MessageKind::load;
  if (object_.tvm_ffi) {
    const auto& [function, runtime] = *object_.tvm_ffi;
    TvmFfiText& text = request.tvm_ffi;
    if (function.size() >= sizeof text.function || runtime.size() >= sizeof text.runtime) {
      return refuse(Status::compile_error, "the name of its entry or of its runtime is too long");
    }
    function.copy(text.function, function.size());
    runtime.copy(text.runtime, runtime.size());
  }
  const auto limit = std::min<std::chrono::milliseconds>(load_limit, rules_.call_timeout);
  const Reply reply = runner->exchange(request, limit, file.get());
  if (reply.silence == Silence::timeout) {
    refuse(Status::timeout,
           fmt::format("loading it took more than {} s (a constructor hangs?); killed",
                       static_cast<double>(limit.count()) / 1000));
  } else if (reply.silence == Silence::ended) {
    refuse(Status::runtime_error, "the runner died while loading it: " + runner->epitaph());
  } else if (reply.message.kind == MessageKind::refused) {
    refuse(Status::compile_error, get_text(reply.message.text, sizeof reply.message.text));
  } else {
    const DescriptorText& text = reply.message.descriptor;
    name_ = get_text(text.name, sizeof text.name);
    if (object_.tvm_ffi) return;  // it has no descriptor of its own
    if (const std::string why = descriptor_refusal(text); !why.empty()) {
      refuse(Status::compile_error, why);
    }
  }
}

Trial Entrant::examine(std::size_t process, const LentSets& sets) {
  const ExaminationContext context{
      bench_.device, bench_.memory, bench_.nvml,
      [&](const char* stage) { on_stage_(sets.workload->uuid, stage); },
      [&] { bench_.runners.wait_quiet(); }};
  Examination examination = device::examine(*runners_.at(process), sets, rules_, context);
  if (examination.runner_lost) {
    ++abnormal_ends_;
    const bool hung = examination.trial.status == Status::timeout;
    if (hung || abnormal_ends_ >= abnormal_ends_allowed) {
      verdict_ = examination.trial;
      verdict_->log = "skipped: on an earlier workload " + examination.trial.log;
    }
  }
  // What a refused call left behind is nobody's business.
  if (examination.trial.status != Status::passed) restart(1);
  return examination.trial;
}

}  // namespace fihost::device
