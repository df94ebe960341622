#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/temp_dir.hpp"
#include "core/plugin/registry.hpp"

namespace {

using fihost::Json;

/// A shell script in ncu's place.
class FakeNcu {
 public:
  explicit FakeNcu(const std::string& body) {
    fihost::write_text(path(), "#!/bin/sh\n" + body);
    std::filesystem::permissions(path(), std::filesystem::perms::owner_all);
  }
  [[nodiscard]] std::string path() const { return (folder_.path() / "ncu").string(); }
  [[nodiscard]] std::filesystem::path folder() const { return folder_.path(); }

  [[nodiscard]] Json ask(const std::string& op, Json config = Json::object(),
                         std::stop_token stop = {}) const {
    config["path"] = path();
    const fihost::Registry registry({FIHOST_PLUGIN_FOLDER});
    const auto profiler = registry.create("profiler/1", "profiler.ncu", config, stop);
    return profiler->invoke(op, {{"object", "x.so"},
                                 {"workload", "w"},
                                 {"command", {"/bin/true", "two words"}},
                                 {"seconds", 60}});
  }

 private:
  fihost::TempDir folder_;
};

/// What ncu printed on an H200, for the pass over all launches and for the detailed one.
const std::string recorded = "case \"$*\" in *--kernel-id*) cat '" TEST_DATA
                             "/detail.txt';; *) cat '" TEST_DATA "/survey.txt';; esac\n";

std::string failure(const FakeNcu& ncu, const Json& config = Json::object()) {
  try {
    static_cast<void>(ncu.ask("profile", config));
  } catch (const fihost::Error& e) {
    return e.what();
  }
  return "";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a profile names the kernels by their time, with every launch counted") {
  const auto reply = FakeNcu(recorded).ask("profile");
  CHECK(reply["metrics"]["launches"] == 12);
  CHECK(reply["metrics"]["kernels"] == 4);
  CHECK(reply["metrics"]["gpu_time_us"].get<double>() == doctest::Approx(4237.984));
  CHECK(reply["metrics"]["slowest_kernel_dram_pct"] == 45.75);
  REQUIRE(reply["kernels"].size() == 12);
  CHECK(reply["kernels"][4]["name"] == "strided");
  CHECK(reply["kernels"][4]["duration_us"] == 3910.08);
  CHECK(reply["kernels"][4]["metrics"]["launch__registers_per_thread"] == 20);
  const auto digest = reply["digest"].get<std::string>();
  CAPTURE(digest);
  CHECK(digest.size() <= 2048);
  CHECK(digest == fihost::read_text(TEST_DATA "/digest.txt"));  // quoted in docs/profiling.md
}

TEST_CASE("advice rests on the numbers of the kernel that it is about") {
  const auto hints = FakeNcu(recorded).ask("profile")["hints"].dump();
  CAPTURE(hints);
  CHECK(contains(hints, "strided: uncoalesced loads: 12 % of each 32-byte sector is used"));
  CHECK(
      contains(hints, "moe::gemm: few warps: occupancy 6 % of 44 % possible, because 0.14 waves"));
  CHECK(contains(hints, "scale<3>: too few blocks: 10 on 132 multiprocessors, 122 are idle"));
  CHECK_FALSE(contains(hints, "scale<2>: uncoalesced"));
  CHECK_FALSE(contains(hints, "bank conflicts"));
  CHECK_FALSE(contains(hints, "compute-bound"));
}

TEST_CASE("ncu is asked for counters between the profiler's marks, and never touches the clocks") {
  const FakeNcu ncu("echo \"$@\" >> \"$(dirname \"$0\")/asked\"\n" + recorded);
  static_cast<void>(ncu.ask("profile", {{"metrics_extra", {"a__b.sum"}}}));
  const auto asked = fihost::read_text(ncu.folder() / "asked");
  CAPTURE(asked);
  CHECK(contains(asked, "--profile-from-start off"));
  CHECK(contains(asked, "--clock-control none"));
  CHECK(contains(asked, "--kernel-id ::regex:^(gemm|scale|strided)$:1|2 "));
  CHECK(contains(asked, ",a__b.sum /bin/true two words\n"));
}

TEST_CASE("without details the times remain, with the reason") {
  const auto reply =
      FakeNcu("case \"$*\" in *--kernel-id*) echo '==ERROR== out of passes'; exit 1;; esac\n" +
              recorded)
          .ask("profile");
  const auto digest = reply["digest"].get<std::string>();
  CAPTURE(digest);
  CHECK(contains(digest, "1. strided: 3910.1 us, 92 %\n"));
  CHECK(contains(digest, "without details: ncu ended with exit code 1: out of passes"));
}

TEST_CASE("what cannot be profiled is one line that says why") {
  CHECK(contains(failure(FakeNcu("echo '==ERROR== ERR_NVGPUCTRPERM - The user does not have "
                                 "permission to access NVIDIA GPU Performance Counters'; exit 1")),
                 "profile failed (UNSUPPORTED): the driver refuses hardware counters "
                 "(ERR_NVGPUCTRPERM): run as root"));
  CHECK(contains(failure(FakeNcu("echo 'no candidate' >&2; echo '==ERROR== The application "
                                 "returned an error code (3).'; exit 3")),
                 "ncu ended with exit code 3: The application returned an error code (3).; its "
                 "program said: no candidate"));
  CHECK(contains(failure(FakeNcu("echo hello")), "printed no table: is it Nsight Compute?"));
  CHECK(contains(failure(FakeNcu("head -c 3000000 /dev/zero | tr '\\0' '\"'; echo")),
                 "printed no table"));
  CHECK(contains(failure(FakeNcu("kill -9 $$")), "ncu ended with signal 9"));
}

TEST_CASE("a call without kernels is told, not failed") {
  const auto reply = FakeNcu("echo '==WARNING== No kernels were profiled.'").ask("profile");
  CHECK(reply["metrics"]["launches"] == 0);
  CHECK(contains(reply["digest"].get<std::string>(), "no kernel was launched"));
}

TEST_CASE("a hung profiler costs its time limit, and nothing of it stays behind") {
  const FakeNcu ncu("sleep 300 & echo $! > \"$(dirname \"$0\")/child\"; wait");
  const auto start = std::chrono::steady_clock::now();
  CHECK(contains(failure(ncu, {{"seconds", 1}}), "ncu did not finish in 1 s"));
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(20));
  const auto child = fihost::read_text(ncu.folder() / "child");
  const auto stat = "/proc/" + child.substr(0, child.find('\n')) + "/stat";
  // A killed process needs a moment, and nobody may have reaped it yet.
  bool gone = false;
  for (int i = 0; i < 200 && !gone; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    std::ifstream file(stat);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    gone = text.empty() || contains(text, ") Z");
  }
  CHECK(gone);
}

TEST_CASE("a stopped run does not wait for its profiler") {
  std::stop_source stop;
  stop.request_stop();
  const FakeNcu ncu("sleep 300");
  CHECK_THROWS_WITH_AS(static_cast<void>(ncu.ask("profile", Json::object(), stop.get_token())),
                       "profiler.ncu: profile failed (CANCELLED): cancelled", fihost::Error);
}

TEST_CASE("whether it can work here is known without profiling") {
  const auto good = FakeNcu("echo 'Version 2025.3.1.0 (build 1)'").ask("check");
  CHECK(good["usable"] == true);
  CHECK(good["version"] == "2025.3.1.0");
  const auto bad = FakeNcu("exit 7").ask("check");
  CHECK(bad["usable"] == false);
  CHECK(contains(bad["reason"].get<std::string>(), "--version: exit code 7"));
  const fihost::Registry registry({FIHOST_PLUGIN_FOLDER});
  const auto absent = registry.create("profiler/1", "profiler.ncu", {{"path", "/nowhere/ncu"}})
                          ->invoke("check", Json::object());
  CHECK(absent["usable"] == false);
  CHECK(contains(absent["reason"].get<std::string>(), "/nowhere/ncu: there is no such program"));
}
