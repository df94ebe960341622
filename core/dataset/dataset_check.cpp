#include "core/dataset/dataset_check.hpp"

#include <algorithm>
#include <set>

#include "core/base/error.hpp"
#include "core/dataset/python_syntax.hpp"
#include "core/model/safetensors.hpp"

namespace fihost {
namespace {

namespace fs = std::filesystem;

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

class Checker {
 public:
  Checker(const Dataset& dataset, const Located<Definition>& definition, CheckedDefinition& out)
      : dataset_(dataset), at_(definition), definition_(definition.value), out_(out) {
    out_.name = definition_.name;
  }

  void layout() {
    const auto op = fs::path(definition_.op_type);
    place("layout", at_.file, fs::path("definitions") / op / (definition_.name + ".json"));
    for (const auto& each : dataset_.workloads) {
      if (each.value.definition != definition_.name || !seen_.insert(each.file).second) continue;
      place("layout", each.file, fs::path("workloads") / op / (definition_.name + ".jsonl"));
    }
    for (const auto& each : dataset_.solutions) {
      const auto& s = each.value;
      if (s.definition != definition_.name) continue;
      place("layout", each.file,
            fs::path("solutions") / s.author / op / s.definition / (s.name + ".json"));
    }
    for (const auto& each : dataset_.traces) {
      if (each.value.definition != definition_.name || !seen_.insert(each.file).second) continue;
      trace_place(each.file);
    }
  }

  void definition(const std::vector<std::string>& python_faults) {
    for (const auto& fault : python_faults) add("definition", Level::error, fault);
    if (definition_.description.empty()) missing("the definition");
    for (const auto& axis : definition_.axes) {
      if (axis.description.empty()) missing(fmt::format("axis \"{}\"", axis.name));
    }
    for (const auto& input : definition_.inputs) {
      if (input.description.empty()) missing(fmt::format("input \"{}\"", input.name));
    }
    for (const auto& output : definition_.outputs) {
      if (output.description.empty()) missing(fmt::format("output \"{}\"", output.name));
      if (!output.scalar()) continue;
      add("definition", Level::warning,
          fmt::format("output \"{}\" is a scalar: no solution in destination-passing style can "
                      "return it",
                      output.name));
    }
  }

  void workloads() {
    std::set<std::string> uuids;
    bool any = false;
    for (const auto& each : dataset_.workloads) {
      if (each.value.definition != definition_.name) continue;
      any = true;
      workload(each.value.workload);
      if (!uuids.insert(each.value.workload.uuid).second) {
        add("workload", Level::error,
            fmt::format("the uuid {} occurs twice", each.value.workload.uuid));
      }
    }
    if (!any) add("workload", Level::warning, "there are no workloads");
  }

  void solutions() {
    const auto count =
        std::count_if(dataset_.solutions.begin(), dataset_.solutions.end(),
                      [&](const auto& each) { return each.value.definition == definition_.name; });
    add("solution", Level::info, fmt::format("{} solutions", count));
  }

  void traces() {
    std::set<std::string> known, covered;
    for (const auto& each : dataset_.workloads) {
      if (each.value.definition == definition_.name) known.insert(each.value.workload.uuid);
    }
    for (const auto& each : dataset_.traces) {
      const auto& trace = each.value;
      if (trace.definition != definition_.name) continue;
      if (trace.solution && !has_solution(*trace.solution)) {
        add("trace", Level::error,
            fmt::format("{}:{}: there is no solution \"{}\"", each.file.string(), each.line,
                        *trace.solution));
      }
      if (!known.contains(trace.workload.uuid)) {
        add("trace", Level::error,
            fmt::format("{}:{}: there is no workload {}", each.file.string(), each.line,
                        trace.workload.uuid));
      }
      if (trace.evaluation) covered.insert(trace.workload.uuid);
    }
    std::erase_if(known, [&](const auto& uuid) { return covered.contains(uuid); });
    if (!known.empty() && !covered.empty()) {
      add("trace", Level::warning, fmt::format("{} workloads have no trace", known.size()));
    }
  }

  void baseline() {
    const auto count =
        std::count_if(dataset_.solutions.begin(), dataset_.solutions.end(), [&](const auto& each) {
          return each.value.definition == definition_.name && each.value.author == "baseline";
        });
    if (count == 0) {
      add("baseline", Level::warning, "there is no solution by the author \"baseline\"");
    } else if (count > 1) {
      add("baseline", Level::error,
          fmt::format("{} solutions by the author \"baseline\", where scores want exactly one",
                      count));
    }
  }

 private:
  void add(const std::string& check, Level level, std::string text) {
    out_.messages[check].push_back({level, std::move(text)});
  }

  void missing(const std::string& what) {
    add("definition", Level::warning, what + " has no description");
  }

  void place(const std::string& check, const fs::path& file, const fs::path& wanted) {
    const auto found = file.lexically_relative(dataset_.root);
    if (found == wanted) return;
    add(check, Level::error, fmt::format("{} should be {}", found.string(), wanted.string()));
  }

  /// traces/<author>/<op_type>/<definition>.jsonl, whoever the author is.
  void trace_place(const fs::path& file) {
    auto part = file.lexically_relative(dataset_.root).begin();
    const auto author = ++part;
    place("layout", file,
          fs::path("traces") / *author / definition_.op_type / (definition_.name + ".jsonl"));
  }

  [[nodiscard]] bool has_solution(const std::string& name) const {
    return std::any_of(dataset_.solutions.begin(), dataset_.solutions.end(),
                       [&](const auto& each) { return each.value.name == name; });
  }

