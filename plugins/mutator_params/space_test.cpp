#include "space.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace {

using params::Limits;
using params::Point;
using params::Space;

// Whether the condition holds with a = 6, b = 4.
bool holds(const std::string& condition) {
  const Space space("FIHOST_TUNE(int, a, 6, 6); FIHOST_TUNE(int, b, 4, 4);\nFIHOST_TUNE_REQUIRE(" +
                    condition + ");");
  return space.allows({0, 0}, {});
}

bool refuses(const std::string& source, const std::string& why) {
  try {
    const Space space(source);
  } catch (const fihost::sdk::Error& error) {
    CAPTURE(error.what());
    return std::string(error.what()).find(why) != std::string::npos;
  }
  return false;
}

std::string text_of(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

// Where `name` has the value `value`.
void set(const Space& space, Point& point, const std::string& name, params::Number value) {
  for (std::size_t i = 0; i < point.size(); ++i) {
    const params::Tunable& tunable = space.tunables()[i];
    if (tunable.name != name) continue;
    const auto found = std::find(tunable.values.begin(), tunable.values.end(), value);
    REQUIRE(found != tunable.values.end());
    point[i] = static_cast<std::uint16_t>(found - tunable.values.begin());
    return;
  }
  FAIL(name);
}

}  // namespace

TEST_CASE("declarations are found in code only, and the value is replaced where it stands") {
  const std::string source =
      "// FIHOST_TUNE(int, no, 1, 1, 2);\n"
      "#define FIHOST_TUNE(a, b, c, ...)\n"
      "const char* text = \"FIHOST_TUNE(int, no, 1, 1, 2);\";\n"
      "FIHOST_TUNE(std::int64_t, /* a, b */ rows, 0x20 /*,*/, 8, 0x20,\n  1'000);\n"
      "FIHOST_TUNE(bool, keep, false, false, true);\n";
  const Space space(source);
  REQUIRE(space.tunables().size() == 2);
  CHECK(space.tunables()[0].name == "rows");
  CHECK(space.tunables()[0].values == std::vector<params::Number>{8, 32, 1000});
  CHECK(space.current() == Point{1, 0});
  CHECK(space.size() == 6);
  CHECK(space.at(space.current()) == source);
  const std::string other = space.at({2, 1});
  CHECK(other.find("rows, 1'000 /*,*/, 8") != std::string::npos);
  CHECK(other.find("keep, true, false") != std::string::npos);
  CHECK(Space(other).frame() == space.frame());
  CHECK(Space(other).current() == Point{2, 1});
  CHECK(space.change({1, 0}, {2, 1}) == "rows 0x20 -> 1'000, keep false -> true");
  CHECK(space.values({0, 1}).dump() == R"({"rows":8,"keep":true})");
}

TEST_CASE("conditions mean what they mean in C++") {
  CHECK(holds("a % b == 2 && a / b == 1"));
  CHECK(holds("a - b - 1 == 1"));
  CHECK(holds("a + b * 2 == 14 && (a + b) * 2 == 20"));
  CHECK(holds("a << 1 >> 2 == 3"));
  CHECK(holds("!(a < b) || a == 0"));
  CHECK(holds("(a > b ? b : a) == 4"));
  CHECK(holds("-a + 10 == +b"));
  CHECK(!holds("a <= b"));
  CHECK(!holds("a == b || b != 4"));
  CHECK(!holds("a > 5 == 0"));
}

TEST_CASE("a condition that cannot be evaluated is left to the compiler") {
  CHECK(holds("sizeof(int) == 5"));
  CHECK(holds("a % 0 == 1"));
  CHECK(holds("unknown < 1"));
  CHECK(holds("a +"));
  CHECK(holds(std::string(5000, '(') + "0" + std::string(5000, ')')));
  CHECK(!holds("a == 5 && unknown"));
}

TEST_CASE("constants of the source count where they can be seen") {
  const std::string source =
      "namespace {\nFIHOST_TUNE(int, threads, 64, 64, 128);\n}\n"
      "static constexpr int columns = 96 * 2, steps = columns / threads;\n"
      "void f() { constexpr int columns = 64; }\n"
      "FIHOST_TUNE_REQUIRE(steps * threads == columns);\n";
  const Space space(source);
  CHECK(space.allows({0}, {}));
  CHECK(!space.allows({1}, {}));
}

