// Gives every file of the folders that are named to a target once; what libFuzzer's -runs=0 does,
// for compilers that have none. Options of libFuzzer are passed over.
#include <algorithm>
#include <cstdio>
#include <vector>

#include "core/base/json.hpp"
#include "tests/fuzz/foreign.hpp"

int main(int argc, char** argv) {
  std::vector<std::filesystem::path> files;
  for (int i = 1; i < argc; ++i) {
    if (argv[i][0] == '-') continue;
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    std::printf("%s\n", file.c_str());
    std::fflush(stdout);  // the last one printed is the one that crashed
    const auto bytes = fihost::read_text(file);
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  }
  foreign::promise(!files.empty(), "there are kept inputs");
}
