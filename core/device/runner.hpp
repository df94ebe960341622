// The process that holds one candidate. It maps what the judge lends, calls the candidate when told
// to, and may only claim a time.
#pragma once

#include <string>

namespace fihost::device {

/// Serve one judge on descriptor `control_fd` until it hangs up or asks for nothing more. Returns
/// the process's exit code.
int run_runner(const std::string& device, const std::string& flush, int control_fd);

}  // namespace fihost::device
