#include <doctest/doctest.h>
#include <signal.h>

#include <fstream>
#include <functional>
#include <optional>
#include <set>
#include <sstream>

#include "tests/cli/fihost_program.hpp"

namespace {

namespace fs = std::filesystem;

/// A process by number and start time, so that a reused number is another one.
using Identity = std::pair<pid_t, unsigned long long>;

struct Entry {
  Identity identity;
  pid_t parent = 0;
  bool zombie = false;
};

std::vector<Entry> all_processes() {
  std::vector<Entry> out;
  std::error_code error;
  for (const auto& folder : fs::directory_iterator("/proc", error)) {
    const auto name = folder.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream file(folder.path() / "stat");
    std::string text;
    if (!std::getline(file, text)) continue;
    std::istringstream fields(text.substr(text.rfind(')') + 1));  // the name may hold anything
    char state = 0;
    Entry entry;
    fields >> state >> entry.parent;
    std::string skipped;
    for (int i = 0; i < 17; ++i) fields >> skipped;
    unsigned long long start = 0;
    fields >> start;
    entry.identity = {static_cast<pid_t>(std::stoi(name)), start};
    entry.zombie = state == 'Z';
    out.push_back(entry);
  }
  return out;
}

/// Everything below `root`, at any depth.
void add_descendants(pid_t root, std::set<Identity>& found) {
  std::set<pid_t> parents = {root};
  const auto processes = all_processes();
  for (bool grown = true; grown;) {
    grown = false;
    for (const auto& entry : processes) {
      if (!parents.contains(entry.parent)) continue;
      found.insert(entry.identity);
      grown = parents.insert(entry.identity.first).second || grown;
    }
  }
}

bool any_alive(const std::set<Identity>& processes) {
  for (const auto& entry : all_processes()) {
    if (!entry.zombie && processes.contains(entry.identity)) return true;
  }
  return false;
}

bool wait_for(const std::function<bool()>& condition) {
  const auto deadline = fihost::Clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (fihost::Clock::now() > deadline) return false;
    ::usleep(2000);
  }
  return true;
}

/// Interrupt a ranking once it has had `children` of them; it must end with 130 and leave none.
void check_interrupt(int signal, std::size_t children) {
  CAPTURE(children);
  const FihostProgram fihost;
  fihost::Process process(
      fihost.command({"rank", FIHOST_TASKS "/rmsnorm_h7168", "--device", "cpu", "--seed", "1"}));
  std::set<Identity> descendants;
  REQUIRE(wait_for([&] {
    add_descendants(process.pid(), descendants);
    return descendants.size() >= children;
  }));
  ::kill(process.pid(), signal);
  std::optional<fihost::Exit> exit;
  REQUIRE(wait_for([&] {
    add_descendants(process.pid(), descendants);
    exit = process.poll();
    return exit.has_value();
  }));
  CHECK(exit->text() == "exit code 130");
  CHECK(wait_for([&] { return !any_alive(descendants); }));
}

}  // namespace

TEST_CASE("Ctrl-C while probing, building or measuring ends with 130 and leaves no process") {
  for (const std::size_t children : {1u, 2u, 4u, 12u, 16u}) check_interrupt(SIGINT, children);
}

TEST_CASE("TERM ends with 130 and leaves no process") { check_interrupt(SIGTERM, 3); }
