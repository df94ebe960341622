#include "mutator_@NAME@.hpp"

FIHOST_PLUGIN("mutator_@NAME@", Mutator);
