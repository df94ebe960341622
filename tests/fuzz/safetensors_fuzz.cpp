// A file of tensors: whatever is accepted has its bytes inside the file.
#include "core/model/safetensors.hpp"
#include "tests/fuzz/foreign.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const foreign::File file(foreign::text(data, size));
  static_cast<void>(foreign::accepted([&] {
    const fihost::SafetensorsFile tensors(file.path());
    unsigned sum = 0;
    for (const auto& [key, tensor] : tensors.tensors()) {
      for (const auto byte : tensors.at(key).data) sum += std::to_integer<unsigned>(byte);
    }
    foreign::promise(sum <= 255 * size * (tensors.tensors().size() + 1), "bytes are bytes");
    static_cast<void>(tensors.at("no such tensor"));
  }));
  return 0;
}
