#include "scorer_@NAME@.hpp"

FIHOST_PLUGIN("scorer_@NAME@", Scorer);
