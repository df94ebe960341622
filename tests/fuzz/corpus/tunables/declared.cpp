#include <fihost/tune.h>
FIHOST_TUNE(int, threads, 128, 64, 128, 256);
FIHOST_TUNE(bool, keep, true, true, false);
constexpr int columns = 7168;
FIHOST_TUNE_REQUIRE(columns % (threads * 4) == 0 && !keep);
FIHOST_TUNE_BLOCK(threads, threads * 4 * 8, 32);
