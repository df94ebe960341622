#include "tools/fihost/tensor_lines.hpp"

#include <fmt/format.h>

#include <set>

namespace fihost {
namespace {

const char* element_type(DType dtype, bool cuda) {
  switch (dtype) {
    case DType::float32:
      return "float";
    case DType::float16:
      return cuda ? "__half" : "std::uint16_t";
    case DType::bfloat16:
      return cuda ? "__nv_bfloat16" : "std::uint16_t";
    case DType::float8_e4m3fn:
      return cuda ? "__nv_fp8_e4m3" : "std::uint8_t";
    case DType::float8_e5m2:
      return cuda ? "__nv_fp8_e5m2" : "std::uint8_t";
    case DType::float4_e2m1:
      return "std::uint8_t";
    case DType::int64:
      return "std::int64_t";
    case DType::int32:
      return "std::int32_t";
    case DType::int16:
      return "std::int16_t";
    case DType::int8:
      return "std::int8_t";
    case DType::boolean:
      return "bool";
  }
  return "";
}

/// Names that stand in run() already, or that C++ keeps for itself; Python would have allowed them.
const std::set<std::string>& taken() {
  static const std::set<std::string> all = {
      "auto", "bool",     "call",      "case",     "char",     "const",   "default", "delete",
      "do",   "double",   "enum",      "error",    "explicit", "extern",  "fihost",  "float",
      "int",  "long",     "namespace", "new",      "operator", "private", "public",  "register",
      "run",  "short",    "signed",    "sizeof",   "static",   "struct",  "switch",  "template",
      "this", "typename", "union",     "unsigned", "using",    "virtual", "void",    "volatile"};
  return all;
}

/// Identifiers of one function: each name once.
class Names {
 public:
  std::string of(std::string name) {
    while (taken().contains(name) || !used_.insert(name).second) name += '_';
    return name;
  }

 private:
  std::set<std::string> used_;
};

std::string shape_text(const TensorSpec& spec) {
  if (spec.scalar()) return "a number";
  return fmt::format("[{}]", fmt::join(*spec.shape, ", "));
}

/// Where a variable axis can be read: "call->inputs[0].shape[1]"; empty when no input has it.
std::string place_of(const Axis& axis, const Definition& definition) {
  for (std::size_t i = 0; i < definition.inputs.size(); ++i) {
    const auto& shape = definition.inputs[i].shape;
    for (std::size_t d = 0; shape && d < shape->size(); ++d) {
      if ((*shape)[d] == axis.name) return fmt::format("call->inputs[{}].shape[{}]", i, d);
    }
  }
  return {};
}

std::string tensor_line(const TensorSpec& spec, const std::string& name, const std::string& place,
                        bool input, bool cuda) {
  const std::string type = element_type(spec.dtype, cuda);
  const auto comment =
      fmt::format("  // {}: {} {}\n", spec.name, shape_text(spec), fihost::name(spec.dtype));
  if (spec.scalar()) {
    return comment +
           fmt::format("  [[maybe_unused]] const auto {} = fihost::sdk::scalar<{}>({});\n", name,
                       "const " + type, place);
  }
  return comment + fmt::format("  [[maybe_unused]] {}auto* {} = fihost::sdk::data<{}{}>({});\n",
                               input ? "const " : "", name, input ? "const " : "", type, place);
}

}  // namespace

std::string tensor_lines(const Definition& definition, bool cuda) {
  Names names;
  std::string text;
  for (const auto& axis : definition.axes) {
    if (axis.value) {
      text += fmt::format("  [[maybe_unused]] constexpr std::int64_t {} = {};\n",
                          names.of(axis.name), *axis.value);
    } else if (const auto place = place_of(axis, definition); !place.empty()) {
      text += fmt::format("  [[maybe_unused]] const std::int64_t {} = {};\n", names.of(axis.name),
                          place);
    }
  }
  for (std::size_t i = 0; i < definition.inputs.size(); ++i) {
    const auto& spec = definition.inputs[i];
    text += tensor_line(spec, names.of(spec.name), fmt::format("call->inputs[{}]", i), true, cuda);
  }
  for (std::size_t i = 0; i < definition.outputs.size(); ++i) {
    const auto& spec = definition.outputs[i];
    text +=
        tensor_line(spec, names.of(spec.name), fmt::format("call->outputs[{}]", i), false, cuda);
  }
  if (!text.empty()) text.pop_back();  // the template ends the line
  return text;
}

}  // namespace fihost
