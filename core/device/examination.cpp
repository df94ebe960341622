#include "core/device/examination.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/error.hpp"
#include "core/base/sdk_status.hpp"
#include "core/base/statistics.hpp"
#include "core/device/object.hpp"

namespace fihost::device {
namespace {

/// Ends an examination early; never leaves examine().
struct Verdict {
  Status status;
  std::string log;
  bool runner_lost = false;
};

class Examiner {
 public:
  Examiner(RunnerProcess& runner, const LentSets& sets, const ExaminationRules& rules,
           const ExaminationContext& context)
      : runner_(runner), sets_(sets), rules_(rules), context_(context) {}

  Trial run() {
    context_.on_stage("validate");
    lend_all();
    ask(MessageKind::prepare, "prepare()");
    for (std::uint32_t set = 0; set < sets_.sets.size(); ++set) {
      poison_outputs(set);
      Message request;
      request.kind = MessageKind::run;
      request.a = set;
      require_ok(tell(request, "run()", first_call_timeout()), "run()");
      judge_outputs(set);
    }
    if (passed()) {
      context_.on_stage("time");
      time();
    }
    check_memory();
    if (!passed()) return result(Status::incorrect_numerical, mismatch_);
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

  void poison_outputs(std::uint32_t set) {
    for (std::size_t i = 0; i < sets_.plans.size(); ++i) {
      if (sets_.plans[i].output) context_.device.poison(sets_.sets[set][i]);
    }
    settle();
  }

  /// The judge's own work must be over before a runner's begins.
  void settle() {
    const std::string fault = context_.device.synchronize();
    if (!fault.empty()) fail("the judge's own device context is lost: {}", fault);
  }

  /// FlashInfer Trace's rule: infinities first, then NaN, then the tolerance; the worst set counts.
  void judge_outputs(std::uint32_t set) {
    std::size_t output = 0;
    for (std::size_t i = 0; i < sets_.plans.size(); ++i) {
      const TensorPlan& plan = sets_.plans[i];
      if (!plan.output) continue;
      const Comparison found =
          context_.device.compare(context_.memory.expected(set)[output++], sets_.sets[set][i],
                                  plan.spec->dtype, plan.elements, rules_.tolerance);
      record(found, plan, set);
    }
  }

  void record(const Comparison& found, const TensorPlan& plan, std::uint32_t set) {
    const double matched = found.total == 0 ? 1.0
                                            : std::clamp(1.0 - static_cast<double>(found.failures) /
                                                                   static_cast<double>(found.total),
                                                         0.0, 1.0);
    const double required = rules_.tolerance.required_matched_ratio.value_or(1.0);
    const auto worse = [](double a, double b) { return std::isnan(a) || a > b ? a : b; };
    double abs = found.max_abs, rel = found.max_rel;
    std::string text;
    if (found.has_infinity) {
      abs = rel = std::numeric_limits<double>::infinity();
      text = "holds an infinity";
    } else if (found.has_nan) {
      abs = rel = std::numeric_limits<double>::quiet_NaN();
      text = "holds NaN or was not written in full";
    } else if (matched < required) {
      text = fmt::format(
          "{} of {} elements are off by more than atol {} and rtol {}; {:.4g} % match, "
          "{:.4g} % required",
          found.failures, found.total, rules_.tolerance.atol, rules_.tolerance.rtol, 100 * matched,
          100 * required);
    }
    if (!text.empty() && mismatch_.empty()) {
      mismatch_ = fmt::format("output {} of input set {} {}", plan.spec->name, set, text);
    }
    correctness_.max_abs_error = worse(abs, correctness_.max_abs_error);
    correctness_.max_rel_error = worse(rel, correctness_.max_rel_error);
    correctness_.matched_ratio = std::min(correctness_.matched_ratio, matched);
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
    std::uint64_t first = 0;
    std::uint32_t last_count = 0;
    while (const std::uint32_t count = measurement.next_block()) {
      for (std::uint32_t set = 0; set < sets_.sets.size(); ++set) poison_outputs(set);
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
      last_first_ = first;
      last_count = reply.count;
      first += reply.count;
    }
    timing_ = measurement.summary();
    if (!clocks.empty()) timing_.sm_mhz = median(clocks);
    timing_.throttle = throttle;
    const auto sets = static_cast<std::uint32_t>(sets_.sets.size());
    for (std::uint32_t i = 0; i < std::min(sets, last_count); ++i) {
      judge_outputs(static_cast<std::uint32_t>((last_first_ + i) % sets));
    }
    if (!passed()) mismatch_ = "a timed call gave wrong results: " + mismatch_;
  }

  bool passed() const { return mismatch_.empty(); }

  Trial result(Status status, const std::string& log) const {
    Trial trial;
    trial.status = status;
    trial.correctness = correctness_;
    trial.log = log;
    return trial;
  }

  RunnerProcess& runner_;
  const LentSets& sets_;
  const ExaminationRules& rules_;
  const ExaminationContext& context_;
  const Buffer* workspace_ = nullptr;
  Correctness correctness_;
  std::string mismatch_;
  Timing timing_;
  std::uint64_t last_first_ = 0;
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
