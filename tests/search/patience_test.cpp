#include "core/search/patience.hpp"

#include <doctest/doctest.h>

#include "core/base/error.hpp"

using fihost::search::Patience;

TEST_CASE("patience: it is spent after so many children without an improvement") {
  Patience patience(3);
  patience.evaluated(false);
  patience.evaluated(false);
  CHECK(patience.left() == 1);
  patience.evaluated(true);
  CHECK(patience.stale() == 0);
  for (int i = 0; i < 2; ++i) patience.evaluated(false);
  CHECK_FALSE(patience.spent());
  patience.evaluated(false);
  CHECK(patience.spent());
  CHECK(patience.left() == 0);
}

TEST_CASE("patience: none is never spent") {
  Patience patience(0);
  for (int i = 0; i < 1000; ++i) patience.evaluated(false);
  CHECK_FALSE(patience.spent());
  CHECK_FALSE(patience.left());
  CHECK(patience.stale() == 1000);
}

TEST_CASE("patience: a resumed run is as impatient as it was") {
  Patience patience(3);
  patience.evaluated(false);
  patience.evaluated(false);
  Patience next(3);
  next.restore(patience.state());
  next.evaluated(false);
  CHECK(next.spent());
  CHECK_THROWS_AS(next.restore(fihost::Json::object()), fihost::Error);
}
