#include "core/device/examination.hpp"

#include <algorithm>
#include <map>

#include "core/base/error.hpp"
#include "core/base/sdk_status.hpp"
#include "core/base/statistics.hpp"
#include "core/device/failure_place.hpp"
#include "core/device/judgement.hpp"
#include "core/device/object.hpp"

namespace fihost::device {
namespace {

/// Ends an examination early; never leaves examine().
struct Verdict {
  Status status;
  std::string log;
  bool runner_lost = false;
};

std::uint64_t last_extent(const TensorPlan& plan) {
  const std::int32_t rank = plan.shape.rank;
  return rank == 0 ? 1 : static_cast<std::uint64_t>(plan.shape.extent[rank - 1]);
}

class Examiner {
 public:
  Examiner(RunnerProcess& runner, const LentSets& sets, const ExaminationRules& rules,
           const ExaminationContext& context)
      : runner_(runner),
        sets_(sets),
        rules_(rules),
        context_(context),
        judgement_(rules.tolerance, rules.rule) {}

  Trial run() {
    context_.on_stage("validate");
    poison_everything();
    lend_all();
    ask(MessageKind::prepare, "prepare()");
    for (std::uint32_t set = 0; set < sets_.sets.size(); ++set) check(set);
    if (judgement_.passed()) {
      context_.on_stage("time");
      time();
    }
    check_memory();
    if (!judgement_.passed()) {
      return result(Status::incorrect_numerical, timed_ + judgement_.failure());
    }
    ask(MessageKind::release, "release()");
    Trial trial = result(Status::passed, "");
    trial.timing = timing_;
    return trial;
  }

