#include "core/model/definition.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/base/error.hpp"
#include "core/base/json_positions.hpp"
#include "core/model/python_source.hpp"

namespace fihost {
namespace {

/// A constant axis has a value; `type` may be left out.
Axis read_axis(const std::string& name, const Json& json, Violations& bad) {
  Axis axis{.name = name, .value = std::nullopt, .description = {}};
  const auto pointer = "/axes/" + pointer_token(name);
  if (!json.is_object()) {
    bad.add(fmt::format("axis \"{}\" must be an object, found {}", name, excerpt(json)), pointer);
    return axis;
  }
  axis.description = bad.optional_text(
      json, "description", fmt::format("the description of axis \"{}\"", name), pointer);
  const bool has_value = json.contains("value");
  const Json type = json.contains("type") ? json["type"] : Json(has_value ? "const" : "var");
  if (type == "var") return axis;
  if (type != "const") {
    bad.add(fmt::format("axis \"{}\" has the type {}, which must be \"const\" or \"var\"", name,
                        excerpt(type)),
            pointer);
    return axis;
  }
  const auto value = lax_integer(member(json, "value"));
  if (!value || *value < 0) {
    bad.add(fmt::format("axis \"{}\" is constant and needs a \"value\" that is an integer >= 0, "
                        "found {}",
                        name, has_value ? excerpt(json["value"]) : "none"),
            pointer);
  }
  axis.value = value.value_or(0);
  return axis;
}

std::vector<Axis> read_axes(const Json& json, Violations& bad) {
  std::vector<Axis> axes;
  if (!member(json, "axes").is_object()) {
    bad.add("\"axes\" must be an object of axes", "/axes");
    return axes;
  }
  for (const auto& [name, axis] : json["axes"].items()) {
    if (name.empty()) bad.add("an axis has an empty name", "/axes");
    axes.push_back(read_axis(name, axis, bad));
  }
  return axes;
}

/// `what` is "input" or "output".
TensorSpec read_tensor(const std::string& what, const std::string& name, const Json& json,
                       Violations& bad) {
  TensorSpec spec;
  spec.name = name;
  const auto of = fmt::format("{} \"{}\"", what, name);
  const auto pointer = fmt::format("/{}s/{}", what, pointer_token(name));
  if (name.empty()) bad.add(fmt::format("an {} has an empty name", what), pointer);
  if (!json.is_object()) {
    bad.add(fmt::format("{} must be an object, found {}", of, excerpt(json)), pointer);
    return spec;
  }
  spec.description = bad.optional_text(json, "description", "the description of " + of, pointer);
  const Json& dtype = member(json, "dtype");
  const auto known =
      dtype.is_string() ? parse_dtype(dtype.get_ref<const std::string&>()) : std::nullopt;
  if (known) {
    spec.dtype = *known;
  } else {
    bad.add(fmt::format("{} has the dtype {}, which the format does not know", of,
                        dtype.is_null() ? "none" : excerpt(dtype)),
            pointer + "/dtype");
  }
  const Json& shape = member(json, "shape");
  if (!json.contains("shape") || !(shape.is_null() || shape.is_array())) {
    bad.add(fmt::format("{} needs a \"shape\": a list of axis names, or null for a scalar", of),
            pointer + "/shape");
  }
  if (!shape.is_array()) return spec;
  spec.shape.emplace();
  for (const Json& axis : shape)
    spec.shape->push_back(bad.text(axis, of + ": an axis name", pointer + "/shape"));
  return spec;
}

std::vector<TensorSpec> read_tensors(const std::string& what, const Json& json, Violations& bad) {
  std::vector<TensorSpec> specs;
  const Json& map = member(json, what + "s");
  if (!map.is_object()) {
    bad.add(fmt::format("\"{}s\" must be an object of tensors", what), "/" + what + "s");
    return specs;
  }
  for (const auto& [name, spec] : map.items()) {
    specs.push_back(read_tensor(what, name, spec, bad));
  }
  return specs;
}

void check_axes_declared(const std::string& what, const std::vector<TensorSpec>& specs,
                         const std::vector<Axis>& axes, Violations& bad) {
  for (const TensorSpec& spec : specs) {
    for (const auto& used : spec.shape.value_or(std::vector<std::string>{})) {
      const bool declared = std::any_of(axes.begin(), axes.end(),
                                        [&](const Axis& axis) { return axis.name == used; });
      // An empty name was already reported.
      if (!declared && !used.empty()) {
        bad.add(
            fmt::format("{} \"{}\" references the undefined axis \"{}\"", what, spec.name, used),
            fmt::format("/{}s/{}/shape", what, pointer_token(spec.name)));
      }
    }
  }
}

void check_names_apart(const Definition& definition, Violations& bad) {
  std::set<std::string> inputs;
  for (const auto& input : definition.inputs) inputs.insert(input.name);
  for (const auto& output : definition.outputs) {
    if (inputs.contains(output.name)) {
      bad.add(fmt::format("\"{}\" is the name of an input and of an output", output.name),
              "/outputs/" + pointer_token(output.name));
    }
  }
}

/// `fihost.tolerance` is this project's own object, so an unknown key in it is a mistake: it would
/// otherwise leave a default in force that nobody wanted.
Tolerance read_tolerance(const std::string& definition, const Json& fihost, Violations& bad) {
  Tolerance tolerance;
  if (definition.find("moe_fp8_block_scale") != std::string::npos) {
    tolerance.required_matched_ratio = 0.95;
  }
  const Json& json = member(fihost, "tolerance");
  if (json.is_null()) return tolerance;
  if (!json.is_object()) {
    bad.add(fmt::format("\"fihost.tolerance\" must be an object, found {}", excerpt(json)),
            "/fihost/tolerance");
    return tolerance;
  }
  for (const auto& [key, value] : json.items()) {
    const bool ratio = key == "required_matched_ratio";
    if (!ratio && key != "atol" && key != "rtol") {
      bad.add(fmt::format("\"fihost.tolerance\" has the unknown key \"{}\"", key),
              "/fihost/tolerance");
      continue;
    }
    if (ratio && value.is_null()) {
      tolerance.required_matched_ratio.reset();
      continue;
    }
    const auto number = lax_number(value);
    if (!number || !std::isfinite(*number) || *number <= 0 || (ratio && *number > 1)) {
      bad.add(fmt::format("\"fihost.tolerance.{}\" must be a number > 0{}, found {}", key,
                          ratio ? " and <= 1" : "", excerpt(value)),
              "/fihost/tolerance/" + key);
      continue;
    }
    if (key == "atol") tolerance.atol = *number;
    if (key == "rtol") tolerance.rtol = *number;
    if (ratio) tolerance.required_matched_ratio = number;
  }
  return tolerance;
}

}  // namespace

Definition read_definition(const Json& json, Violations& bad) {
  Definition definition;
  if (!json.is_object()) {
    bad.add(fmt::format("it must be an object, found {}", excerpt(json)));
    return definition;
  }
  definition.name = bad.text(member(json, "name"), "\"name\"", "/name");
  definition.op_type = bad.text(member(json, "op_type"), "\"op_type\"", "/op_type");
  definition.description =
      bad.optional_text(json, "description", "\"description\"", "/description");
  definition.axes = read_axes(json, bad);
  definition.inputs = read_tensors("input", json, bad);
  definition.outputs = read_tensors("output", json, bad);
  definition.reference = bad.text(member(json, "reference"), "\"reference\"", "/reference");
  if (!definition.reference.empty()) {
    const auto fault = reference_fault(definition.reference);
    if (!fault.empty()) bad.add("\"reference\" " + fault, "/reference");
  }
  definition.tags = bad.texts(json, "tags", "/tags");
  definition.constraints = bad.texts(json, "constraints", "/constraints");
  for (std::size_t i = 0; i < definition.constraints.size(); ++i) {
    const auto fault = expression_fault(definition.constraints[i]);
    if (fault.empty() || definition.constraints[i].empty()) continue;
    bad.add(fmt::format("the constraint \"{}\" {}", definition.constraints[i], fault),
            fmt::format("/constraints/{}", i));
  }
  check_names_apart(definition, bad);
  check_axes_declared("input", definition.inputs, definition.axes, bad);
  check_axes_declared("output", definition.outputs, definition.axes, bad);
  definition.tolerance = read_tolerance(definition.name, member(json, "fihost"), bad);
  return definition;
}

Definition parse_definition(const Json& json, const std::string& origin) {
  Violations bad;
  auto definition = read_definition(json, bad);
  bad.raise(origin, "definition");
  return definition;
}

Json to_json(const Definition& definition) {
  Json axes = Json::object();
  for (const auto& axis : definition.axes) {
    Json json = {{"type", axis.value ? "const" : "var"}};
    if (axis.value) json["value"] = *axis.value;
    if (!axis.description.empty()) json["description"] = axis.description;
    axes[axis.name] = std::move(json);
  }
  const auto tensors = [](const std::vector<TensorSpec>& specs) {
    Json all = Json::object();
    for (const auto& spec : specs) {
      Json json = {{"shape", spec.shape ? Json(*spec.shape) : Json(nullptr)},
                   {"dtype", name(spec.dtype)}};
      if (!spec.description.empty()) json["description"] = spec.description;
      all[spec.name] = std::move(json);
    }
    return all;
  };
  Json tolerance = {{"atol", definition.tolerance.atol}, {"rtol", definition.tolerance.rtol}};
  if (const auto& ratio = definition.tolerance.required_matched_ratio) {
    tolerance["required_matched_ratio"] = *ratio;
  }
  return {{"name", definition.name},
          {"description", definition.description},
          {"op_type", definition.op_type},
          {"tags", definition.tags},
          {"axes", std::move(axes)},
          {"constraints", definition.constraints},
          {"inputs", tensors(definition.inputs)},
          {"outputs", tensors(definition.outputs)},
          {"reference", definition.reference},
          {"fihost", {{"tolerance", std::move(tolerance)}}}};
}

std::vector<std::int64_t> extents(const TensorSpec& spec, const AxisValues& values) {
  std::vector<std::int64_t> out;
  for (const auto& axis : spec.shape.value_or(std::vector<std::string>{})) {
    const auto found = values.find(axis);
    if (found == values.end()) {
      fail("tensor \"{}\" has no extent: axis \"{}\" has no value", spec.name, axis);
    }
    out.push_back(found->second);
  }
  return out;
}

AxisValues axis_values(const Definition& definition,
                       const std::map<std::string, std::int64_t>& variable) {
  AxisValues values;
  auto unknown = variable;
  for (const Axis& axis : definition.axes) {
    if (axis.value) {
      values[axis.name] = *axis.value;
      continue;
    }
    const auto found = variable.find(axis.name);
    if (found == variable.end()) {
      fail("definition {}: the variable axis \"{}\" has no value", definition.name, axis.name);
    }
    if (found->second < 0) {
      fail("definition {}: the axis \"{}\" must be >= 0, found {}", definition.name, axis.name,
           found->second);
    }
    values[axis.name] = found->second;
    unknown.erase(axis.name);
  }
  if (!unknown.empty()) {
    fail("definition {} has no variable axis \"{}\"", definition.name, unknown.begin()->first);
  }
  return values;
}

}  // namespace fihost