  void workload(const Workload& workload) {
    const auto say = [&](const std::string& text) {
      add("workload", Level::error, fmt::format("{}: {}", workload.uuid, text));
    };
    for (const auto& axis : definition_.axes) {
      const auto found = workload.axes.find(axis.name);
      if (axis.value && found != workload.axes.end()) {
        say(fmt::format("axis \"{}\" is constant in the definition", axis.name));
      }
      if (!axis.value && found != workload.axes.end() && found->second <= 0) {
        say(fmt::format("axis \"{}\" is {}, wanted more than 0", axis.name, found->second));
      }
    }
    for (const auto& [name, value] : workload.axes) {
      const auto same = [&, &axis_name = name](const Axis& axis) { return axis.name == axis_name; };
      if (std::none_of(definition_.axes.begin(), definition_.axes.end(), same)) {
        say(fmt::format("the definition has no axis \"{}\"", name));
      }
    }
    Violations bad;
    const auto fitted = fitted_workload(workload, definition_, bad);
    for (const auto& violation : bad.all()) say(violation.text);
    for (const auto& [name, source] : workload.inputs) {
      const auto same = [&, &input_name = name](const auto& i) { return i.name == input_name; };
      if (std::none_of(definition_.inputs.begin(), definition_.inputs.end(), same)) {
        say(fmt::format("the definition has no input \"{}\"", name));
      }
    }
    for (const auto& input : definition_.inputs) {
      const auto found = workload.inputs.find(input.name);
      if (found == workload.inputs.end()) {
        say(fmt::format("input \"{}\" is missing", input.name));
      } else if (input.scalar() && std::holds_alternative<RandomInput>(found->second)) {
        say(fmt::format("input \"{}\" is a scalar and cannot be random here", input.name));
      } else if (const auto* file = std::get_if<SafetensorsInput>(&found->second);
                 file != nullptr && bad.empty()) {
        const auto fault = blob_fault(input, *file, fitted);
        if (!fault.empty()) say(fmt::format("input \"{}\": {}", input.name, fault));
      }
    }
  }

  [[nodiscard]] std::string blob_fault(const TensorSpec& input, const SafetensorsInput& source,
                                       const Workload& workload) const {
    try {
      const auto path = (dataset_.root / source.path).lexically_normal();
      const auto inside = path.lexically_relative(dataset_.root.lexically_normal());
      if (inside.empty() || *inside.begin() == "..") {
        return fmt::format("{} lies outside the dataset", source.path);
      }
      const SafetensorsFile file(path);
      const auto& tensor = file.at(source.tensor_key);
      const auto wanted = extents(input, axis_values(definition_, workload.axes));
      if (tensor.dtype != input.dtype) {
        return fmt::format("{}: \"{}\" is {}, wanted {}", source.path, source.tensor_key,
                           name(tensor.dtype), name(input.dtype));
      }
      if (tensor.shape == wanted) return {};
      return fmt::format("{}: \"{}\" has the shape [{}], wanted [{}]", source.path,
                         source.tensor_key, fmt::join(tensor.shape, ", "), fmt::join(wanted, ", "));
    } catch (const Error& e) {
      return e.what();
    }
  }

  const Dataset& dataset_;
  const Located<Definition>& at_;
  const Definition& definition_;
  CheckedDefinition& out_;
  std::set<fs::path> seen_;
};

void check_request(const CheckRequest& request, const Dataset& dataset) {
  for (const auto& check : request.checks) {
    if (contains(check_names, check)) continue;
    throw Error(
        fmt::format("there is no check \"{}\"; there are {}", check, fmt::join(check_names, ", ")),
        Fault::usage);
  }
  for (const auto& name : request.definitions) {
    if (dataset.definition(name) != nullptr) continue;
    fail("{}: there is no usable definition \"{}\"", dataset.root.string(), name);
  }
}

/// Solutions whose definition is not there belong to no definition's report.
void add_orphans(const Dataset& dataset, CheckedReport& report) {
  for (const auto& each : dataset.solutions) {
    if (dataset.definition(each.value.definition) != nullptr) continue;
    report.problems.push_back(
        {each.file, each.line,
         fmt::format("solution \"{}\" is for the definition \"{}\", which is not there",
                     each.value.name, each.value.definition)});
  }
}

}  // namespace

CheckedReport check_dataset(const CheckRequest& request, std::stop_token stop) {
  const auto dataset = load_dataset(request.root);
  check_request(request, dataset);
  CheckedReport report;
  report.root = request.root;
  report.checks = request.checks;
  if (report.checks.empty()) report.checks.assign(check_names.begin(), check_names.end() - 1);
  std::erase(report.checks, "benchmark");
  report.problems = dataset.problems;
  if (contains(report.checks, "solution")) add_orphans(dataset, report);

  std::vector<const Definition*> wanted;
  for (const auto& each : dataset.definitions) {
    const auto& d = each.value;
    const bool named = request.definitions.empty() || contains(request.definitions, d.name);
    if (named && (request.op_types.empty() || contains(request.op_types, d.op_type))) {
      wanted.push_back(&d);
    }
  }
  auto faults = python_faults(wanted, stop);
  report.python = faults.has_value();
  for (const auto& each : dataset.definitions) {
    if (std::find(wanted.begin(), wanted.end(), &each.value) == wanted.end()) continue;
    Checker checker(dataset, each, report.definitions.emplace_back());
    const auto made = [&](const char* check) { return contains(report.checks, check); };
    if (made("layout")) checker.layout();
    if (made("definition")) {
      checker.definition(faults ? (*faults)[each.value.name] : std::vector<std::string>{});
    }
    if (made("workload")) checker.workloads();
    if (made("solution")) checker.solutions();
    if (made("trace")) checker.traces();
    if (made("baseline")) checker.baseline();
  }
  return report;
}

}  // namespace fihost
