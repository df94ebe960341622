#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

#include "core/base/error.hpp"
#include "core/device/cpu_device.hpp"
#include "core/device/cpu_memory.hpp"

using namespace fihost;
using namespace fihost::device;

namespace {

/// The signal that ends a child which runs `body`, or 0.
template <class Body>
int signal_of(Body&& body) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::signal(SIGSEGV, SIG_DFL);
    ::signal(SIGBUS, SIG_DFL);
    body();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

}  // namespace

TEST_CASE("a tensor ends at an unmapped page") {
  const auto buffer = allocate_cpu(4 * tensor_alignment);
  volatile std::byte* end = buffer->data() + buffer->bytes();
  CHECK(signal_of([&] { *(end - 1) = std::byte{1}; }) == 0);
  CHECK(signal_of([&] { *end = std::byte{1}; }) != 0);
  CHECK(signal_of([&] { *(buffer->base() - 1) = std::byte{1}; }) != 0);
}

TEST_CASE("tensors are aligned to 256 bytes whatever their size") {
  for (const std::uint64_t bytes : {0ull, 1ull, 255ull, 256ull, 257ull, 4096ull, 100'000ull}) {
    const auto buffer = allocate_cpu(bytes);
    CHECK(reinterpret_cast<std::uintptr_t>(buffer->data()) % tensor_alignment == 0);
    CHECK(buffer->data() + bytes <= buffer->base() + buffer->capacity());
  }
}

TEST_CASE("a byte beside a tensor is noticed") {
  const auto device = open_cpu_device();
  const auto buffer = device->allocate(1000, true);
  device->poison(*buffer);
  std::memset(buffer->data(), 0, buffer->bytes());
  CHECK(device->slack_intact(*buffer));
  buffer->data()[1000] = std::byte{0};
  CHECK_FALSE(device->slack_intact(*buffer));
  device->poison(*buffer);
  *(buffer->data() - 1) = std::byte{0};
  CHECK_FALSE(device->slack_intact(*buffer));
}

TEST_CASE("a checksum sees one flipped bit and two swapped words") {
  const auto device = open_cpu_device();
  const auto buffer = device->allocate(1 << 22, true);
  device->randomize(*buffer, DType::int32, 1 << 20, 7);
  const std::uint64_t before = device->checksum(*buffer);
  CHECK(device->checksum(*buffer) == before);
  buffer->data()[123'456] ^= std::byte{4};
  CHECK(device->checksum(*buffer) != before);
  buffer->data()[123'456] ^= std::byte{4};
  auto* words = reinterpret_cast<std::uint64_t*>(buffer->data());
  std::swap(words[5], words[6]);
  CHECK(device->checksum(*buffer) != before);
}

TEST_CASE("what one process writes into lent memory the other reads") {
  const auto device = open_cpu_device();
  const auto buffer = device->allocate(64, true);
  CHECK(signal_of([&] {
          const auto runner = open_cpu_device();
          const Buffer mapped = runner->map(UniqueFd(::dup(buffer->fd())), 64);
          mapped.data()[63] = std::byte{42};
        }) == 0);
  CHECK(buffer->data()[63] == std::byte{42});
}

TEST_CASE("a descriptor of another size is refused") {
  const auto device = open_cpu_device();
  const auto buffer = device->allocate(64, true);
  CHECK_THROWS_AS(static_cast<void>(device->map(UniqueFd(::dup(buffer->fd())), 1 << 20)), Error);
  CHECK_THROWS_AS(static_cast<void>(device->map(UniqueFd(::open("/dev/null", O_RDWR)), 64)), Error);
}
