#include "core/dataset/python_syntax.hpp"

#include "core/base/error.hpp"
#include "core/base/paths.hpp"
#include "core/base/process.hpp"
#include "core/base/temp_dir.hpp"

namespace fihost {
namespace {

constexpr auto limit = std::chrono::seconds(60);

// Reads {name: {"reference": source, "constraints": [source]}}, writes {name: [fault]}.
constexpr const char* script = R"py(
import ast, json, sys

def fault(source, mode):
    try:
        return None, ast.parse(source, mode=mode)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as e:
        return f"{getattr(e, 'msg', e)} (line {getattr(e, 'lineno', '?')})", None

found = {}
with open(sys.argv[1], encoding="utf-8") as f:
    definitions = json.load(f)
for name, d in definitions.items():
    faults = found[name] = []
    text, tree = fault(d["reference"], "exec")
    if text:
        faults.append(f'"reference" is no Python: {text}')
    elif not any(isinstance(n, ast.FunctionDef) and n.name == "run" for n in tree.body):
        faults.append('"reference" has no top-level function run')
    for c in d["constraints"]:
        text, _ = fault(c, "eval")
        if text:
            faults.append(f'the constraint "{c}" is no Python expression: {text}')
json.dump(found, sys.stdout)
)py";

}  // namespace

std::optional<std::map<std::string, std::vector<std::string>>> python_faults(
    const std::vector<const Definition*>& definitions, std::stop_token stop) {
  const auto python = find_program(python_interpreter());
  if (!python) return std::nullopt;
  Json request = Json::object();
  for (const auto* definition : definitions) {
    Json& entry = request[definition->name];
    entry["reference"] = definition->reference;
    entry["constraints"] = definition->constraints;
  }
  const TempDir folder;
  const auto file = folder.path() / "definitions.json";
  write_text(file, dump(request));
  Command command;
  command.arguments = {python->string(), "-I", "-c", script, file.string()};
  const auto output = run(command, limit, stop);
  if (!output.exit.ok()) return std::nullopt;
  std::map<std::string, std::vector<std::string>> faults;
  const auto reply = parse_json(output.out, "python3");
  for (const auto& [name, texts] : reply.items()) {
    faults[name] = texts.get<std::vector<std::string>>();
  }
  return faults;
}

}  // namespace fihost
