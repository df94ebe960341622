namespace a { FIHOST_TUNE(int, x, 1, 1, 2); struct B { FIHOST_TUNE(int, x, 2, 2); }; }
FIHOST_TUNE(int, x, 3, 3);
FIHOST_TUNE_REQUIRE(x == 3 ? 1 : 0);
