#include "core/device/cpu_memory.hpp"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <string>

#include "core/base/error.hpp"

namespace fihost::device {
namespace {

/// Reserve inaccessible addresses with one page to spare on each side, then put the file between.
Buffer map_guarded(UniqueFd fd, Placement placement, std::uint64_t bytes) {
  const std::uint64_t reserved = placement.capacity + 2 * page_bytes;
  void* start =
      ::mmap(nullptr, reserved, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (start == MAP_FAILED)
    fail("cannot reserve {} bytes of addresses: {}", reserved, errno_text(errno));
  std::byte* base = static_cast<std::byte*>(start) + page_bytes;
  void* mapped =
      ::mmap(base, placement.capacity, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd.get(), 0);
  if (mapped == MAP_FAILED) {
    const int code = errno;
    ::munmap(start, reserved);
    fail("cannot map {} bytes: {}", placement.capacity, errno_text(code));
  }
  return Buffer(base, placement, bytes, std::move(fd),
                [reserved](std::byte* at) { ::munmap(at - page_bytes, reserved); });
}

}  // namespace

std::optional<Buffer> allocate_cpu(std::uint64_t bytes) {
  if (bytes > free_cpu_bytes()) return std::nullopt;
  const Placement placement = place(bytes, page_bytes);
  UniqueFd fd(::memfd_create("fihost-tensor", MFD_CLOEXEC));
  if (!fd) fail("cannot make a memory file: {}", errno_text(errno));
  if (::ftruncate(fd.get(), static_cast<off_t>(placement.capacity)) != 0) return std::nullopt;
  return map_guarded(std::move(fd), placement, bytes);
}

Buffer map_cpu(UniqueFd fd, std::uint64_t bytes) {
  const Placement placement = place(bytes, page_bytes);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0 ||
      static_cast<std::uint64_t>(status.st_size) != placement.capacity) {
    fail("a lent buffer has the wrong size: found {}, wanted {} bytes", status.st_size,
         placement.capacity);
  }
  return map_guarded(std::move(fd), placement, bytes);
}

std::uint64_t free_cpu_bytes() {
  std::ifstream file("/proc/meminfo");
  std::string word;
  std::uint64_t kilobytes = 0;
  while (file >> word) {
    if (word == "MemAvailable:" && file >> kilobytes) return kilobytes * 1024;
  }
  return 0;
}

}  // namespace fihost::device
