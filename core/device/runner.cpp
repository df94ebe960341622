#include "core/device/runner.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/error.hpp"
#include "core/device/channel.hpp"
#include "core/device/device.hpp"
#include "core/device/invocation.hpp"
#include "core/device/object.hpp"

namespace fihost::device {
namespace {

/// State of the one candidate and the one workload at hand.
class Runner {
 public:
  Runner(std::unique_ptr<Device> device, FlushRule rule)
      : device_(std::move(device)), stopwatch_(device_->make_stopwatch(rule)) {}

  /// Time of a call that does nothing, through the same stopwatch.
  double null_call_ms() {
    std::vector<double> samples;
    for (int i = 0; i < 21; ++i) samples.push_back(stopwatch_->time([] { return FIHOST_OK; }).ms);
    std::nth_element(samples.begin(), samples.begin() + 10, samples.end());
    return samples[10];
  }

  Message serve(const Message& request, UniqueFd fd) {
    switch (request.kind) {
      case MessageKind::load:
        return load(request, std::move(fd));
      case MessageKind::shapes:
        return shapes(request);
      case MessageKind::lend:
        return lend(request, std::move(fd));
      case MessageKind::prepare:
        return prepare();
      case MessageKind::run:
        return run(request.a);
      case MessageKind::time:
        return time(request.a, request.b);
      case MessageKind::release:
        release();
        return done(FIHOST_OK, "");
      default:
        throw Error("a judge sent a message that only runners send", Fault::internal);
    }
  }

 private:
  static Message done(fihost_status status, const std::string& text, bool fault = false) {
    Message reply;
    reply.kind = MessageKind::done;
    reply.status = status;
    reply.fault = fault ? 1 : 0;
    set_text(reply, text);
    return reply;
  }

  Message load(const Message& request, UniqueFd fd) {
    const auto path = "/proc/self/fd/" + std::to_string(fd.get());
    const TvmFfiText& text_of = request.tvm_ffi;
    const TvmFfiEntry entry{get_text(text_of.function, sizeof text_of.function),
                            get_text(text_of.runtime, sizeof text_of.runtime)};
    object_ = entry.function.empty() ? Object::load(path) : Object::load(path, entry);
    state_ = object_->state();
    Message reply;
    if (!object_->refusal().empty()) {
      reply.kind = MessageKind::refused;
      set_text(reply, object_->refusal());
      return reply;
    }
    const fihost_candidate& table = object_->table();
    reply.kind = MessageKind::loaded;
    DescriptorText& text = reply.descriptor;
    std::memset(&text, 0, sizeof text);
    std::strncpy(text.name, table.name, sizeof text.name - 1);
    std::strncpy(text.definition, table.definition, sizeof text.definition - 1);
    if (table.arch != nullptr) {
      std::strncpy(text.arch, table.arch, sizeof text.arch - 1);
      text.has_arch = 1;
    }
    text.role = table.role;
    text.device_type = table.device_type;
    text.flags = table.header.flags;
    return reply;
  }

  fihost_device place() const { return {device_->info().type, device_->info().ordinal}; }

  Message shapes(const Message& request) {
    release();
    shapes_.assign(request.tensors, request.tensors + std::min(request.count, max_tensors));
    object_->set_shapes(shapes_);
    shapes_only_.emplace(shapes_, std::vector<void*>(shapes_.size(), nullptr), place());
    std::uint64_t bytes = 0;
    const fihost_candidate& table = object_->table();
    if (table.workspace_size != nullptr) {
      std::string text;
      const fihost_sink sink = sink_of(text);
      const fihost_status status = table.workspace_size(&shapes_only_->call(), &bytes, &sink);
      if (status != FIHOST_OK) return done(status, text);
    }
    Message reply;
    reply.kind = MessageKind::workspace;
    reply.a = bytes;
    return reply;
  }

