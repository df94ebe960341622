// One writer a run.
#pragma once

#include <filesystem>

#include "core/base/unique_fd.hpp"

namespace fihost::search {

/// Held as long as it lives; the kernel lets go when its process dies, however it dies. Its file,
/// "<run>.lock", says who holds it and stays behind without harm.
class RunLock {
 public:
  /// Throws Error naming the process that holds it.
  explicit RunLock(const std::filesystem::path& run);

 private:
  UniqueFd fd_;
};

}  // namespace fihost::search
