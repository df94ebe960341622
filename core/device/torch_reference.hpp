// A definition's own PyTorch reference, for definitions that have no native one.
#pragma once

#include <filesystem>
#include <string>

#include "core/base/temp_dir.hpp"
#include "core/device/device.hpp"
#include "core/device/measurement.hpp"
#include "core/device/reference.hpp"
#include "core/device/torch_process.hpp"
#include "core/model/trial.hpp"

namespace fihost::device {

/// Outputs are computed once and kept as safetensors under `<cache>/golden/<definition>/`, named by a
/// hash of the reference's source, the workload, seed, input set, device type and the checksums of the
/// inputs.
class TorchReference : public Reference {
 public:
  /// Starts Python. Throws Error as TorchProcess does.
  TorchReference(const TorchSettings& settings, const Definition& definition, Device& device,
                 std::uint64_t seed, const std::filesystem::path& cache);

  double expect(const ReferenceCall& call) override;

  /// Latency of calls on these inputs, by PyTorch's clock: CUDA events, or a steady clock on the CPU.
  [[nodiscard]] Timing time(const ReferenceCall& call, const TimingPolicy& policy);

  /// "PyTorch 2.11.0 on NVIDIA H200"
  [[nodiscard]] const std::string& description() const { return process_.description(); }

 private:
  void load(const ReferenceCall& call);
  [[nodiscard]] std::filesystem::path golden_file(const ReferenceCall& call) const;
  void read_outputs(const std::filesystem::path& file, const ReferenceCall& call) const;

  std::string device_kind_;  // "cpu" or "cuda"
  const Definition& definition_;
  Device& device_;
  std::uint64_t seed_;
  std::filesystem::path folder_;
  TempDir scratch_;
  TorchProcess process_;
};

}  // namespace fihost::device
