#include "core/report/markdown.hpp"

#include <doctest/doctest.h>

#include "tests/report/sample_ranking.hpp"

TEST_CASE("the Markdown holds the leaderboard, the failures and the workloads") {
  CHECK(fihost::markdown({sample_ranking()}) ==
        R"(### `twice`

On `GPU X` (sm_90, driver `580.1`), against the reference `plain`; `scorer.speedup`, seed 7, timer: `events`.

| rank | candidate | verdict | score | 95 % interval | latency | worst | best |
|--:|:--|:--|--:|:--|--:|--:|--:|
| 1= | `quick` | `PASSED` | 2.000 | [1.990, 2.010] | 10.0 us | 1.00x | 4.00x |
| 1= | `swift` | `PASSED` | 1.990 | [1.980, 2.000] | 10.0 us | 1.00x | 4.00x |
| - | `wrong` | `INCORRECT_NUMERICAL` | - | - | - | - | - |

= the difference is within the noise

- `wrong`: `1 of 2 workloads failed, the first is 22222222 (seq_len=64): 3 of 8 elements are off`

<details><summary>Workloads: latency (speedup)</summary>

| # | workload | axes | baseline | `quick` | `swift` | `wrong` |
|--:|:--|:--|--:|--:|--:|--:|
| 0 | `11111111` | `seq_len=1` | 20.0 us | 5.00 us (4.00x) | 5.00 us (4.00x) | 5.00 us (4.00x) |
| 1 | `22222222` | `seq_len=64` | 20.0 us | 20.0 us (1.00x) | 20.0 us (1.00x) | `INCORRECT_NUMERICAL` |

</details>
)");
}

TEST_CASE("nothing in a name ends its code span, its cell or its line") {
  CHECK(fihost::code_span("a`b``c") == "```a`b``c```");
  CHECK(fihost::code_span("`x`") == "`` `x` ``");
  CHECK(fihost::code_span("a\r\n| b |\n# c") == "`a  | b | # c`");
  CHECK(fihost::code_span("") == "-");
  auto ranking = sample_ranking();
  ranking.candidates[2].name = "a|b";
  const auto text = fihost::markdown({ranking});
  CHECK(text.find("| `a\\|b` | `INCORRECT_NUMERICAL` |") != std::string::npos);
  CHECK(text.find("\n- `a|b`: ") != std::string::npos);  // no table: no escape
}

TEST_CASE("of many candidates the best have their workloads shown") {
  auto ranking = sample_ranking();
  while (ranking.candidates.size() < 200) ranking.candidates.push_back(ranking.candidates[0]);
  const auto text = fihost::markdown({ranking});
  CHECK(text.find(", the first 6 of 200 candidates</summary>") != std::string::npos);
}
