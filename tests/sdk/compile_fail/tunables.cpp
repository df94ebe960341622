// VALUE: 128 or 256 is right, 512 breaks the condition, anything else is no choice.
#include <fihost/tune.h>

#ifndef VALUE
#define VALUE 128
#endif
#ifndef BLOCK
#define BLOCK 1024
#endif

FIHOST_TUNE(int, threads, VALUE, 128, 256, 512);
FIHOST_TUNE(bool, wide, true, false, true);
FIHOST_TUNE_REQUIRE(threads <= 256 && wide);
FIHOST_TUNE_BLOCK(BLOCK, 48 * 1024, 64);
FIHOST_TUNE_BLOCK(threads, 0);
