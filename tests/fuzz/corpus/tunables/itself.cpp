constexpr int a = b;
constexpr int b = a;
FIHOST_TUNE(int, c, 1, 1);
FIHOST_TUNE_REQUIRE(a);
