// The ELF headers of a candidate's object, which is not loaded.
#include "core/build/object_file.hpp"
#include "tests/fuzz/foreign.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const foreign::File file(foreign::text(data, size));
  const auto inspect = [&]() noexcept { return fihost::inspect_object(file.path()); };
  const auto found = inspect();
  foreign::promise(!found.refusal.empty() || found.candidate || !found.tvm_ffi_functions.empty(),
                   "what is not refused can be called");
  return 0;
}
