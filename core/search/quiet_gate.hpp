// Compilers and timed candidates share a processor, but not at once.
#pragma once

#include <condition_variable>
#include <mutex>

namespace fihost::search {

/// Many may work, or one may measure. Whoever wants to measure is let in before new work is, so that
/// a steady stream of builds cannot keep a measurement waiting. Thread-safe.
class QuietGate {
 public:
  /// With `open` nobody waits for anybody: on a GPU the processor's noise does not matter.
  explicit QuietGate(bool open) : open_(open) {}

  /// Held for the lifetime of the object.
  class Work {
   public:
    explicit Work(QuietGate& gate);
    ~Work();
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;

   private:
    QuietGate& gate_;
  };
  class Measurement {
   public:
    explicit Measurement(QuietGate& gate);
    ~Measurement();
    Measurement(const Measurement&) = delete;
    Measurement& operator=(const Measurement&) = delete;

   private:
    QuietGate& gate_;
  };

 private:
  const bool open_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t working_ = 0, waiting_to_measure_ = 0;
  bool measuring_ = false;
};

}  // namespace fihost::search
