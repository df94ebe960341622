// FIHOST_TUNE(int, no, 1, 1, 2);
#define FIHOST_TUNE(a, b, c, ...)
const char* t = "FIHOST_TUNE(";
const char* u = R"x(FIHOST_TUNE()x";
FIHOST_TUNE(std::int64_t, /* a */ rows, 0x20, 8, 0x20, 1'000);
