// What comparisons mean: FlashInfer Trace's rule and the strict one, over all outputs and sets.
#pragma once

#include <functional>
#include <string>

#include "core/device/comparison.hpp"
#include "core/model/trial.hpp"

namespace fihost::device {

/// Rows with a wrong patch that are taken for rounding: one of 4096. A router that decides a near
/// tie the other way moves a whole row, in about one of 100 000.
constexpr std::uint64_t rows_per_forgiven_row = 4096;

/// One comparison and where it was made.
struct Compared {
  std::string what;  ///< "output y of input set 0"
  Comparison found;
  RowGrid grid;
  std::uint64_t unwritten = 0;  ///< elements that kept two poisons
};

/// Collects what was found; the worst output of the worst set counts.
class Judgement {
 public:
  Judgement(const Tolerance& tolerance, CorrectnessRule rule)
      : tolerance_(tolerance), rule_(rule) {}

  /// Says where an output is wrong; empty: not known. See failure_place.hpp.
  using Where = std::function<std::string()>;
  /// `where` is called when this is the first to fail by one of the rules; it may be empty.
  void add(const Compared& compared, const Where& where = {});

  /// By the rule that decides.
  [[nodiscard]] bool passed() const { return failure().empty(); }
  /// What failed first by the rule that decides; empty when nothing did.
  [[nodiscard]] const std::string& failure() const;
  [[nodiscard]] const Correctness& correctness() const { return correctness_; }

 private:
  Tolerance tolerance_;
  CorrectnessRule rule_;
  Correctness correctness_;
  std::string compat_failure_;
};

}  // namespace fihost::device
