#include "core/solution/binding_source.hpp"

#include <algorithm>
#include <optional>

#include "core/base/error.hpp"

namespace fihost {
namespace {

/// What a scalar is on its way: from TVM-FFI's type to the bytes that the candidate reads.
struct ScalarType {
  const char* parameter;
  const char* stored;
};

std::optional<ScalarType> scalar_type(DType dtype) {
  switch (dtype) {
    case DType::float32:
      return ScalarType{"double", "static_cast<float>({})"};
    case DType::bfloat16:
      return ScalarType{"double", "fihost::sdk::tvm_ffi::bfloat16({})"};
    case DType::int64:
      return ScalarType{"std::int64_t", "{}"};
    case DType::int32:
      return ScalarType{"std::int64_t", "static_cast<std::int32_t>({})"};
    case DType::int16:
      return ScalarType{"std::int64_t", "static_cast<std::int16_t>({})"};
    case DType::int8:
      return ScalarType{"std::int64_t", "static_cast<std::int8_t>({})"};
    case DType::boolean:
      return ScalarType{"bool", "static_cast<std::uint8_t>({})"};
    default:
      return std::nullopt;
  }
}

/// As a C++ string literal; JSON's escapes are C's but for a few that need a control character.
std::string literal(const std::string& text) {
  return Json(text).dump(-1, ' ', true, Json::error_handler_t::replace);
}

std::string dtype_text(DType dtype) {
  const fihost_dtype code = to_sdk(dtype);
  return fmt::format("{{{}, {}, 1}}", code.code, code.bits);
}

/// Writes one binding.
class Writer {
 public:
  explicit Writer(const Definition& definition) : definition_(definition) {
    constexpr std::size_t most_axes = 64;  // of fihost/tvm_ffi.hpp
    if (definition.axes.size() > most_axes) {
      fail("definition {}: more than {} axes cannot be packed", definition.name, most_axes);
    }
  }

  std::string text() {
    for (const auto& input : definition_.inputs) add(input, false);
    for (const auto& output : definition_.outputs) add(output, true);
    return fmt::format(
        "// Made by fihost: calls this object's candidate through TVM-FFI, for the definition\n"
        "// {}.\n"
        "#include <fihost/tvm_ffi.hpp>\n\n"
        "static void call_candidate({}) {{\n"
        "  fihost::sdk::tvm_ffi::Call call;\n"
        "{}"
        "  call.run();\n"
        "}}\n\n"
        "TVM_FFI_DLL_EXPORT_TYPED_FUNC(run, call_candidate);\n",
        literal(definition_.name), fmt::join(parameters_, ", "), body_);
  }

 private:
  void add(const TensorSpec& spec, bool output) {
    const auto parameter =
        fmt::format("a{}", parameters_.size());  // names of a definition are free
    if (!spec.scalar()) {
      parameters_.push_back("tvm::ffi::TensorView " + parameter);
      body_ += fmt::format("  call.{}({}, {}, {}, {{{}}});\n", output ? "output" : "input",
                           literal(spec.name), parameter, dtype_text(spec.dtype),
                           fmt::join(shape(spec), ", "));
      return;
    }
    const auto type = scalar_type(spec.dtype);
    if (output || !type) {
      fail("definition {}: the scalar {} \"{}\" of type {} cannot be passed through TVM-FFI",
           definition_.name, output ? "output" : "input", spec.name, name(spec.dtype));
    }
    parameters_.push_back(fmt::format("{} {}", type->parameter, parameter));
    body_ += fmt::format("  call.scalar({}, {});\n", dtype_text(spec.dtype),
                         fmt::format(fmt::runtime(type->stored), parameter));
  }

  /// Extents; a variable axis is -1 - its number among all axes.
  std::vector<std::int64_t> shape(const TensorSpec& spec) const {
    std::vector<std::int64_t> out;
    for (const auto& name : *spec.shape) {
      const auto axis = std::find_if(definition_.axes.begin(), definition_.axes.end(),
                                     [&](const Axis& one) { return one.name == name; });
      out.push_back(axis->value.value_or(-1 - (axis - definition_.axes.begin())));
    }
    return out;
  }

  const Definition& definition_;
  std::vector<std::string> parameters_;
  std::string body_;
};

}  // namespace

std::string binding_source(const Definition& definition) { return Writer(definition).text(); }

}  // namespace fihost