 private:
  std::chrono::milliseconds first_call_timeout() const {
    const std::chrono::milliseconds generous(
        static_cast<long>(std::max(20'000.0, 50 * sets_.reference_ms)));
    return std::min(rules_.call_timeout, generous);
  }

  /// One exchange; a dead or silent runner is a verdict.
  Message tell(const Message& request, const char* step, std::chrono::milliseconds timeout,
               int fd = -1) {
    Reply reply = runner_.exchange(request, timeout, fd);
    if (reply.silence == Silence::timeout) {
      throw Verdict{Status::timeout,
                    fmt::format("{} gave no answer within {} s; killed", step,
                                static_cast<double>(timeout.count()) / 1000),
                    true};
    }
    if (reply.silence == Silence::ended) {
      throw Verdict{Status::runtime_error,
                    fmt::format("the runner died in {}: {}", step, runner_.epitaph()), true};
    }
    return reply.message;
  }

  static void require_ok(const Message& reply, const char* step) {
    const std::string text = get_text(reply.text, sizeof reply.text);
    if (reply.fault != 0) {
      throw Verdict{Status::runtime_error, fmt::format("device fault in {}: {}", step, text), true};
    }
    if (reply.kind == MessageKind::done && reply.status != FIHOST_OK) {
      throw Verdict{Status::runtime_error,
                    fmt::format("{} returned {}{}{}", step, status_name(reply.status),
                                text.empty() ? "" : ": ", text),
                    reply.status == FIHOST_DEVICE_ERROR};
    }
  }

  void ask(MessageKind kind, const char* step) {
    Message request;
    request.kind = kind;
    require_ok(tell(request, step, rules_.call_timeout), step);
  }

  void lend(std::uint64_t set, std::uint32_t slot, const Buffer& buffer) {
    Message request;
    request.kind = MessageKind::lend;
    request.a = set;
    request.b = slot;
    request.c = buffer.bytes();
    require_ok(tell(request, "mapping lent memory", rules_.call_timeout, buffer.fd()),
               "mapping lent memory");
  }

  void lend_all() {
    Message request;
    request.kind = MessageKind::shapes;
    request.count = static_cast<std::uint32_t>(sets_.plans.size());
    for (std::size_t i = 0; i < sets_.plans.size(); ++i) request.tensors[i] = sets_.plans[i].shape;
    const Message reply = tell(request, "workspace_size()", rules_.call_timeout);
    require_ok(reply, "workspace_size()");
    if (reply.kind != MessageKind::workspace) {
      throw Verdict{Status::runtime_error, "the runner broke the protocol", true};
    }
    if (reply.a > 0) {
      workspace_ = context_.memory.workspace(reply.a);
      if (workspace_ == nullptr) {
        throw Verdict{Status::runtime_error,
                      fmt::format("workspace_size() asks for {} bytes, {} are free on {}", reply.a,
                                  context_.device.free_bytes(), context_.device.info().name)};
      }
      context_.device.poison(*workspace_);
    }
    for (std::uint32_t set = 0; set < sets_.sets.size(); ++set) {
      for (std::uint32_t i = 0; i < sets_.plans.size(); ++i) {
        if (sets_.sets[set][i]) lend(set, i, sets_.sets[set][i]);
      }
    }
    if (workspace_ != nullptr) lend(0, workspace_slot, *workspace_);
  }

  /// Slack keeps its poison from here to the end, so that whatever is written there stays seen.
  void poison_everything() {
    for (const auto& set : sets_.sets) {
      for (std::size_t i = 0; i < sets_.plans.size(); ++i) {
        if (sets_.plans[i].output) context_.device.poison(set[i]);
      }
    }
    settle();
  }

  void poison_outputs(std::uint32_t set, std::uint8_t byte) {
    for (std::size_t i = 0; i < sets_.plans.size(); ++i) {
      if (sets_.plans[i].output) context_.device.fill(sets_.sets[set][i], byte);
    }
    settle();
  }

  void run(std::uint32_t set) {
    Message request;
    request.kind = MessageKind::run;
    request.a = set;
    require_ok(tell(request, "run()", first_call_timeout()), "run()");
  }

  /// The judge's own work must be over before a runner's begins.
  void settle() {
    const std::string fault = context_.device.synchronize();
    if (!fault.empty()) fail("the judge's own device context is lost: {}", fault);
  }

  const Buffer& expected(std::uint32_t set, std::size_t tensor) const {
    const auto is_output = [](const TensorPlan& p) { return p.output; };
    const auto first = sets_.plans.begin();
    const auto index = static_cast<std::size_t>(
        std::count_if(first, first + static_cast<std::ptrdiff_t>(tensor), is_output));
    return context_.memory.expected(set)[index];
  }

  Compared compare(std::uint32_t set, std::size_t tensor, std::uint8_t poison) {
    const TensorPlan& plan = sets_.plans[tensor];
    const RowGrid grid = row_grid(plan.elements, last_extent(plan));
    return {.what = fmt::format("output {} of input set {}", plan.spec->name, set),
            .found = context_.device.compare(expected(set, tensor), sets_.sets[set][tensor],
                                             {plan.spec->dtype, grid, rules_.tolerance, poison}),
            .grid = grid};
  }

  /// Where an output holds the poison it may be right to; a second call on another poison tells.
  void check(std::uint32_t set) {
    poison_outputs(set, poison_byte);
    run(set);
    std::map<std::size_t, Compared> found;
    std::map<std::size_t, Buffer> doubtful;
    for (std::size_t i = 0; i < sets_.plans.size(); ++i) {
      if (!sets_.plans[i].output) continue;
      const Compared& compared = found.emplace(i, compare(set, i, poison_byte)).first->second;
      if (compared.found.poisoned > 0) doubtful.emplace(i, copy_of(sets_.sets[set][i], i));
    }
    if (!doubtful.empty()) {
      poison_outputs(set, second_poison_byte);
      run(set);
    }
    for (const auto& [tensor, first] : doubtful) {
      const TensorPlan& plan = sets_.plans[tensor];
      found.at(tensor).unwritten = context_.device.count_unwritten(first, sets_.sets[set][tensor],
                                                                   plan.spec->dtype, plan.elements);
    }
    for (const auto& [tensor, compared] : found) {
      const auto before = doubtful.find(tensor);
      judge(set, tensor, compared, before == doubtful.end() ? nullptr : &before->second);
    }
  }

  /// `first`: what an earlier call on the other poison left.
  void judge(std::uint32_t set, std::size_t tensor, const Compared& compared, const Buffer* first) {
    judgement_.add(compared, [&] {
      return place_text(context_.device, {.expected = expected(set, tensor),
                                          .actual = sets_.sets[set][tensor],
                                          .plan = sets_.plans[tensor],
                                          .compared = compared,
                                          .tolerance = rules_.tolerance,
                                          .first = first});
    });
  }

  Buffer copy_of(const Buffer& buffer, std::size_t tensor) {
    auto copy = context_.device.allocate(buffer.bytes(), false);
    if (!copy) {
      fail("{} has no room for a copy of output {} of {} bytes", context_.device.info().name,
           sets_.plans[tensor].spec->name, buffer.bytes());
    }
    context_.device.copy(*copy, buffer);
    return std::move(*copy);
  }

  /// Inputs are what they were, and nothing outside outputs and workspace was touched.
  void check_memory() {
    for (std::size_t set = 0; set < sets_.sets.size(); ++set) {
      for (std::size_t i = 0; i < sets_.plans.size(); ++i) {
        const Buffer& buffer = sets_.sets[set][i];
        if (!buffer) continue;
        const std::string& what = sets_.plans[i].spec->name;
        if (sets_.plans[i].output) {
          if (!context_.device.slack_intact(buffer)) {
            throw Verdict{Status::runtime_error, "run() wrote outside output " + what};
          }
        } else if (context_.device.checksum(buffer) != sets_.checksums[set][i]) {
          throw Verdict{Status::runtime_error, "run() changed input " + what};
        }
      }
    }
    if (workspace_ != nullptr && !context_.device.slack_intact(*workspace_)) {
      throw Verdict{Status::runtime_error, "run() wrote outside its workspace"};
    }
  }

  /// Outputs are poisoned before every block, and those of the last block are judged again.
  void time() {
    Measurement measurement(rules_.timing);
    std::vector<double> clocks;
    std::string throttle;
    std::uint64_t first = 0, last_first = 0;
    std::uint32_t last_count = 0;
    while (const std::uint32_t count = measurement.next_block()) {
      for (std::uint32_t set = 0; set < sets_.sets.size(); ++set) {
        poison_outputs(set, second_poison_byte);
      }
      context_.quiet();
      Message request;
      request.kind = MessageKind::time;
      request.a = first;
      request.b = std::min(count, max_samples);
      const auto start = Clock::now();
      const Message reply = tell(request, "a timed run()", rules_.call_timeout);
      const std::chrono::duration<double, std::milli> wall = Clock::now() - start;
      require_ok(reply, "a timed run()");
      if (reply.kind != MessageKind::samples || reply.count != request.b) {
        throw Verdict{Status::runtime_error, "the runner broke the protocol", true};
      }
      if (reply.waited > 0) {
        throw Verdict{Status::runtime_error,
                      "run() waited for the device; it may only enqueue work on the given stream",
                      true};
      }
      measurement.add(reply.samples, reply.count, wall.count());
      const ClockState state = context_.nvml.read();
      if (state.sm_mhz > 0) clocks.push_back(state.sm_mhz);
      if (!state.throttle.empty()) throttle = state.throttle;
      last_first = first;
      last_count = reply.count;
      first += reply.count;
    }
    timing_ = measurement.summary();
    if (!clocks.empty()) timing_.sm_mhz = median(clocks);
    timing_.throttle = throttle;
    const auto sets = static_cast<std::uint32_t>(sets_.sets.size());
    for (std::uint32_t i = 0; i < std::min(sets, last_count); ++i) {
      const auto set = static_cast<std::uint32_t>((last_first + i) % sets);
      for (std::size_t tensor = 0; tensor < sets_.plans.size(); ++tensor) {
        if (sets_.plans[tensor].output) {
          judge(set, tensor, compare(set, tensor, second_poison_byte), nullptr);
        }
      }
    }
    if (!judgement_.passed()) timed_ = "a timed call gave wrong results: ";
  }

  Trial result(Status status, const std::string& log) const {
    Trial trial;
    trial.status = status;
    trial.correctness = judgement_.correctness();
    trial.log = log;
    return trial;
  }

  RunnerProcess& runner_;
  const LentSets& sets_;
  const ExaminationRules& rules_;
  const ExaminationContext& context_;
  const Buffer* workspace_ = nullptr;
  Judgement judgement_;
  std::string timed_;  ///< where the failure was found; "" in a checked call
  Timing timing_;
};

}  // namespace

Examination examine(RunnerProcess& runner, const LentSets& sets, const ExaminationRules& rules,
                    const ExaminationContext& context) {
  Examination out;
  try {
    out.trial = Examiner(runner, sets, rules, context).run();
  } catch (const Verdict& verdict) {
    out.trial.status = verdict.status;
    out.trial.log = verdict.log;
    out.runner_lost = verdict.runner_lost;
  }
  return out;
}

}  // namespace fihost::device
