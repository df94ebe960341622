#include "core/search/task_text.hpp"

#include <fmt/format.h>

#include <string_view>

#include "core/search/bounded_text.hpp"

namespace fihost::search {
namespace {

constexpr std::size_t description_bytes = 400;

std::string described(const std::string& description) {
  return description.empty() ? "" : ": " + bounded_line(description, description_bytes);
}

std::string tensors_text(const char* array, const std::vector<TensorSpec>& tensors) {
  std::string text;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const TensorSpec& tensor = tensors[i];
    const std::string shape =
        tensor.scalar() ? "scalar" : fmt::format("[{}]", fmt::join(*tensor.shape, ", "));
    text += fmt::format("- call->{}[{}] {}, {} {}{}\n", array, i, tensor.name, name(tensor.dtype),
                        shape, described(tensor.description));
  }
  return text;
}

std::string tolerance_text(const Tolerance& tolerance) {
  const double share = tolerance.required_matched_ratio.value_or(1);
  const std::string how_many =
      share >= 1 ? std::string("No element may be off.")
                 : fmt::format(
                       "At least {:g} % of an output's elements must not be off, and those "
                       "that are must be spread as rounding spreads them, not make up rows "
                       "or tiles.",
                       share * 100);
  return fmt::format(
      "Tolerance: an element is off when it differs from the reference by more than {:g} and by "
      "more than {:g} of the reference's value. {} Every element must be written.\n",
      tolerance.atol, tolerance.rtol, how_many);
}

}  // namespace

std::string task_text(const Definition& definition, std::size_t bytes) {
  std::string text = fmt::format("# The task: {}\n\n", definition.name);
  if (!definition.description.empty()) text += definition.description + "\n\n";
  text += "Axes:\n";
  for (const Axis& axis : definition.axes) {
    text += fmt::format("- {} {}{}\n", axis.name,
                        axis.value ? fmt::format("= {}", *axis.value) : "varies",
                        described(axis.description));
  }
  text += "\nInputs:\n" + tensors_text("inputs", definition.inputs);
  text += "\nOutputs:\n" + tensors_text("outputs", definition.outputs);
  if (!definition.constraints.empty()) {
    text += fmt::format("\nConstraints:\n- {}\n", fmt::join(definition.constraints, "\n- "));
  }
  text += "\n" + tolerance_text(definition.tolerance);

  constexpr std::string_view opening =
                                 "\nThe reference, which says what is computed:\n\n```python\n",
                             closing = "```\n";
  constexpr std::size_t least = 200;  // less tells nothing
  const std::size_t used = text.size() + opening.size() + closing.size();
  if (!definition.reference.empty() && used + least <= bytes) {
    text.append(opening) += bounded_lines(definition.reference, bytes - used - 1);
    if (!text.ends_with('\n')) text += '\n';
    text += closing;
  }
  return text;
}

std::string axes_text(const std::map<std::string, std::int64_t>& axes) {
  std::string text;
  for (const auto& [axis, value] : axes) {
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", axis, value);
  }
  return text.empty() ? "the only workload" : text;
}

std::string device_text(const DeviceInfo& device) {
  std::string text = fmt::format("# The device\n\n{}, {}\n", device.name, device.arch);
  if (device.bandwidth_bytes_s > 0) {
    text += fmt::format("- memory bandwidth {:.3g} TB/s\n", device.bandwidth_bytes_s / 1e12);
  }
  if (device.fp8_flops_s > 0) {
    text += fmt::format("- dense FP8 {:.4g} TFLOP/s\n", device.fp8_flops_s / 1e12);
  }
  if (device.l2_bytes > 0) {
    text +=
        fmt::format("- last-level cache {:.3g} MB\n", static_cast<double>(device.l2_bytes) / 1e6);
  }
  return text;
}

}  // namespace fihost::search
