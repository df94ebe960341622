// The inside of evolve(): its state, and who may touch it.
#pragma once

#include <atomic>
#include <exception>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/process.hpp"
#include "core/search/cascade.hpp"
#include "core/search/course.hpp"
#include "core/search/event_queue.hpp"
#include "core/search/evolution.hpp"
#include "core/search/flights.hpp"
#include "core/search/known_sources.hpp"
#include "core/search/measure_slot.hpp"
#include "core/search/mutator_request.hpp"
#include "core/search/program_shelf.hpp"

namespace fihost::search {

/// An attempt between its assignment and its record.
struct UnderWay {
  Assignment assignment;
  Proposal proposal;
  Measured screened = {};               ///< the first, quick look
  std::vector<Rematch> rematches = {};  ///< those that were held, without the challenger's id
  std::string stage = "proposing";
  Clock::time_point since = Clock::now();  ///< the stage
};

/// Tells an observer that may not be there.
template <class... Args, class... Given>
void notify(const std::function<void(Args...)>& function, Given&&... given) {
  if (function) function(std::forward<Given>(given)...);
}

/// The state of one evolve(). Everything runs on the thread that called it; other threads post what
/// they have found.
class Evolution {
 public:
  Evolution(const EvolutionRequest& request, const EvolutionServices& services, RunStore& store,
            std::stop_token stop);

  /// Nothing is measured for nobody.
  ~Evolution() { hard_.request_stop(); }
  Evolution(const Evolution&) = delete;
  Evolution& operator=(const Evolution&) = delete;

  EvolutionEnd run();

 private:
  // The beginning: evolution_start.cpp.
  void open_slots();
  void start();
  /// Times the seed against itself: what two equal candidates seem to differ by.
  [[nodiscard]] Rematch measure_noise(const Program& seed);
  /// Throws Error when it does not build or is not right: nothing can be improved then.
  Program measured_seed();
  void resume(const Json& state);
  void recall();
  void choose_screen(const Program& seed);

  // The loop: evolution.cpp.
  void loop();
  [[nodiscard]] bool room() const;
  void begin_end(std::string reason);
  void assign();
  void launch(const Attempt& attempt, std::vector<Exchange> recorded);
  [[nodiscard]] RunState state();
  void tell_progress();
  EvolutionEnd end();

  // What the threads tell: evolution_results.cpp.
  void on_exchange(const Exchange& exchange);
  void warn_of_model(const Json& warnings);
  void on_landed(AttemptId id, Proposal proposal, const std::exception_ptr& failure);
  /// It was in flight when the run ended: left as it is where the run can go on.
  void abandon(AttemptId id);
  void reject(AttemptId id);
  void on_measured(AttemptId id, CascadeResult result);
  void challenge(AttemptId id);
  void on_rematched(AttemptId id, ProgramId champion, Rematch rematch);
  /// It failed while a challenger that passed was timed beside it: the best of the others takes over.
  void expel_champion();
  void settle(AttemptId id, const std::optional<Rematch>& rematch);
  void profile(ProgramId id, const std::filesystem::path& object);
  [[nodiscard]] static Contestant contestant_of(const Program& program,
                                                const std::filesystem::path& object);
  void score(Program& program, std::vector<WorkloadResult> workloads) const;
  void remember(const Attempt& attempt);
  void remember(const Rematch& rematch);

  /// `then` is called on this thread with what `work` found on a device's. What it throws ends the
  /// run, unless `excuse` takes it.
  template <class Result>
  void submit(std::function<Result(Evaluator&)> work, MeasuringDesk::Turn turn,
              std::function<void(Result)> then, std::function<void(const Error&)> excuse = {}) {
    static_cast<void>(desk_->submit<int>(
        [this, work = std::move(work), then = std::move(then),
         excuse = std::move(excuse)](Evaluator& evaluator) {
          try {
            auto result = std::make_shared<Result>(work(evaluator));
            queue_.push([then, result] { then(std::move(*result)); });
          } catch (...) {
            queue_.push([excuse, failure = std::current_exception()] {
              try {
                std::rethrow_exception(failure);
              } catch (const Error& error) {
                if (!excuse) throw;
                excuse(error);
              }
            });
          }
          return 0;
        },
        turn));
  }

  const EvolutionRequest& request_;
  const EvolutionServices& services_;
  RunStore& store_;
  std::stop_token stop_;
  std::atomic<bool> opening_{true};
  std::stop_source hard_;  // ends what is being measured
  std::stop_callback<std::function<void()>> give_up_;
  EventQueue<std::function<void()>> queue_;
  QuietGate gate_;
  KnownSources known_;
  ProgramShelf shelf_;
  Course course_;
  Ranking about_;
  CascadePlan plan_;
  std::filesystem::path champion_object_;
  RunMemory memory_;
  std::map<AttemptId, UnderWay> under_way_;
  std::size_t profiling_ = 0;
  std::string ending_;  // why; empty: it goes on
  bool interrupted_ = false;
  std::set<std::string> warned_;     // warnings of models, without their numbers
  std::atomic<bool> closed_{false};  // no model is asked any more
  Clock::time_point counted_until_ = Clock::now();
  std::optional<MeasuringDesk> desk_;
  std::optional<MeasureSlot> slot_;
  std::optional<Workshop> workshop_;
  std::optional<Flights> flights_;  // last: its threads use everything above
};
}  // namespace fihost::search