TEST_CASE("equal names in the parts of one source are told apart") {
  const std::string part =
      "FIHOST_TUNE(int, n, 1, 1, 2); constexpr int twice = n * 2;\nFIHOST_TUNE_REQUIRE(twice == ";
  const Space space("namespace a {" + part + "2);}\nnamespace b {" + part + "4);}\n");
  CHECK(!space.allows({0, 0}, {}));
  CHECK(space.allows({0, 1}, {}));
  CHECK(!space.allows({1, 1}, {}));
  CHECK(space.values({0, 1}).dump() == R"({"n":1,"n#2":2})");
}

TEST_CASE("blocks that the device cannot launch are not allowed") {
  const Space space(
      "FIHOST_TUNE(int, threads, 256, 256, 512, 1024, 2048);\n"
      "FIHOST_TUNE_BLOCK(threads, threads * 96, threads < 512 ? 200 : 32);\n");
  const Limits small = {.shared_bytes_per_block = 49152, .registers_per_multiprocessor = 65536};
  CHECK(space.allows({0}, small));
  CHECK(space.allows({1}, small));
  CHECK(!space.allows({2}, small));
  CHECK(space.allows({2}, {}));
  CHECK(!space.allows({3}, {}));
  CHECK(!Space("FIHOST_TUNE(int, n, 1, 1); FIHOST_TUNE_BLOCK(32, 0, 256 * n);").allows({0}, {}));
  const Limits few = {.shared_bytes_per_block = 0, .registers_per_multiprocessor = 32768};
  CHECK(!space.allows({0}, few));
  CHECK(space.allows({1}, few));
}

TEST_CASE("a wrong declaration is named with its reason") {
  CHECK(refuses("FIHOST_TUNE(int, n, 3, 1, 2);", "FIHOST_TUNE n: the value '3' is not one"));
  CHECK(refuses("FIHOST_TUNE(int, n, 1, 1, big);", "the choice 'big' is no integer"));
  CHECK(refuses("FIHOST_TUNE(int, n);", "wanted (type, name, value, choices...)"));
  CHECK(refuses("FIHOST_TUNE(float, n, 0.5, 0.5);", "the choice '0.5'"));
  CHECK(!refuses("FIHOST_TUNE(int, n, 3", ""));
}

TEST_CASE("every shipped candidate starts at a point that it allows") {
  int tunable = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(FIHOST_TASKS)) {
    if (entry.path().extension() != ".cpp" && entry.path().extension() != ".cu") continue;
    CAPTURE(entry.path().string());
    const Space space(text_of(entry.path()));
    CHECK(space.allows(space.current(),
                       {.shared_bytes_per_block = 101376, .registers_per_multiprocessor = 65536}));
    if (space.size() > 1) ++tunable;
  }
  CHECK(tunable >= 3);
}

TEST_CASE("the MoE seed can become the one that was tuned by hand, and no block is too large") {
  const Space space(text_of(
      FIHOST_TASKS "/moe_fp8_block_scale_ds_routing_topk8_ng8_kg4_e32_h7168_i2048/seed_mma.cu"));
  const Limits hopper = {.shared_bytes_per_block = 232448, .registers_per_multiprocessor = 65536};
  Point point = space.current();
  set(space, point, "narrow_tokens", 256);
  set(space, point, "narrow_width", 16);
  set(space, point, "narrow_stages", 4);
  set(space, point, "narrow_pair_warps", 2);
  set(space, point, "narrow_blocks", 2);
  set(space, point, "wide_width", 64);
  set(space, point, "wide_stages", 3);
  set(space, point, "wide_pair_warps", 2);
  set(space, point, "wide_blocks", 2);
  set(space, point, "combine_threads", 896);
  CHECK(space.allows(point, hopper));
  set(space, point, "wide_width", 128);
  CHECK(space.allows(point, hopper));
  set(space, point, "wide_stages", 5);  // of 32 KB, and 31 KB of scales
  CHECK(space.allows(point, hopper));
  CHECK(!space.allows(point, {.shared_bytes_per_block = 166912}));
  set(space, point, "wide_pair_warps", 1);  // 16 groups of pairs a warp
  CHECK(!space.allows(point, hopper));
}
