#include "core/device/device_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>

#include "core/base/error.hpp"

namespace fihost::device {

DeviceLock::DeviceLock(const std::string& device_id, const std::function<void()>& on_wait) {
  const std::string path = "/tmp/fihost-" + device_id + ".lock";
  fd_.reset(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666));
  // In a sticky /tmp another user's lock file may be open to readers only; flock needs no more.
  if (!fd_) fd_.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd_) fail("cannot open the device lock {}: {}", path, errno_text(errno));
  ::fchmod(fd_.get(), 0666);
  if (::flock(fd_.get(), LOCK_EX | LOCK_NB) == 0) return;
  on_wait();
  while (::flock(fd_.get(), LOCK_EX) != 0) {
    if (errno != EINTR) fail("cannot lock {}: {}", path, errno_text(errno));
  }
}

}  // namespace fihost::device
