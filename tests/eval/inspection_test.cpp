#include "core/eval/inspection.hpp"

#include <doctest/doctest.h>

#include "core/base/json.hpp"
#include "core/base/temp_dir.hpp"

namespace {

using fihost::Inspection;
using fihost::Status;

/// Of a real candidate under the name that tells the fake worker what to do.
Inspection inspect(const std::string& name,
                   std::chrono::milliseconds timeout = std::chrono::seconds(20)) {
  const fihost::TempDir folder;
  const auto file = folder.path() / (name + ".so");
  std::filesystem::copy_file(TEST_OBJECT, file);
  return fihost::inspect(FAKE_WORKER, file, timeout);
}

}  // namespace

TEST_CASE("an object that loads tells its descriptor") {
  const auto result = inspect("object");
  REQUIRE(result.descriptor);
  CHECK(result.descriptor->name == "object");
  CHECK(result.descriptor->definition == "twice");
  CHECK_FALSE(result.descriptor->arch);
  CHECK(result.descriptor->role == "candidate");
  CHECK(result.descriptor->device_type == "cpu");
  CHECK(result.descriptor->flags == 2);
}

TEST_CASE("an object that is refused when it is loaded is a compile error") {
  const auto result = inspect("refused");
  REQUIRE(result.rejection);
  CHECK(result.rejection->status == Status::compile_error);
  CHECK(result.rejection->reason == "wrong magic");
}

TEST_CASE("a constructor that crashes or exits is a runtime error") {
  const auto crash = inspect("crash");
  REQUIRE(crash.rejection);
  CHECK(crash.rejection->status == Status::runtime_error);
  CHECK(crash.rejection->reason == "ended before it answered (signal 11 (Segmentation fault))");
  const auto left = inspect("exit");
  REQUIRE(left.rejection);
  CHECK(left.rejection->status == Status::runtime_error);
  CHECK(left.rejection->reason == "ended before it answered (exit code 0)");
}

TEST_CASE("a constructor that hangs is a timeout") {
  const auto result = inspect("hang", std::chrono::milliseconds(300));
  REQUIRE(result.rejection);
  CHECK(result.rejection->status == Status::timeout);
}

TEST_CASE("a forged or endless answer is a refusal") {
  const auto forged = inspect("forged");
  REQUIRE(forged.rejection);
  CHECK(forged.rejection->status == Status::compile_error);
  const auto flood = inspect("flood");
  REQUIRE(flood.rejection);
  CHECK(flood.rejection->status == Status::compile_error);
}

TEST_CASE("a file that is no shared object is refused without being loaded") {
  const fihost::TempDir folder;
  const auto file = folder.path() / "object.so";
  fihost::write_text(file, "hello");
  const auto result = fihost::inspect("/no/such/worker", file, std::chrono::seconds(1));
  REQUIRE(result.rejection);
  CHECK(result.rejection->status == Status::compile_error);
}
