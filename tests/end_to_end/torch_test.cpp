// Definitions that bring no native reference: their own source, run by PyTorch.
#include <doctest/doctest.h>

#include <algorithm>

#include "core/base/paths.hpp"
#include "core/base/temp_dir.hpp"
#include "tests/end_to_end/fihost_process.hpp"

using namespace fihost;
using namespace fihost::test;

namespace {

/// A dataset with the definition of task scale_f32 and nothing native.
std::filesystem::path make_dataset(const TempDir& folder) {
  const auto task = build_tree() / "tests/end_to_end/tasks/scale_f32";
  const auto root = folder.path() / "dataset";
  auto definition = read_json(task / "definition.json");
  definition["name"] = "scale_by_torch";
  write_text(root / "definitions/scale/scale_by_torch.json", dump(definition));
  std::string lines = read_text(task / "workloads.jsonl");
  for (auto at = lines.find("scale_f32"); at != std::string::npos; at = lines.find("scale_f32")) {
    lines.replace(at, 9, "scale_by_torch");
  }
  write_text(root / "workloads/scale/scale_by_torch.jsonl", lines);
  return root;
}

/// The right candidate, or a wrong one, for that definition.
std::string make_candidate(const TempDir& folder, const std::string& name, bool right) {
  std::string source = read_text(build_tree() / "tests/end_to_end/tasks/scale_f32/reference.cpp");
  const auto replace = [&](const std::string& from, const std::string& to) {
    const auto at = source.find(from);
    REQUIRE(at != std::string::npos);
    source.replace(at, from.size(), to);
  };
  replace("FIHOST_ROLE_REFERENCE", "FIHOST_ROLE_CANDIDATE");
  replace("\"scale_f32\"", "\"scale_by_torch\"");
  if (!right)
    replace("return FIHOST_OK;",
            "static_cast<float*>(call->outputs[0].data)[0] += 9;\n  return FIHOST_OK;");
  write_text(folder.path() / (name + ".cpp"), source);
  return (folder.path() / (name + ".cpp")).string();
}

std::vector<std::string> words(const TempDir& folder, const std::vector<std::string>& candidates) {
  std::vector<std::string> all = {"rank",
                                  "--json",
                                  "--quick",
                                  "--device",
                                  "cpu",
                                  "--seed",
                                  "3",
                                  "--definition",
                                  "scale_by_torch",
                                  "--dataset",
                                  (folder.path() / "dataset").string()};
  all.insert(all.end(), candidates.begin(), candidates.end());
  return all;
}

/// fihost with the interpreter that this process was given.
Output run_with_torch(const std::vector<std::string>& all, const std::filesystem::path& cache) {
  auto command = fihost_command(all, cache);
  command.environment->push_back("FIHOST_PYTHON=" + python_interpreter());
  return run(command, std::chrono::minutes(5));
}

bool have_torch() {
  Command command;
  command.arguments = {python_interpreter(), "-c", "import torch"};
  return find_program(python_interpreter()) && run(command, std::chrono::seconds(120)).exit.ok();
}

}  // namespace

TEST_SUITE_BEGIN("torch");

TEST_CASE("without PyTorch there is no reference and no score, and that is said") {
  const TempDir folder;
  make_dataset(folder);
  auto command = fihost_command(words(folder, {make_candidate(folder, "right", true)}),
                                folder.path() / "cache");
  // An interpreter that has no packages at all.
  write_text(folder.path() / "python", "#!/bin/sh\nexec python3 -I -S \"$@\"\n");
  std::filesystem::permissions(folder.path() / "python", std::filesystem::perms::owner_all);
  command.environment->push_back("FIHOST_PYTHON=" + (folder.path() / "python").string());
  const auto output = run(command, std::chrono::seconds(120));
  CHECK(output.exit.code == 3);
  CHECK(output.out.empty());
  CHECK(output.err.find("no reference") != std::string::npos);
  CHECK(output.err.find("No module named 'torch'") != std::string::npos);
  CHECK(output.err.find("FIHOST_PYTHON") != std::string::npos);
}

TEST_CASE("asked for, a native reference that is not there is an error") {
  const TempDir folder;
  make_dataset(folder);
  auto all = words(folder, {make_candidate(folder, "right", true)});
  all.insert(all.end(), {"--reference", "native"});
  const auto output = run_fihost(all, folder.path() / "cache");
  CHECK(output.exit.code == 3);
  CHECK(output.err.find("has no reference for cpu") != std::string::npos);
}

TEST_CASE("PyTorch tells right from wrong, and its outputs are kept") {
  if (!have_torch()) {
    MESSAGE("skipped: $FIHOST_PYTHON names no interpreter with PyTorch");
    return;
  }
  const TempDir folder;
  make_dataset(folder);
  const auto cache = folder.path() / "cache";
  const auto all = words(
      folder, {make_candidate(folder, "right", true), make_candidate(folder, "wrong", false)});
  const auto output = run_with_torch(all, cache);
  INFO(output.err);
  REQUIRE(output.exit.code == 0);
  const auto ranking = parse_json(output.out, "stdout");
  CHECK(ranking["baseline"]["name"].get<std::string>().starts_with("PyTorch "));
  const auto rows = rows_by_name(ranking);
  CHECK(rows.at("right")["verdict"] == "PASSED");
  CHECK(rows.at("right")["score"].get<double>() > 0);
  CHECK(rows.at("wrong")["verdict"] == "INCORRECT_NUMERICAL");
  const auto golden = std::filesystem::recursive_directory_iterator(cache / "golden");
  CHECK(std::count_if(begin(golden), end(golden), [](const auto& entry) {
          return entry.path().extension() == ".safetensors";
        }) > 0);
}

TEST_CASE("a reference that fails in PyTorch is told with its own words") {
  if (!have_torch()) {
    MESSAGE("skipped: $FIHOST_PYTHON names no interpreter with PyTorch");
    return;
  }
  const TempDir folder;
  const auto root = make_dataset(folder);
  const auto file = root / "definitions/scale/scale_by_torch.json";
  auto definition = read_json(file);
  definition["reference"] = "def run(*x):\n    raise ValueError('the moon is wrong')\n";
  write_text(file, dump(definition));
  const auto output = run_with_torch(words(folder, {make_candidate(folder, "right", true)}),
                                     folder.path() / "cache");
  CHECK(output.exit.code == 3);
  CHECK(output.err.find("the moon is wrong") != std::string::npos);
}

TEST_SUITE_END();
