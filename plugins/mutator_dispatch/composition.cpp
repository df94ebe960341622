#include "composition.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace dispatch {
namespace {

using fihost::sdk::Json;

// Behind the function that chooses; the same for every pair.
constexpr const char* delegation = R"(
struct State {
  const fihost_candidate* part;
  void* state;  // of the part
};

fihost_status workspace_size(const fihost_call* call, uint64_t* bytes,
                             const fihost_sink* error) noexcept {
  const fihost_candidate* const part = part_for(call);
  *bytes = 0;
  return part->workspace_size == nullptr ? fihost_status{FIHOST_OK}
                                         : part->workspace_size(call, bytes, error);
}

fihost_status prepare(const fihost_call* call, void** state, const fihost_sink* error) noexcept {
  auto* const made = new (std::nothrow) State{part_for(call), nullptr};
  if (made == nullptr)
    return fihost::sdk::fail(error, FIHOST_OUT_OF_MEMORY, "no memory for the dispatcher");
  if (made->part->prepare != nullptr) {
    const fihost_status status = made->part->prepare(call, &made->state, error);
    if (status != FIHOST_OK) {
      delete made;
      return status;
    }
  }
  *state = made;
  return FIHOST_OK;
}

fihost_status run(void* state, const fihost_call* call, const fihost_sink* error) noexcept {
  const auto* const made = static_cast<const State*>(state);
  return made->part->run(made->state, call, error);
}

void release(void* state) noexcept {
  const auto* const made = static_cast<State*>(state);
  if (made->part->prepare != nullptr) made->part->release(made->state);
  delete made;
}

}  // namespace
}  // namespace fihost_dispatch

)";

std::string namespace_of(std::size_t part) { return "fihost_part_" + std::to_string(part); }
std::string table_of(std::size_t part) { return namespace_of(part) + "::" + table_name; }

std::string hoisted(const std::array<Part, 2>& parts) {
  std::vector<std::string> lines;
  const auto add = [&](const std::string& line) {
    if (std::find(lines.begin(), lines.end(), line) == lines.end()) lines.push_back(line);
  };
  for (const Part& part : parts) std::for_each(part.includes.begin(), part.includes.end(), add);
  for (const char* own : {"<cstdint>", "<fihost/candidate.hpp>", "<new>"})
    add(std::string("#include ") + own);
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

std::string wrapped(std::size_t index, const Part& part, const std::string& name) {
  std::string text = "\n// " + name + "\nnamespace " + namespace_of(index) + " {\n" + part.body;
  if (!part.body.ends_with('\n')) text += "\n";
  text += "}  // namespace " + namespace_of(index) + "\n";
  for (const std::string& macro : part.macros) text += "#undef " + macro + "\n";
  return text;
}

std::string chooser(const Composition& plan) {
  std::string text = "\nnamespace fihost_dispatch {\nnamespace {\n\n// " + plan.split.axis + ": " +
                     describe(plan) +
                     "\nconst fihost_candidate* part_for(const fihost_call* call) {\n"
                     "  const std::int64_t value = " +
                     plan.axis_value + ";\n";
  for (std::size_t i = 0; i + 1 < plan.split.intervals.size(); ++i)
    text += "  if (value <= " + std::to_string(plan.split.intervals[i].limit) + ") return &" +
            table_of(static_cast<std::size_t>(plan.split.intervals[i].part)) + ";\n";
  return text + "  return &" +
         table_of(static_cast<std::size_t>(plan.split.intervals.back().part)) + ";\n}\n";
}

std::string table(const Composition& plan, const std::array<Part, 2>& parts) {
  const std::string& strictest = parts[parts[0].arch == "nullptr" ? 1 : 0].arch;
  return "const fihost_candidate fihost_candidate_v1 = {\n    FIHOST_HEADER(fihost_candidate, " +
         table_of(0) + ".header.flags &\n                                        " + table_of(1) +
         ".header.flags),\n    " + Json(plan.name).dump() + ",\n    " +
         Json(plan.definition).dump() + ",\n    " + strictest +
         ",\n    FIHOST_ROLE_CANDIDATE,\n    " + parts[0].device +
         ",\n    fihost_dispatch::workspace_size,\n    fihost_dispatch::prepare,\n"
         "    fihost_dispatch::run,\n    fihost_dispatch::release};\n";
}

}  // namespace

std::string axis_expression(const Json& definition, const std::string& axis) {
  for (const char* side : {"inputs", "outputs"}) {
    std::size_t number = 0;
    for (const auto& [name, tensor] : definition.at(side).items()) {
      const Json shape = tensor.value("shape", Json());
      for (std::size_t i = 0; shape.is_array() && i < shape.size(); ++i)
        if (shape[i] == axis)
          return std::string("call->") + side + "[" + std::to_string(number) + "].shape[" +
                 std::to_string(i) + "]";
      ++number;
    }
  }
  return "";
}

std::string describe(const Composition& plan) {
  std::string text;
  for (std::size_t i = 0; i < plan.split.intervals.size(); ++i) {
    const Interval& interval = plan.split.intervals[i];
    const bool last = i + 1 == plan.split.intervals.size();
    text += (text.empty() ? "" : ", ") + plan.part_names[static_cast<std::size_t>(interval.part)] +
            (last ? " above" : " up to " + std::to_string(interval.limit));
  }
  return text;
}

std::string mismatch(const std::array<Part, 2>& parts) {
  if (parts[0].device != parts[1].device)
    return "the parents run on " + parts[0].device + " and " + parts[1].device;
  const auto any = [](const Part& part) { return part.arch == "nullptr"; };
  if (!any(parts[0]) && !any(parts[1]) && parts[0].arch != parts[1].arch)
    return "the parents are for " + parts[0].arch + " and " + parts[1].arch;
  return "";
}

std::string compose(const Composition& plan, const std::array<Part, 2>& parts) {
  std::string text = "// Two candidates in one, chosen by " + plan.split.axis + ": " +
                     describe(plan) + ".\n" + hoisted(parts);
  for (std::size_t i = 0; i < parts.size(); ++i) text += wrapped(i, parts[i], plan.part_names[i]);
  return text + chooser(plan) + delegation + table(plan, parts);
}

}  // namespace dispatch
