#include "core/model/workload.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

#include "core/base/error.hpp"
#include "core/base/json_lines.hpp"
#include "core/base/json_positions.hpp"
#include "core/model/lax_json.hpp"

namespace fihost {
namespace {

Json to_json_value(const ScalarInput& scalar) {
  const auto number = [](auto value) {
    if constexpr (std::is_same_v<decltype(value), double>) return number_json(value);
    return Json(value);
  };
  return std::visit(number, scalar.value);
}

const TensorSpec* find_input(const Definition& definition, const std::string& name) {
  const auto found = std::find_if(definition.inputs.begin(), definition.inputs.end(),
                                  [&](const TensorSpec& spec) { return spec.name == name; });
  return found == definition.inputs.end() ? nullptr : &*found;
}

void read_axes(const Json& json, Workload& workload, Violations& bad, const std::string& pointer) {
  if (!json.is_object()) {
    bad.add("\"workload.axes\" must be an object of axis values", pointer);
    return;
  }
  for (const auto& [name, value] : json.items()) {
    const auto number = lax_integer(value);
    if (!number || *number < 0) {
      bad.add(fmt::format("axis \"{}\" must be an integer >= 0, found {}", name, excerpt(value)),
              pointer + "/" + pointer_token(name));
    } else {
      workload.axes[name] = *number;
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

/// `scalar` in the kind that `dtype` has; none when that would lose meaning.
std::optional<ScalarInput> converted(const ScalarInput& scalar, DType dtype) {
  if (const auto* flag = std::get_if<bool>(&scalar.value)) {
    if (dtype == DType::boolean) return scalar;
    if (is_floating(dtype)) return ScalarInput{*flag ? 1.0 : 0.0};
    return ScalarInput{std::int64_t{*flag ? 1 : 0}};
  }
  if (is_floating(dtype)) return scalar;
  std::int64_t number = 0;
  if (const auto* real = std::get_if<double>(&scalar.value)) {
    const auto whole = lax_integer(Json(*real));
    if (!whole) return std::nullopt;
    number = *whole;
  } else {
    number = std::get<std::int64_t>(scalar.value);
  }
  if (dtype == DType::boolean) {
    if (number != 0 && number != 1) return std::nullopt;
    return ScalarInput{number == 1};
  }
  const auto highest = std::numeric_limits<std::int64_t>::max() >> (64 - bits(dtype));
  if (number > highest || number < -highest - 1) return std::nullopt;
  return ScalarInput{number};
}

std::string type_of(const Json& source) {
  if (source.contains("type")) {
    return source["type"].is_string() ? source["type"].get<std::string>() : dump(source["type"]);
  }
  if (source.contains("path") || source.contains("tensor_key")) return "safetensors";
  return source.contains("value") ? "scalar" : "random";
}

InputSource read_input(const std::string& name, const Json& source, Violations& bad,
                       const std::string& pointer) {
  const auto of = fmt::format("input \"{}\"", name);
  if (!source.is_object()) {
    bad.add(fmt::format("{} must be an object, found {}", of, excerpt(source)), pointer);
    return RandomInput{};
  }
  const auto type = type_of(source);
  if (type == "random") return RandomInput{};
  if (type == "safetensors") {
    return SafetensorsInput{
        bad.text(member(source, "path"), of + ": \"path\"", pointer),
        bad.text(member(source, "tensor_key"), of + ": \"tensor_key\"", pointer)};
  }
  if (type != "scalar") {
    bad.add(fmt::format("{} has the type \"{}\", which must be random, scalar or safetensors", of,
                        type),
            pointer);
    return RandomInput{};
  }
  if (const auto scalar = read_scalar(member(source, "value"))) return *scalar;
  bad.add(fmt::format("{} needs a \"value\" that is a number, true or false, found {}", of,
                      source.contains("value") ? excerpt(source["value"]) : "none"),
          pointer);
  return RandomInput{};
}

void read_inputs(const Json& json, Workload& workload, Violations& bad,
                 const std::string& pointer) {
  if (!json.is_object()) {
    bad.add("\"workload.inputs\" must be an object of input sources", pointer);
    return;
  }
  for (const auto& [name, source] : json.items()) {
    workload.inputs[name] = read_input(name, source, bad, pointer + "/" + pointer_token(name));
  }
}

/// The source of a known input, or nothing when `spec` cannot take it.
std::optional<InputSource> fitted(const TensorSpec& spec, const InputSource& source,
                                  Violations& bad) {
  const auto of = fmt::format("input \"{}\"", spec.name);
  if (std::holds_alternative<SafetensorsInput>(source) && spec.scalar()) {
    bad.add(of + " is a scalar and cannot come from a safetensors file");
    return std::nullopt;
  }
  const auto* scalar = std::get_if<ScalarInput>(&source);
  if (scalar == nullptr) return source;
  if (!spec.scalar()) {
    bad.add(of + " is a tensor and cannot be given as a scalar");
    return std::nullopt;
  }
  const auto value = converted(*scalar, spec.dtype);
  if (value) return *value;
  bad.add(fmt::format("{} is a scalar of type {} and cannot be {}", of, name(spec.dtype),
                      dump(to_json_value(*scalar))));
  return std::nullopt;
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

}  // namespace

Workload read_workload(const Json& json, Violations& bad, const std::string& pointer) {
  Workload workload;
  if (!json.is_object()) {
    bad.add("\"workload\" must be an object", pointer);
    return workload;
  }
  workload.uuid = bad.text(member(json, "uuid"), "\"workload.uuid\"", pointer + "/uuid");
  read_axes(member(json, "axes"), workload, bad, pointer + "/axes");
  read_inputs(member(json, "inputs"), workload, bad, pointer + "/inputs");
  return workload;
}

Workload fitted_workload(Workload workload, const Definition& definition, Violations& bad) {
  const auto known = [&](const auto& entry) {
    return std::any_of(definition.axes.begin(), definition.axes.end(),
                       [&](const Axis& axis) { return axis.name == entry.first && !axis.value; });
  };
  std::erase_if(workload.axes, [&](const auto& entry) { return !known(entry); });
  for (const Axis& axis : definition.axes) {
    if (!axis.value && !workload.axes.contains(axis.name)) {
      bad.add(fmt::format("the variable axis \"{}\" is missing", axis.name));
    }
  }
  std::map<std::string, InputSource> inputs;
  for (const auto& [name, source] : workload.inputs) {
    const auto* spec = find_input(definition, name);
    if (spec == nullptr) continue;
    if (const auto fit = fitted(*spec, source, bad)) inputs.emplace(name, *fit);
  }
  workload.inputs = std::move(inputs);
  if (bad.empty()) check_sizes(definition, workload, bad);
  return workload;
}

Workload parse_workload(const Json& line, const Definition& definition, const std::string& origin) {
  Violations bad;
  if (member(line, "definition") != definition.name) {
    bad.add(fmt::format("\"definition\" must be \"{}\", found {}", definition.name,
                        excerpt(member(line, "definition"))));
  }
  for (const auto* key : {"solution", "evaluation"}) {
    if (!member(line, key).is_null()) {
      bad.add(fmt::format("\"{}\" must be null in a workload file", key));
    }
  }
  auto workload = read_workload(member(line, "workload"), bad);
  read_additions(line, workload, bad);
  if (bad.empty()) workload = fitted_workload(std::move(workload), definition, bad);
  bad.raise(origin, "workload");
  return workload;
}

std::vector<Workload> read_workloads(const std::filesystem::path& path,
                                     const Definition& definition) {
  std::vector<Workload> workloads;
  std::map<std::string, int> line_of;  // by uuid
  Violations bad;
  JsonLines lines(path);
  for (std::string_view line; lines.next(line);) {
    try {
      const auto json = parse_lax_json(line, lines.origin());
      if (member(json, "definition") != definition.name) continue;
      auto workload = parse_workload(json, definition, lines.origin());
      const auto [first, fresh] = line_of.emplace(workload.uuid, lines.number());
      if (!fresh) {
        fail("{}: the uuid {} is that of line {}", lines.origin(), workload.uuid, first->second);
      }
      workloads.push_back(std::move(workload));
    } catch (const Error& e) {
      bad.add(e.what());
    }
  }
  bad.raise(path.string(), "workload file");
  return workloads;
}

Json to_json(const Workload& workload) {
  struct Writer {
    Json operator()(const RandomInput&) const { return {{"type", "random"}}; }
    Json operator()(const ScalarInput& scalar) const {
      return {{"type", "scalar"}, {"value", to_json_value(scalar)}};
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
