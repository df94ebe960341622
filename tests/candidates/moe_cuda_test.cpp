// CUDA candidates of the MoE task against the GPU reference, on routings that the workloads do not
// have. Cases whose names start with "gpu:" need a Hopper GPU and are skipped without.
//
// The program needs the driver only and may be carried to another machine. Its environment:
//   FIHOST_CANDIDATES_DIR    folder of the candidates' *.cuda.so, instead of the build's
//   FIHOST_TRUSTED_DIR       folder of reference.cuda.so, instead of the build's
//   FIHOST_CANDIDATE_FILTER  test only objects whose path contains this, e.g. /seed_mma.cuda.so
//   FIHOST_CASE_MAX_TOKENS   leave out cases of more tokens
#include <cuda_runtime_api.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/candidates/cuda_call.hpp"
#include "tests/candidates/loaded_object.hpp"
#include "tests/candidates/moe_cuda_problem.hpp"
#include "tests/candidates/moe_problem.hpp"
#include "tests/candidates/moe_routing_case.hpp"

namespace fihost {
namespace {

const std::string task = "moe_fp8_block_scale_ds_routing_topk8_ng8_kg4_e32_h7168_i2048";

std::string environment(const char* name, const std::string& otherwise) {
  const char* const value = std::getenv(name);
  return value != nullptr ? value : otherwise;
}

std::int64_t max_tokens() { return std::stoll(environment("FIHOST_CASE_MAX_TOKENS", "1048576")); }

/// Why nothing can be tested here; empty when it can.
std::string obstacle() {
  int major = 0;
  const cudaError_t code = cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, 0);
  if (code != cudaSuccess) return std::string("no GPU: ") + cudaGetErrorString(code);
  if (major != 9) return "the objects are built for Hopper, compute capability 9.0";
  return "";
}

struct Candidate {
  explicit Candidate(const std::filesystem::path& path)
      : name(path.filename().string()), object(path) {}
  [[nodiscard]] bool has(std::uint32_t flag) const {
    return (object.table().header.flags & flag) != 0;
  }

  std::string name;
  LoadedObject object;
};

std::vector<std::unique_ptr<Candidate>> load_candidates() {
  const std::string filter = environment("FIHOST_CANDIDATE_FILTER", "");
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(
           environment("FIHOST_CANDIDATES_DIR", FIHOST_CANDIDATES "/" + task))) {
    const std::string path = entry.path().string();
    if (path.ends_with(".cuda.so") && path.find(filter) != std::string::npos)
      paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<std::unique_ptr<Candidate>> candidates;
  for (const auto& path : paths) {
    candidates.push_back(std::make_unique<Candidate>(path));
    CHECK(candidates.back()->object.table().definition == task);
    CHECK(candidates.back()->object.table().role == FIHOST_ROLE_CANDIDATE);
    CHECK(candidates.back()->object.table().device_type == FIHOST_CUDA);
  }
  return candidates;
}

/// Runs objects on the problem that was set last. One thread.
class Bench {
 public:
  MoeCudaProblem problem;

  /// `expected` becomes the reference's result.
  void run_reference(const LoadedObject& reference, const std::vector<bool>& has_local) {
    has_local_ = &has_local;
    const CudaCall call(reference.table(), problem.inputs(), problem.output().view(), workspace_,
                        stream_);
    run(call, 0xff, "the reference", expected_);
  }

  /// Throws std::runtime_error with what the candidate does wrong.
  void check(const Candidate& candidate, const std::string& name) {
    const CudaCall call(candidate.object.table(), problem.inputs(), problem.output().view(),
                        workspace_, stream_);
    run(call, 0xff, name, first_);
    require_near(first_, "a call");
    run(call, 0x7f, name, again_);
    require_same(candidate, "a second call");
    if (!candidate.has(FIHOST_CANDIDATE_FLAG_GRAPH_SAFE)) return;
    const GraphExec graph = call.capture();
    workspace_.fill(0xff);
    for (const char* const what : {"a graph's first replay", "a graph's second replay"}) {
      problem.output().memory().fill(0xff);
      require_success(cudaGraphLaunch(graph.get(), stream_.get()), "cudaGraphLaunch");
      finish(name, again_);
      require_same(candidate, what);
    }
  }