  /// a = set, b = tensor index or workspace_slot, c = bytes of the tensor.
  Message lend(const Message& request, UniqueFd fd) {
    Buffer buffer = device_->map(std::move(fd), request.c);
    if (request.b == workspace_slot) {
      workspace_ = std::move(buffer);
    } else {
      if (buffers_.size() <= request.a) buffers_.resize(request.a + 1);
      buffers_[request.a].resize(shapes_.size());
      buffers_[request.a].at(request.b) = std::move(buffer);
    }
    return done(FIHOST_OK, "");
  }

  Message prepare() {
    const fihost_candidate& table = object_->table();
    if (table.prepare != nullptr) {
      std::string text;
      const fihost_sink sink = sink_of(text);
      const fihost_status status = table.prepare(&shapes_only_->call(), &state_, &sink);
      if (status != FIHOST_OK) return done(status, text);
      prepared_ = true;
    }
    for (auto& set : buffers_) {
      std::vector<void*> data;
      for (std::size_t i = 0; i < shapes_.size(); ++i) {
        data.push_back(set[i] ? set[i].data() : nullptr);
      }
      calls_.emplace_back(shapes_, data, place());
      if (workspace_) calls_.back().set_workspace(workspace_.data(), workspace_.bytes());
      calls_.back().set_stream(device_->stream());
    }
    return done(FIHOST_OK, "");
  }

  fihost_status call(std::uint64_t set) {
    text_.clear();
    const fihost_sink sink = sink_of(text_);
    return object_->table().run(state_, &calls_.at(set).call(), &sink);
  }

  Message run(std::uint64_t set) {
    const fihost_status status = call(set);
    const std::string fault = device_->synchronize();
    if (!fault.empty()) return done(FIHOST_DEVICE_ERROR, fault, true);
    return done(status, text_);
  }

  /// a = first set, b = samples.
  Message time(std::uint64_t first, std::uint64_t count) {
    Message reply;
    reply.kind = MessageKind::samples;
    for (std::uint64_t i = 0; i < std::min<std::uint64_t>(count, max_samples); ++i) {
      const std::uint64_t set = (first + i) % calls_.size();
      const Sample sample = stopwatch_->time([&] { return call(set); });
      if (!sample.fault.empty()) return done(FIHOST_DEVICE_ERROR, sample.fault, true);
      if (sample.status != FIHOST_OK) return done(sample.status, text_);
      reply.samples[reply.count++] = sample.ms;
      reply.waited += sample.waited ? 1 : 0;
    }
    return reply;
  }

  void release() {
    if (prepared_) object_->table().release(state_);
    prepared_ = false;
    state_ = object_->state();
    calls_.clear();
    buffers_.clear();
    workspace_ = Buffer();
    shapes_only_.reset();
    shapes_.clear();
  }

  std::unique_ptr<Device> device_;
  std::unique_ptr<Stopwatch> stopwatch_;
  std::optional<Object> object_;
  std::vector<TensorShape> shapes_;
  std::optional<Invocation> shapes_only_;
  std::vector<std::vector<Buffer>> buffers_;  // [set][tensor]
  Buffer workspace_;
  std::vector<Invocation> calls_;  // [set]
  void* state_ = nullptr;
  bool prepared_ = false;
  std::string text_;
};

}  // namespace

int run_runner(const std::string& device, const std::string& flush, int control_fd) {
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  Channel channel{UniqueFd(control_fd)};
  Runner runner(open_device(device), flush == "read" ? FlushRule::read : FlushRule::zero);
  Message ready;
  ready.kind = MessageKind::ready;
  ready.samples[0] = runner.null_call_ms();
  if (!channel.send(ready)) return 0;
  while (auto packet = channel.receive()) {
    Message reply = runner.serve(packet->message, std::move(packet->fd));
    reply.sequence = packet->message.sequence;
    if (!channel.send(reply)) break;
  }
  // No destructors: a candidate's own exit handlers and driver state must not run or hang here.
  ::_exit(0);
}

}  // namespace fihost::device
