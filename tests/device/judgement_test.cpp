#include "core/device/judgement.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace fihost;
using namespace fihost::device;

namespace {

const Tolerance forgiving{.atol = 1, .rtol = 0.3, .required_matched_ratio = 0.95};

Compared compared(std::uint64_t rows = 100) {
  Compared out;
  out.what = "output y of input set 0";
  out.grid = row_grid(rows * 7168, 7168);
  out.found.total = out.grid.elements;
  return out;
}

Judgement judged(const Compared& one, CorrectnessRule rule,
                 const Tolerance& tolerance = forgiving) {
  Judgement judgement(tolerance, rule);
  judgement.add(one);
  return judgement;
}

void check(const Compared& one, bool strict, bool compat) {
  CHECK(judged(one, CorrectnessRule::strict).passed() == strict);
  CHECK(judged(one, CorrectnessRule::compat).passed() == compat);
}

}  // namespace

TEST_CASE("a clean comparison passes by both rules without a flag") {
  check(compared(), true, true);
  CHECK(judged(compared(), CorrectnessRule::compat).correctness().strict.failure.empty());
}

TEST_CASE("the share of failures decides by both rules alike") {
  Compared one = compared();
  one.found.failures = one.found.total / 20;
  check(one, true, true);
  ++one.found.failures;
  check(one, false, false);
  CHECK(judged(one, CorrectnessRule::strict).failure() ==
        judged(one, CorrectnessRule::compat).failure());
}

TEST_CASE(
    "a failure says how much is off, what is required and where, and asks for the place once") {
  Judgement judgement(forgiving, CorrectnessRule::strict);
  int asked = 0;
  const auto where = [&] {
    ++asked;
    return std::string("the first at [3, 5] is 1, the reference has 2");
  };
  Compared one = compared();
  judgement.add(one, where);
  CHECK(asked == 0);
  one.found.failures = one.found.total / 10;
  judgement.add(one, where);
  one.what = "output z of input set 1";
  judgement.add(one, where);
  CHECK(asked == 1);
  CHECK(judgement.failure() ==
        "output y of input set 0 is off by more than atol 1 and rtol 0.3 in 71680 of 716800 "
        "elements; 90 % match, 95 % required; the first at [3, 5] is 1, the reference has 2");
}

TEST_CASE("a NaN or infinity that the reference has passes the strict rule alone") {
  Compared one = compared();
  one.found.has_infinity = one.found.reference_infinity = true;
  check(one, true, false);
  CHECK(judged(one, CorrectnessRule::strict).correctness().max_abs_error == 0);
  CHECK(std::isinf(judged(one, CorrectnessRule::compat).correctness().max_rel_error));
}

TEST_CASE("a finite element where the reference has none passes by FlashInfer Trace alone") {
  Compared one = compared();
  one.found.reference_nan = true;
  one.found.nonfinite_mismatches = 1;
  check(one, false, true);
  CHECK(std::isnan(judged(one, CorrectnessRule::compat).correctness().max_abs_error));
  CHECK(std::isinf(judged(one, CorrectnessRule::strict).correctness().max_abs_error));
}

TEST_CASE("what was not written fails the strict rule and explains a NaN of the other") {
  Compared one = compared();
  one.unwritten = 3;
  check(one, false, true);
  CHECK(judged(one, CorrectnessRule::strict).failure() ==
        "output y of input set 0 was not written in full: 3 of 716800 elements were not written "
        "(--compat accepts it)");
  one.found.has_nan = true;
  check(one, false, false);
  CHECK(judged(one, CorrectnessRule::compat).failure() ==
        "output y of input set 0 holds NaN: 3 of 716800 elements were not written");
}

TEST_CASE("one wrong row fails, but a few among many thousands are forgiven") {
  Compared one = compared();
  one.found.failures = 7168;
  one.found.wrong_rows = 1;
  one.found.worst_row = pack_row(7168, 17);
  check(one, false, true);
  CHECK(
      judged(one, CorrectnessRule::strict).failure() ==
      "output y of input set 0 is wrong in 1 of 100 rows, where forgiven errors are not spread as "
      "rounding would; the worst is row 17: 7168 of 7168 elements (--compat accepts it)");
  Compared many = compared(2 * rows_per_forgiven_row);
  many.found.wrong_rows = 2;
  check(many, true, true);
  many.found.wrong_rows = 3;
  check(many, false, true);
}

TEST_CASE("the strict rule's remarks survive under the other, and the worst of each is kept") {
  Judgement judgement(forgiving, CorrectnessRule::compat);
  Compared one = compared();
  one.found.nonfinite_mismatches = 4;
  one.found.worst_patch = 0.25f;
  judgement.add(one);
  one.what = "output z of input set 1";
  one.found.nonfinite_mismatches = 2;
  one.found.worst_patch = 0.5f;
  judgement.add(one);
  CHECK(judgement.passed());
  const StrictCorrectness& strict = judgement.correctness().strict;
  CHECK(strict.failure.find("output y of input set 0 has 4 of") == 0);
  CHECK(strict.nonfinite_mismatches == 4);
  CHECK(strict.worst_patch_ratio == 0.5);
}
