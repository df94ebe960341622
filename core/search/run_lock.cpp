#include "core/search/run_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

#include "core/base/error.hpp"

namespace fihost::search {
namespace {

std::string holder(int fd) {
  char text[32] = {};
  const auto size = ::pread(fd, text, sizeof text - 1, 0);
  return size > 0 ? "process " + std::string(text, static_cast<std::size_t>(size))
                  : std::string("another process");
}

}  // namespace

RunLock::RunLock(const std::filesystem::path& run) {
  // Not the run's own file: closing a second descriptor of that would drop SQLite's locks.
  const auto file = run.string() + ".lock";
  fd_.reset(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!fd_) fail("cannot open {}: {}", file, errno_text(errno));
  if (::flock(fd_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) fail("cannot lock {}: {}", file, errno_text(errno));
    fail("{}: {} is writing this run; wait for its end, or stop it", run.string(),
         holder(fd_.get()));
  }
  const auto pid = std::to_string(::getpid());
  // Only for the message above, so a full disk is no reason to stop.
  if (::ftruncate(fd_.get(), 0) == 0 && ::pwrite(fd_.get(), pid.data(), pid.size(), 0) < 0) return;
}

}  // namespace fihost::search
