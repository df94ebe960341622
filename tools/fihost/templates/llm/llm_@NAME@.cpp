#include "llm_@NAME@.hpp"

FIHOST_PLUGIN("llm_@NAME@", Llm);
