#pragma once
#include <cstdint>

inline void launch(const void*, const void*, double, void*, int64_t) {}
