// The processor that this program runs on.
#pragma once

#include <string>

namespace fihost {

/// Its model, "AMD EPYC 9654 96-Core Processor"; "CPU" where the kernel does not tell.
[[nodiscard]] std::string processor_name();

}  // namespace fihost
