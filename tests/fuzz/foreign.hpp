// What the targets have in common.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/base/error.hpp"
#include "core/base/unique_fd.hpp"

/// One input; never throws, and returns 0. tests/fuzz/kept_inputs.cpp or libFuzzer calls it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace foreign {

inline std::string_view text(const std::uint8_t* data, std::size_t size) {
  return size == 0 ? std::string_view()
                   : std::string_view(reinterpret_cast<const char*>(data), size);
}

/// Runs `parse`, which may refuse its input with a `Refusal` of one or more lines. Any other
/// exception ends the process. Returns whether the input was accepted.
template <class Refusal = fihost::Error, class Parse>
bool accepted(Parse&& parse) noexcept {
  try {
    parse();
    return true;
  } catch (const Refusal&) {
    return false;
  }
}

/// Ends the process when a promise that holds for every input does not hold for this one.
inline void promise(bool kept, const char* what) {
  if (kept) return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

/// The input as a file, for what takes a path. Nothing is written to a disk.
class File {
 public:
  explicit File(std::string_view bytes) : fd_(::memfd_create("fuzz", MFD_CLOEXEC)) {
    promise(
        fd_ && ::write(fd_.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()),
        "memory for the input");
  }
  [[nodiscard]] std::filesystem::path path() const {
    return "/proc/self/fd/" + std::to_string(fd_.get());
  }

 private:
  fihost::UniqueFd fd_;
};

}  // namespace foreign
