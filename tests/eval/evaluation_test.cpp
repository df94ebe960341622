#include "core/eval/evaluation.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "core/base/cancelled.hpp"
#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/temp_dir.hpp"

namespace {

using fihost::CandidateResult;
using fihost::EvaluationRequest;
using fihost::Status;

fihost::Score geometric(const fihost::ScoreRequest& request) {
  double sum = 0;
  for (const auto& w : request.workloads) sum += std::log(w.baseline_ms / w.latency_ms);
  return {.value = std::exp(sum / static_cast<double>(request.workloads.size())), .reasons = {}};
}

/// A task whose reference is real and compiles; the judge is the fake one.
class Scene {
 public:
  Scene() : builder_(fihost::find_toolchain(), FIHOST_PREFIX, folder_.path() / "cache") {
    file("reference.cpp", "extern \"C\" int reference_of_the_test() { return 0; }\n");
    request_.task.definition.name = "twice";
    request_.task.folder = folder_.path();
    for (const char* uuid : {"w0", "w1"}) {
      fihost::Workload w;
      w.uuid = uuid;
      request_.workloads.push_back(w);
    }
    request_.prefix = FIHOST_PREFIX;
    request_.worker = FAKE_WORKER;
    request_.cache = folder_.path() / "cache";
    request_.jobs = 2;
    observer_.began = [this](std::size_t steps) { expected_ = steps; };
    observer_.trial = [this](const std::string&, const fihost::Trial&) { ++steps_; };
    observer_.finished = [this](const std::string&, Status, double, std::size_t steps) {
      steps_ += steps;
    };
  }
  std::filesystem::path file(const std::string& name, const std::string& text) {
    fihost::write_text(folder_.path() / name, text);
    return folder_.path() / name;
  }
  Scene& add(const std::string& name, bool source = false) {
    request_.candidates.push_back({.name = name,
                                   .path = folder_.path() / (name + (source ? ".cpp" : ".so")),
                                   .source = source,
                                   .rejection = {}});
    return *this;
  }
  EvaluationRequest& request() { return request_; }
  fihost::Ranking evaluate(std::stop_token stop = {}) {
    const fihost::Scorer scorer = geometric;
    return fihost::evaluate(request_,
                            {.builder = builder_, .scorer = scorer, .observer = observer_}, stop);
  }
  std::size_t expected_ = 0, steps_ = 0;

 private:
  fihost::TempDir folder_;
  fihost::Builder builder_;
  EvaluationRequest request_;
  fihost::Observer observer_;
};

const CandidateResult& of(const fihost::Ranking& ranking, const std::string& name) {
  for (const auto& c : ranking.candidates) {
    if (c.name == name) return c;
  }
  FAIL("there is no " << name);
  return ranking.candidates.front();
}

}  // namespace

TEST_CASE("a batch goes on past refused, uncompilable and crashing candidates") {
  Scene scene;
  scene.file("uncompilable.cpp", "int f( {\n");
  scene.add("refused").add("crash").add("good").add("uncompilable", true);
  scene.request().candidates[0].rejection = fihost::Rejection{Status::compile_error, "not an ELF"};
  const auto ranking = scene.evaluate();
  CHECK(ranking.timer == "fake clock");
  CHECK(ranking.device.name == "fake");
  REQUIRE(ranking.candidates.size() == 4);
  CHECK(ranking.candidates[0].name == "good");
  CHECK(*ranking.candidates[0].score == doctest::Approx(2));
  CHECK(of(ranking, "refused").verdict == Status::compile_error);
  CHECK(of(ranking, "refused").workloads[1].trial.log == "not an ELF");
  CHECK(of(ranking, "crash").verdict == Status::runtime_error);
  CHECK(of(ranking, "uncompilable").verdict == Status::compile_error);
  CHECK(of(ranking, "uncompilable").workloads[0].trial.log.find("uncompilable.cpp:1: error") !=
        std::string::npos);
  CHECK(scene.expected_ == 10);
  CHECK(scene.steps_ == scene.expected_);
}

TEST_CASE("when nothing can be tried no judge is started") {
  Scene scene;
  scene.file("uncompilable.cpp", "int f( {\n");
  scene.add("uncompilable", true);
  scene.request().worker = "/no/such/worker";
  const auto ranking = scene.evaluate();
  CHECK(ranking.candidates.at(0).verdict == Status::compile_error);
  CHECK(ranking.candidates.at(0).workloads.size() == 2);
}

TEST_CASE("a native reference that is asked for and not there is an error that names the device") {
  Scene scene;
  scene.add("good");
  scene.request().device.type = "cuda";
  scene.request().reference = fihost::ReferenceChoice::native;
  CHECK_THROWS_WITH_AS(scene.evaluate(),
                       doctest::Contains("definition twice has no reference for cuda"),
                       fihost::Error);
}

TEST_CASE("a reference that does not compile is an error with its line") {
  Scene scene;
  scene.add("good");
  scene.file("reference.cpp", "\nint f( {\n");
  CHECK_THROWS_WITH_AS(scene.evaluate(), doctest::Contains("reference.cpp: line 2"), fihost::Error);
}

TEST_CASE("a stop before the end is not an ordinary failure") {
  Scene scene;
  scene.add("hang");
  std::stop_source stop;
  stop.request_stop();
  CHECK_THROWS_AS(scene.evaluate(stop.get_token()), fihost::Cancelled);
}
