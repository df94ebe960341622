// Writes a run until it is killed, and says on stdout what was recorded: "<n>\n" once event n is on
// the disk.
//
//   run_writer_process FILE [EVENTS [BYTES]]     with BYTES no file may grow beyond that
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>

#include "core/base/error.hpp"
#include "tests/search/run_example.hpp"

namespace {

using namespace fihost::search;

void limit_file_size(rlim_t bytes) {
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{bytes, bytes};
  if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) fihost::fail("cannot limit the size of files");
}

void write_run(const std::filesystem::path& file, std::int64_t events) {
  auto run =
      std::filesystem::exists(file) ? RunStore::open(file) : RunStore::create(file, example_head());
  const auto first = run.last_program() + 1;
  for (auto id = first; id < first + events; ++id) {
    run.record(example_event(id));
    std::printf("%lld\n", static_cast<long long>(id));
    std::fflush(stdout);
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc > 3) limit_file_size(static_cast<rlim_t>(std::atoll(argv[3])));
    write_run(argv[1], argc > 2 ? std::atoll(argv[2]) : 1'000'000);
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 3;
  }
}
