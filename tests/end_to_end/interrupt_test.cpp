// Ctrl-C at any moment: fihost ends soon and leaves no process behind.
#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <thread>

#include "core/base/temp_dir.hpp"
#include "tests/end_to_end/fihost_process.hpp"

using namespace fihost;
using namespace fihost::test;

namespace {

/// Processes whose command line holds `marker`.
int processes_with(const std::string& marker) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream file(entry.path() / "cmdline");
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    if (text.find(marker) != std::string::npos) ++count;
  }
  return count;
}

void interrupt_after(std::chrono::milliseconds delay, int signal) {
  const TempDir cache;
  // A private copy of the programs, so that the survivors can be told from other tests' processes.
  const auto bin = cache.path() / "tree/bin";
  std::filesystem::create_directories(bin);
  for (const char* program : {"fihost", "fihost-worker"}) {
    std::filesystem::copy_file(build_tree() / "bin" / program, bin / program);
  }
  for (const char* part : {"lib", "include", "share"}) {
    if (!std::filesystem::exists(build_tree() / part)) continue;
    std::filesystem::create_directory_symlink(build_tree() / part, cache.path() / "tree" / part);
  }
  Command command = fihost_command({"rank", "--device", "cpu", "--definition", "scale_f32",
                                    object("cpu_infinite_loop"), object("cpu_right")},
                                   cache.path());
  command.arguments[0] = (bin / "fihost").string();
  Process process(command);
  std::this_thread::sleep_for(delay);
  ::kill(process.pid(), signal);
  const auto exit = process.wait_until(Clock::now() + std::chrono::seconds(5));
  REQUIRE(exit.has_value());
  if (signal == SIGINT) CHECK(exit->code == 130);
  // The kernel ends what hung on it; give it a moment.
  int left = 1;
  for (int i = 0; i < 100 && left > 0; ++i) {
    left = processes_with(bin.string());
    if (left > 0) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  CHECK(left == 0);
}

}  // namespace

TEST_SUITE_BEGIN("interrupt");

TEST_CASE("Ctrl-C leaves no process behind, whenever it comes") {
  for (const int delay_ms : {80, 300, 900, 2500}) {
    CAPTURE(delay_ms);
    interrupt_after(std::chrono::milliseconds(delay_ms), SIGINT);
  }
}

TEST_CASE("a killed host takes its judge and runners along") {
  for (const int delay_ms : {300, 2500}) {
    CAPTURE(delay_ms);
    interrupt_after(std::chrono::milliseconds(delay_ms), SIGKILL);
  }
}

TEST_SUITE_END();
