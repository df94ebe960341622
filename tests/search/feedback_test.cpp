// What a mutator is told of a program, and within which bounds.
#include "core/search/feedback.hpp"

#include <doctest/doctest.h>

#include "core/search/task_text.hpp"

namespace {

using namespace fihost;
using namespace fihost::search;

WorkloadResult timed(std::int64_t rows, double latency_ms, double baseline_ms) {
  WorkloadResult result;
  result.uuid = "w" + std::to_string(rows);
  result.axes = {{"rows", rows}};
  result.trial.status = Status::passed;
  result.trial.timing.emplace().latency_ms = latency_ms;
  result.trial.correctness.emplace().max_abs_error = 1234.5;
  result.baseline.emplace().latency_ms = baseline_ms;
  return result;
}

WorkloadResult wrong(std::int64_t rows, const std::string& log) {
  WorkloadResult result = timed(rows, 1, 2);
  result.trial.status = Status::incorrect_numerical;
  result.trial.timing.reset();
  result.trial.correctness->max_abs_error = 77.5;
  result.trial.correctness->matched_ratio = 0.5;
  result.trial.log = log;
  return result;
}

Program program(ProgramId id, std::vector<WorkloadResult> workloads) {
  Program made;
  made.id = id;
  made.name = "gen_" + std::to_string(id);
  made.source = "int source_of_" + std::to_string(id) + ";";
  made.complete = true;
  made.result.verdict = Status::passed;
  for (const WorkloadResult& one : workloads) {
    if (one.trial.status != Status::passed) made.result.verdict = one.trial.status;
  }
  made.result.score = 1.5;
  made.result.workloads = std::move(workloads);
  return made;
}

Definition definition() {
  Definition made;
  made.name = "scale";
  made.description = "Scales rows.";
  made.axes = {{"rows", std::nullopt, "how many"}, {"columns", 8, ""}};
  made.inputs = {{"x", {{"rows", "columns"}}, DType::bfloat16, "what is scaled"},
                 {"factor", std::nullopt, DType::float32, ""}};
  made.outputs = {{"y", {{"rows", "columns"}}, DType::bfloat16, ""}};
  made.constraints = {"rows > 0"};
  made.tolerance = {0.01, 0.02, 0.95};
  made.reference = "def run(x, factor):\n    return x * factor\n";
  return made;
}

std::string section(const FeedbackRequest& request, const char* name) {
  return feedback(request).sections.value(name, std::string());
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the task names tensors in calling order, the tolerance in words and the reference") {
  const std::string text = task_text(definition(), 8000);
  CHECK(has(text, "- rows varies: how many\n- columns = 8\n"));
  CHECK(has(text,
            "- call->inputs[0] x, bfloat16 [rows, columns]: what is scaled\n"
            "- call->inputs[1] factor, float32 scalar\n"));
  CHECK(has(text, "- call->outputs[0] y, bfloat16 [rows, columns]\n"));
  CHECK(has(text, "- rows > 0\n"));
  CHECK(
      has(text, "by more than 0.01 and by more than 0.02 of the reference's value. At least 95 %"));
  CHECK(has(text, "```python\ndef run(x, factor):\n    return x * factor\n"));
}

TEST_CASE("a reference that does not fit is cut inside its fence, which is closed") {
  Definition large = definition();
  for (int i = 0; i < 10000; ++i) large.reference += "    x = x + 1\n";
  const std::string text = task_text(large, 3000);
  CHECK(text.size() <= 3000);
  CHECK(has(text, "lines left out]\n```\n"));
}

TEST_CASE("workloads have their axes and their share of the time") {
  const Program parent = program(1, {timed(1, 1, 2), timed(8, 3, 30)});
  const std::string text = workloads_text(parent, "geometric mean");
  CHECK(has(text, "- rows=1: 25.0 %\n- rows=8: 75.0 %\n"));
  CHECK(has(text, "The score is the geometric mean; higher is better."));
}

TEST_CASE("the workload that loses most time comes first, with its distance to the champion") {
  const Program parent = program(2, {timed(1, 1, 2), timed(8, 3, 30), timed(9, 0.5, 1)});
  const Program champion = program(17, {timed(1, 0.5, 2), timed(8, 1.5, 30), timed(9, 0.5, 1)});
  const std::string text = performance_text(parent, {&champion, &champion, &parent},
                                            "the reference", {"lost to gen_17"});
  const auto first =
      text.find("- rows=8: 3 ms, 10x the speed of the reference, 2.00x behind gen_17");
  const auto second =
      text.find("- rows=1: 1 ms, 2x the speed of the reference, 2.00x behind gen_17");
  CHECK(first != std::string::npos);
  CHECK(second != std::string::npos);
  CHECK(first < second);
  CHECK(has(text, "- rows=9: 500 us, 2x the speed of the reference, best so far\n"));
  CHECK(has(text, "lost to gen_17\n"));
}

TEST_CASE("a fraction of the roofline is told where the floor is known, and decides the order") {
  Program parent = program(1, {timed(1, 4, 8), timed(8, 3, 6)});
  parent.result.workloads[0].floor_ms = 3;
  parent.result.workloads[1].floor_ms = 0.3;
  const std::string text = performance_text(parent, {}, "base", {});
  CHECK(text.find("rows=8") < text.find("rows=1:"));
  CHECK(has(text, "10 % of the roofline"));
}

TEST_CASE("nothing that is said of a program that passes holds its largest error") {
  const Program parent = program(1, {timed(1, 1, 2)});
  const Program other = program(2, {timed(1, 1, 2)});
  const Definition task = definition();
  const PromptConfig prompt;
  const Feedback told =
      feedback({.definition = task, .parent = parent, .prompt = prompt, .inspirations = {&other}});
  CHECK(!has(dump(told.sections) + told.feedback, "1234.5"));
  CHECK(!told.sections.contains("parent_problem"));
}

TEST_CASE("a program that is wrong says where, how much matched and what the judge said") {
  const Program parent = program(1, {timed(1, 1, 2), wrong(8, "output 0 is off in row 3")});
  const std::string text = problem_text(parent, 0.95);
  CHECK(has(text, "1 of 2 workloads that were tried fail"));
  CHECK(has(text,
            "- rows=8: INCORRECT_NUMERICAL; 0.5000 of the elements are right, 0.95 required; "
            "largest error 77.5; output 0 is off in row 3\n"));
  CHECK(!has(text, "1234.5"));
}

TEST_CASE("kernels are told with what they spill, and warnings of the compiler") {
  Program parent = program(1, {});
  parent.kernels = {{.kernel = "k", .arch = "sm_90a", .registers = 40, .shared_bytes = 1024},
                    {.kernel = "s", .arch = "sm_90a", .registers = 255, .spill_store_bytes = 8}};
  const std::string text = build_text(parent, {"unused variable"});
  CHECK(has(text, "- k (sm_90a): 40 registers, 1024 bytes of static shared memory\n"));
  CHECK(has(text, "SPILLS 8 bytes out and 0 in"));
  CHECK(has(text, "- warning: unused variable\n"));
}

TEST_CASE("inspirations say what they do better, and bring their source only in full") {
  const Program parent = program(1, {timed(1, 1, 2), timed(8, 3, 30)});
  Program best = program(2, {timed(1, 0.5, 2), timed(8, 3, 30)});
  best.note = "wider loads";
  Program huge = program(3, {timed(1, 1, 2), timed(8, 2, 30)});
  huge.source.assign(100000, 'x');
  const std::string text = programs_text({&huge, &best}, parent, 4000);
  CHECK(text.size() <= 4000);
  CHECK(has(text, "## gen_2, score 1.5\nwider loads\nFaster than gen_1 on rows=1 (2.00x)\n"));
  CHECK(has(text, "```cuda\nint source_of_2;\n```"));
  CHECK(has(text, "Faster than gen_1 on rows=8 (1.50x)"));
  CHECK(!has(text, "xxx"));
}

TEST_CASE("failures are one line each, equal ones once, ten at most") {
  std::vector<Attempt> attempts(3);
  for (Attempt& attempt : attempts) {
    attempt.mutator = "mutator.llm_diff";
    attempt.outcome = Outcome::build_failed;
    attempt.reason = "no member\nnamed 'x'";
  }
  CHECK(has(failures_text(attempts),
            "- mutator.llm_diff: build failed: no member named 'x' (3 times)\n"));
  for (int i = 0; i < 40; ++i) {
    attempts.push_back(attempts[0]);
    attempts.back().reason = "reason " + std::to_string(i);
  }
  const std::string text = failures_text(attempts);
  CHECK(has(text, "reason 8\n"));
  CHECK(!has(text, "reason 9\n"));
}

TEST_CASE("budgets hold for hostile sizes, given ones too") {
  std::vector<WorkloadResult> results;
  for (int i = 0; i < 2000; ++i) {
    results.push_back(wrong(i, std::string(1 << 14, '\xc3') + "\n" + std::string(100, '\n')));
  }
  results.push_back(wrong(9999, std::string(1 << 20, 'x')));
  Program parent = program(1, results);
  parent.profile.assign(1 << 20, 'p');
  parent.note.assign(1 << 20, 'n');
  for (int i = 0; i < 500; ++i) {
    parent.kernels.push_back({.kernel = std::string(5000, 'k'), .arch = "sm_90a"});
  }
  Definition task = definition();
  task.description.assign(1 << 20, 'd');
  task.reference.assign(1 << 20, 'r');
  std::vector<Attempt> failures(1000);
  for (Attempt& attempt : failures) attempt.reason.assign(10000, 'f');
  PromptConfig prompt;
  FeedbackRequest request{.definition = task,
                          .parent = parent,
                          .prompt = prompt,
                          .device = std::string(1 << 20, 'v'),
                          .inspirations = std::vector<const Program*>(50, &parent),
                          .failures = failures,
                          .warnings = std::vector<std::string>(1000, std::string(5000, 'w'))};
  const auto hold = [&] {
    const Feedback told = feedback(request);
    CHECK(told.feedback.size() <= 8000);
    for (const auto& [name, text] : told.sections.items()) {
      CAPTURE(name);
      CHECK(text.get<std::string>().size() <= section_bytes(name, prompt));
    }
    return told.sections.size();
  };
  CHECK(hold() == section_budgets.size());
  for (const SectionBudget& budget : section_budgets) {
    prompt.section_bytes[std::string(budget.name)] = 100;
  }
  CHECK(hold() == section_budgets.size());
  for (auto& [name, bytes] : prompt.section_bytes) bytes = 0;
  CHECK(hold() == 0);
}

TEST_CASE("without artifacts there is no build, problem or profile") {
  Program parent = program(1, {timed(1, 1, 2), wrong(8, "off")});
  parent.profile = "dram 20 %";
  parent.kernels = {{.kernel = "k", .arch = "sm_90a"}};
  const Definition task = definition();
  PromptConfig prompt;
  const FeedbackRequest request{.definition = task, .parent = parent, .prompt = prompt};
  CHECK(has(section(request, "profile"), "dram 20 %"));
  CHECK(!section(request, "parent_problem").empty());
  prompt.include_artifacts = false;
  for (const char* name : {"profile", "parent_build", "parent_problem"}) {
    CHECK(section(request, name).empty());
  }
  CHECK(!section(request, "parent_performance").empty());
}

TEST_CASE("a device says what is known of it and no more") {
  DeviceInfo device;
  device.name = "GPU";
  device.arch = "sm_90";
  device.bandwidth_bytes_s = 4.8e12;
  CHECK(device_text(device) == "# The device\n\nGPU, sm_90\n- memory bandwidth 4.8 TB/s\n");
}
