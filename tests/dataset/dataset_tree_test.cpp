#include "core/dataset/dataset_tree.hpp"

#include <doctest/doctest.h>

#include "core/base/error.hpp"
#include "core/dataset/dataset_check.hpp"
#include "tests/dataset/example.hpp"

namespace fs = std::filesystem;

namespace {

fihost::Task example_task(const ExampleDataset& example) {
  return fihost::find_task("scale", example.root(), {}, example.root());
}

}  // namespace

TEST_CASE("a task put into a dataset passes every check there, blobs included") {
  const ExampleDataset example;
  const fihost::TempDir other;
  fihost::make_dataset(other.path());
  const auto added = fihost::add_task(other.path(), example_task(example), example_definition());
  CHECK(added.size() == 3);
  const auto report = fihost::check_dataset({other.path(), {}, {}, {}});
  CHECK(report.definitions.size() == 1);
  CHECK(report.count(fihost::Level::error) == 0);
}

TEST_CASE("what is there stays as it is") {
  const ExampleDataset example;
  const auto before = fihost::read_text(example.definition);
  CHECK_THROWS_AS(fihost::add_task(example.root(), example_task(example), example_definition()),
                  fihost::Error);
  CHECK(fihost::read_text(example.definition) == before);
}

TEST_CASE("a missing blob is told before anything is written") {
  const ExampleDataset example;
  const auto task = example_task(example);
  fs::remove(example.blob);
  const fihost::TempDir other;
  fihost::make_dataset(other.path());
  CHECK_THROWS_AS(fihost::add_task(other.path(), task, example_definition()), fihost::Error);
  CHECK(fs::is_empty(other.path() / "definitions"));
}
