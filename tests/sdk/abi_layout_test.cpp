// The same asserts for the other language: a layout that differed between the two would be the
// worst kind of break.
#include "abi_layout_test.c"
