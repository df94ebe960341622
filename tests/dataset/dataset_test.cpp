#include "core/dataset/dataset.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>

#include "core/base/error.hpp"
#include "tests/dataset/example.hpp"

using fihost::dump;
using fihost::Json;
using fihost::load_dataset;
using fihost::LoadMode;
using fihost::write_text;

namespace {

bool holds(const std::vector<fihost::Problem>& problems, const std::string& part) {
  return std::any_of(problems.begin(), problems.end(), [&](const auto& problem) {
    return text(problem).find(part) != std::string::npos;
  });
}

void append(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file, std::ios::app) << text;
}

}  // namespace

TEST_CASE("a dataset is read whole, at any depth") {
  const ExampleDataset example;
  auto second = example_definition();
  second["name"] = "flat";
  write_text(example.root() / "definitions/flat.json", dump(second));
  const auto dataset = load_dataset(example.root(), LoadMode::strict);
  CHECK(dataset.definitions.size() == 2);
  CHECK(dataset.workloads.size() == 1);
  CHECK(dataset.solutions.size() == 1);
  CHECK(dataset.traces.size() == 1);
  CHECK(dataset.problems.empty());
  CHECK(dataset.definition("flat") != nullptr);
}

TEST_CASE("every problem is told with file and line, and the rest is read") {
  const ExampleDataset example;
  auto broken = example_definition();
  broken["name"] = "broken";
  broken["inputs"]["x"]["dtype"] = "float64";
  broken["reference"] = "run = 3";
  const auto file = example.root() / "definitions/scaling/broken.json";
  write_text(file, dump(broken, 2));
  append(example.workloads, "{\"definition\": \"scale\"}\nnonsense\n");
  const auto dataset = load_dataset(example.root());
  CHECK(dataset.definitions.size() == 1);
  CHECK(dataset.workloads.size() == 1);
  const auto lines = dump(broken, 2);
  const auto at = [&](const std::string& key) {
    const auto before = lines.begin() + static_cast<std::ptrdiff_t>(lines.find(key));
    return fmt::format("{}:{}: ", file.string(), 1 + std::count(lines.begin(), before, '\n'));
  };
  CHECK(holds(dataset.problems, at("\"dtype\": \"float64\"") + "input \"x\" has the dtype"));
  CHECK(holds(dataset.problems, at("\"reference\"") + "\"reference\" must hold"));
  CHECK(holds(dataset.problems, example.workloads.string() + ":2: \"workload\" must be"));
  CHECK(holds(dataset.problems, example.workloads.string() + ":3: not valid JSON"));
  CHECK_THROWS_AS(load_dataset(example.root(), LoadMode::strict), fihost::Error);
}

TEST_CASE("names that occur twice are told, and the first stays") {
  const ExampleDataset example;
  write_text(example.root() / "definitions/z.json", dump(example_definition()));
  write_text(example.root() / "solutions/z.json", dump(example_solution("fast", "you")));
  const auto dataset = load_dataset(example.root());
  CHECK(dataset.definitions.size() == 1);
  REQUIRE(dataset.solutions.size() == 1);
  CHECK(dataset.solutions[0].value.author == "me");
  CHECK(holds(dataset.problems, "the definition \"scale\" is already in"));
  CHECK(holds(dataset.problems, "the solution \"fast\" is already in"));
}

TEST_CASE("a workload file holds workloads and a trace file traces") {
  const ExampleDataset example;
  append(example.workloads, dump(to_json(passed_trace("fast", "u2", 1, 2))) + "\n");
  auto alone = passed_trace("fast", "u3", 1, 2);
  alone.solution.reset();
  alone.evaluation.reset();
  append(example.traces, dump(to_json(alone)) + "\n");
  const auto dataset = load_dataset(example.root());
  CHECK(holds(dataset.problems, "must be null in a workload file"));
  CHECK(holds(dataset.problems, "a trace file wants"));
}

TEST_CASE("what Python refuses is told: a byte order mark, invalid UTF-8") {
  const ExampleDataset example;
  write_text(example.definition, "\xEF\xBB\xBF" + dump(example_definition()));
  append(example.traces, "{\"definition\": \"\xff\"}\n");
  const auto dataset = load_dataset(example.root());
  CHECK(holds(dataset.problems, "byte order mark"));
  CHECK(holds(dataset.problems, example.traces.string() + ":2: not valid JSON"));
}

TEST_CASE("CRLF, blank lines and NaN tokens are read as Python reads them") {
  const ExampleDataset example;
  auto line = dump(to_json(passed_trace("fast", "u1", 1, 2)));
  const std::string zero = "\"max_absolute_error\":0.0";
  line.replace(line.find(zero), zero.size(), "\"max_absolute_error\":NaN");
  append(example.traces, "\r\n\n" + line + "\r\n");
  const auto dataset = load_dataset(example.root(), LoadMode::strict);
  REQUIRE(dataset.traces.size() == 2);
  CHECK(dataset.traces[1].line == 4);
  CHECK(std::isnan(dataset.traces[1].value.evaluation->correctness->max_absolute_error));
}

TEST_CASE("a folder that is no dataset is refused") {
  const fihost::TempDir folder;
  CHECK_THROWS_AS(load_dataset(folder.path()), fihost::Error);
  CHECK_THROWS_AS(load_dataset(folder.path() / "none"), fihost::Error);
}

TEST_CASE("a definition of a gigabyte is refused by name") {
  const ExampleDataset example;
  const auto file = example.root() / "definitions/huge.json";
  write_text(file, "{");
  std::filesystem::resize_file(file, std::uintmax_t{1} << 30);
  CHECK(
      holds(load_dataset(example.root()).problems, "huge.json:1: the file is larger than 64 MiB"));
}

TEST_CASE("a dataset that flashinfer-bench accepts is accepted whole") {
  const auto dataset = load_dataset(FIHOST_FIXTURES, LoadMode::strict);
  CHECK(dataset.definitions.size() == 1);
  CHECK(dataset.workloads.size() == 2);
  CHECK(dataset.solutions.size() == 1);
}

TEST_CASE("300 definitions are no burden") {
  const fihost::TempDir folder;
  auto definition = example_definition();
  definition["reference"] = "def run(x):\n" + std::string(4000, ' ') + "return 2 * x\n";
  for (int i = 0; i < 300; ++i) {
    definition["name"] = "d" + std::to_string(i);
    write_text(folder.path() / "definitions" / (std::to_string(i) + ".json"), dump(definition, 2));
  }
  CHECK(load_dataset(folder.path(), LoadMode::strict).definitions.size() == 300);
}