 private:
  void run(const CudaCall& call, int garbage, const std::string& name, PinnedResult& result) {
    workspace_.fill(garbage);
    problem.output().memory().fill(0xff);
    call.enqueue();
    finish(name, result);
  }

  void finish(const std::string& name, PinnedResult& result) {
    stream_.wait(name);
    if (!workspace_.intact()) throw std::runtime_error("writes beside the workspace");
    if (!problem.output().memory().intact()) throw std::runtime_error("writes beside the output");
    result.download(problem.output().memory());
  }

  void require_near(const PinnedResult& actual, const std::string& what) const {
    const std::string text = difference(actual, expected_, *has_local_);
    if (!text.empty()) throw std::runtime_error(what + ": " + text);
  }

  void require_same(const Candidate& candidate, const std::string& what) const {
    require_near(again_, what);
    if (candidate.has(FIHOST_CANDIDATE_FLAG_DETERMINISTIC) && !again_.equals(first_))
      throw std::runtime_error(what + ": other bits than those of the first");
  }

  TestStream stream_;
  GuardedMemory workspace_{0xa5};
  PinnedResult expected_, first_, again_;
  const std::vector<bool>* has_local_ = nullptr;
};

std::vector<bool> tokens_with_local(const RoutingCase& one, const Routing& routing) {
  std::vector<bool> result;
  for (const ExpertSet& set : routing.experts)
    result.push_back(std::any_of(set.begin(), set.end(),
                                 [&](int e) { return e >= one.offset && e < one.offset + 32; }));
  return result;
}

/// False when the device takes no more work; no other candidate can be tested then.
bool passes_or_leaves_device(Bench& bench, const Candidate& candidate, const std::string& name) {
  try {
    bench.check(candidate, name);
  } catch (const std::runtime_error& error) {
    static_cast<void>(cudaGetLastError());
    const bool lost = cudaDeviceSynchronize() != cudaSuccess;
    std::string text = name + ": " + error.what();
    if (lost) text += "; the device is lost to this process, the rest was not tested";
    FAIL_CHECK(text);
    return !lost;
  }
  return true;
}

}  // namespace

TEST_CASE("hard MoE routings send each token where they say, by a wide margin") {
  for (const RoutingCase& one : routing_cases(1500)) {
    CAPTURE(one.name);
    const Routing routing = make_routing(one);
    int wrong = 0, close = 0;
    for (std::size_t t = 0; t < routing.experts.size(); ++t) {
      TokenRouting found = route_by_sorting(routing.logits.data() + t * 256, routing.bias.data());
      ExpertSet wanted = routing.experts[t];
      std::sort(found.experts.begin(), found.experts.end());
      std::sort(wanted.begin(), wanted.end());
      wrong += found.experts != wanted;
      close += found.expert_gap < 0.1;
      // With fewer groups, the fourth is any of those that give no expert.
      std::set<int> groups;
      for (const int e : wanted) groups.insert(e / 32);
      close += groups.size() == 4 && found.group_gap < 0.1;
    }
    CHECK(wrong == 0);
    CHECK(close == 0);
  }
}

TEST_CASE("gpu: every MoE candidate for CUDA equals the reference for any routing") {
  if (const std::string reason = obstacle(); !reason.empty()) {
    MESSAGE("skipped: " << reason);
    return;
  }
  const auto candidates = load_candidates();
  REQUIRE(!candidates.empty());
  const LoadedObject reference(environment("FIHOST_TRUSTED_DIR", FIHOST_TRUSTED "/" + task) +
                               "/reference.cuda.so");
  Bench bench;
  for (const RoutingCase& one : routing_cases(max_tokens())) {
    const Routing routing = make_routing(one);
    const std::vector<bool> has_local = tokens_with_local(one, routing);
    bench.problem.set(one, routing);
    bench.run_reference(reference, has_local);
    for (const auto& candidate : candidates)
      if (!passes_or_leaves_device(bench, *candidate, candidate->name + ", " + one.name)) return;
  }
}

}  // namespace fihost
