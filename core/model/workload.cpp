#include "core/model/workload.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

#include "core/base/error.hpp"
#include "core/model/lax_json.hpp"

namespace fihost {
namespace {

const TensorSpec* find_input(const Definition& definition, const std::string& name) {
  const auto found = std::find_if(definition.inputs.begin(), definition.inputs.end(),
                                  [&](const TensorSpec& spec) { return spec.name == name; });
  return found == definition.inputs.end() ? nullptr : &*found;
}

void read_axes(const Json& json, const Definition& definition, Workload& workload,
               Violations& bad) {
  if (!json.is_object()) {
    bad.add("\"workload.axes\" must be an object of axis values");
    return;
  }
  for (const auto& [name, value] : json.items()) {
    const auto axis = std::find_if(definition.axes.begin(), definition.axes.end(),
                                   [&name = name](const Axis& a) { return a.name == name; });
    const auto number = lax_integer(value);
    if (axis == definition.axes.end()) {
      bad.add(fmt::format("axis \"{}\" is unknown to the definition", name));
    } else if (axis->value) {
      bad.add(fmt::format("axis \"{}\" is constant in the definition and cannot be given", name));
    } else if (!number || *number < 0) {
      bad.add(fmt::format("axis \"{}\" must be an integer >= 0, found {}", name, excerpt(value)));
    } else {
      workload.axes[name] = *number;
    }
  }
  for (const Axis& axis : definition.axes) {
    if (!axis.value && !json.contains(axis.name)) {
      bad.add(fmt::format("the variable axis \"{}\" is missing", axis.name));
    }
  }
}

/// Every tensor of the operation fits in 2^63 bytes, so that nobody downstream need check again.
void check_sizes(const Definition& definition, const Workload& workload, Violations& bad) {
  const auto values = axis_values(definition, workload.axes);
  const auto fits = [&](const TensorSpec& spec) {
    std::uint64_t room = (std::uint64_t{1} << 60) - 1;  // elements, of at most eight bytes
    const auto shape = extents(spec, values);
    if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return true;
    for (const auto extent : shape) room /= static_cast<std::uint64_t>(extent);
    return room > 0;
  };
  for (const auto* specs : {&definition.inputs, &definition.outputs}) {
    for (const TensorSpec& spec : *specs) {
      if (!fits(spec)) bad.add(fmt::format("tensor \"{}\" is too large", spec.name));
    }
  }
}

/// JSON true, 1 and 1.0 stay apart; a numeric string becomes a number.
std::optional<ScalarInput> read_scalar(const Json& value) {
  if (value.is_boolean()) return ScalarInput{value.get<bool>()};
  if (!value.is_number_float()) {
    if (const auto number = lax_integer(value)) return ScalarInput{*number};
  }
  if (const auto number = lax_number(value)) return ScalarInput{*number};
  return std::nullopt;
}

/// Whether a scalar of the definition's dtype can be `scalar` without loss of meaning.
bool fits(const ScalarInput& scalar, DType dtype) {
  if (dtype == DType::boolean) return std::holds_alternative<bool>(scalar.value);
  if (std::holds_alternative<bool>(scalar.value)) return false;
  if (is_floating(dtype)) return true;
  const auto* number = std::get_if<std::int64_t>(&scalar.value);
  const auto highest = std::numeric_limits<std::int64_t>::max() >> (64 - bits(dtype));
  return number != nullptr && *number <= highest && *number >= -highest - 1;
}

std::string type_of(const Json& source) {
  if (source.contains("type")) {
    return source["type"].is_string() ? source["type"].get<std::string>() : dump(source["type"]);
  }
  if (source.contains("path") || source.contains("tensor_key")) return "safetensors";
  return source.contains("value") ? "scalar" : "random";
}

InputSource read_input(const TensorSpec& spec, const Json& source, Violations& bad) {
  const auto of = fmt::format("input \"{}\"", spec.name);
  if (!source.is_object()) {
    bad.add(fmt::format("{} must be an object, found {}", of, excerpt(source)));
    return RandomInput{};
  }
  const auto type = type_of(source);
  if (type == "random") return RandomInput{};
  if (type == "safetensors") {
    if (spec.scalar()) bad.add(of + " is a scalar and cannot come from a safetensors file");
    return SafetensorsInput{bad.text(member(source, "path"), of + ": \"path\""),
                            bad.text(member(source, "tensor_key"), of + ": \"tensor_key\"")};
  }
  if (type != "scalar") {
    bad.add(fmt::format("{} has the type \"{}\", which must be random, scalar or safetensors", of,
                        type));
    return RandomInput{};
  }
  if (!spec.scalar()) {
    bad.add(of + " is a tensor and cannot be given as a scalar");
    return RandomInput{};
  }
  const auto scalar = read_scalar(member(source, "value"));
  if (!scalar || !fits(*scalar, spec.dtype)) {
    bad.add(fmt::format("{} is a scalar of type {} and cannot be {}", of, name(spec.dtype),
                        excerpt(member(source, "value"))));
    return RandomInput{};
  }
  return *scalar;
}

void read_inputs(const Json& json, const Definition& definition, Workload& workload,
                 Violations& bad) {
  if (!json.is_object()) {
    bad.add("\"workload.inputs\" must be an object of input sources");
    return;
  }
  for (const auto& [name, source] : json.items()) {
    if (const auto* spec = find_input(definition, name)) {
      workload.inputs[name] = read_input(*spec, source, bad);
    } else {
      bad.add(fmt::format("input \"{}\" is unknown to the definition", name));
    }
  }
}

void read_additions(const Json& line, Workload& workload, Violations& bad) {
  if (const Json& generator = member(line, "generator"); generator.is_object()) {
    for (const auto& [name, value] : generator.items()) {
      const auto number = lax_integer(value);
      if (!number) {
        bad.add(fmt::format("\"generator.{}\" must be an integer, found {}", name, excerpt(value)));
      }
      workload.generator.emplace_back(name, number.value_or(0));
    }
  } else if (!generator.is_null()) {
    bad.add(fmt::format("\"generator\" must be an object, found {}", excerpt(generator)));
  }
  const Json& cost = member(line, "cost");
  if (cost.is_null()) return;
  workload.cost.emplace();
  for (const auto& [key, into] :
       {std::pair{"bytes", &workload.cost->bytes}, std::pair{"flops", &workload.cost->flops}}) {
    const auto number = lax_number(member(cost, key));
    if (number && std::isfinite(*number) && *number >= 0) {
      *into = *number;
    } else {
      bad.add(fmt::format("\"cost.{}\" must be a number >= 0, found {}", key,
                          excerpt(member(cost, key))));
    }
  }
}

Workload read_line(const Json& line, const Definition& definition, Violations& bad) {
  Workload workload;
  if (member(line, "definition") != definition.name) {
    bad.add(fmt::format("\"definition\" must be \"{}\", found {}", definition.name,
                        excerpt(member(line, "definition"))));
  }
  for (const auto* key : {"solution", "evaluation"}) {
    if (!member(line, key).is_null()) {
      bad.add(fmt::format("\"{}\" must be null in a workload file", key));
    }
  }
  const Json& json = member(line, "workload");
  if (!json.is_object()) {
    bad.add("\"workload\" must be an object");
    return workload;
  }
  workload.uuid = bad.text(member(json, "uuid"), "\"workload.uuid\"");
  read_axes(member(json, "axes"), definition, workload, bad);
  read_inputs(member(json, "inputs"), definition, workload, bad);
  read_additions(line, workload, bad);
  if (bad.empty()) check_sizes(definition, workload, bad);
  return workload;
}

}  // namespace

Workload parse_workload(const Json& line, const Definition& definition, const std::string& origin) {
  Violations bad;
  auto workload = read_line(line, definition, bad);
  bad.raise(origin, "workload");
  return workload;
}

std::vector<Workload> parse_workloads(std::string_view text, const Definition& definition,
                                      const std::string& origin) {
  std::vector<Workload> workloads;
  std::map<std::string, int> line_of;  // by uuid
  Violations bad;
  for (int number = 1; !text.empty(); ++number) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    const auto at = fmt::format("{}:{}", origin, number);
    try {
      const auto json = parse_json(line, at);
      if (member(json, "definition") != definition.name) continue;
      auto workload = parse_workload(json, definition, at);
      const auto [first, fresh] = line_of.emplace(workload.uuid, number);
      if (!fresh) fail("{}: the uuid {} is that of line {}", at, workload.uuid, first->second);
      workloads.push_back(std::move(workload));
    } catch (const Error& e) {
      bad.add(e.what());
    }
  }
  bad.raise(origin, "workload file");
  return workloads;
}

Json to_json(const Workload& workload) {
  struct Writer {
    Json operator()(const RandomInput&) const { return {{"type", "random"}}; }
    Json operator()(const ScalarInput& scalar) const {
      const auto number = [](auto value) {
        if constexpr (std::is_same_v<decltype(value), double>) return number_json(value);
        return Json(value);
      };
      return {{"type", "scalar"}, {"value", std::visit(number, scalar.value)}};
    }
    Json operator()(const SafetensorsInput& file) const {
      return {{"type", "safetensors"}, {"path", file.path}, {"tensor_key", file.tensor_key}};
    }
  };
  Json axes = Json::object();
  for (const auto& [name, value] : workload.axes) axes[name] = value;
  Json inputs = Json::object();
  for (const auto& [name, source] : workload.inputs) inputs[name] = std::visit(Writer{}, source);
  return {{"axes", axes}, {"inputs", inputs}, {"uuid", workload.uuid}};
}

}  // namespace fihost
