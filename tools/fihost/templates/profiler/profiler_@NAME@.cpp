#include "profiler_@NAME@.hpp"

FIHOST_PLUGIN("profiler_@NAME@", Profiler);
