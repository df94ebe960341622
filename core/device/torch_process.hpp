// A Python process that runs a definition's PyTorch reference (share/fihost/python/torch_reference.py).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/line_channel.hpp"
#include "core/base/process.hpp"
#include "core/model/definition.hpp"

namespace fihost::device {

/// How to start it.
struct TorchSettings {
  std::string python;            ///< the interpreter
  std::filesystem::path script;  ///< torch_reference.py
  std::string device;            ///< "cpu", "cuda:0"
};

/// Owns the process, which ends with it. One thread, which must live as long as the object.
class TorchProcess {
 public:
  /// Start, import PyTorch and compile the reference. Throws Error, beginning with "no reference: ",
  /// when there is no PyTorch, no GPU in it, or the source does not compile.
  TorchProcess(const TorchSettings& settings, const Definition& definition);

  /// "PyTorch 2.11.0 on NVIDIA H200".
  [[nodiscard]] const std::string& description() const noexcept { return description_; }

  /// Hand over a call's inputs: a safetensors file, and scalars by name.
  void load(const std::filesystem::path& file, const Json& scalars);
  /// One call; its outputs go to `file`. Returns the wall time in ms.
  double run(const std::filesystem::path& file);
  /// Latencies in ms of `count` calls, each after `flush_bytes` were zeroed.
  [[nodiscard]] std::vector<double> time(std::uint32_t count, std::uint64_t flush_bytes);

 private:
  Json exchange(const Json& request, std::chrono::seconds limit);

  std::string definition_;
  std::optional<Process> process_;
  LineChannel channel_;
  std::string description_;
};

}  // namespace fihost::device
