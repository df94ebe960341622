// The process that owns every buffer, the seed, the expected outputs and the clock that counts.
#pragma once

#include <string>

namespace fihost::device {

/// Serve one host on descriptor `control_fd` (a stream socket, one JSON document a line) until it
/// hangs up. `worker` is this program's path, for starting runners. Returns the exit code.
///
///   host -> judge   {"op":"open",...}
///                   {"op":"evaluate","id","object","role"[,"tvm_ffi"][,"workloads"][,"timing"]}
///                   {"op":"match","id","objects":[{"object"[,"tvm_ffi"]},...],"rounds"
///                    [,"workloads"][,"timing"]}
///   judge -> host   {"event":"progress"|"opened"|"failed"|"stage"|"trial"|"evaluated"|"matched",...}
///
/// "workloads" are uuids, a part of the opened ones; "timing" is "quick" or "default" and holds for
/// this call. Without them: all, and as opened. In a match "stage" and "trial" carry the number of
/// their "object".
int run_judge(const std::string& worker, const std::string& device, int control_fd);

}  // namespace fihost::device
