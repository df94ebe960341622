// One CPU candidate of scale_f32 for each way to go wrong; CASE_<name> picks it. Without a case it is
// right.
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fihost/candidate.hpp>
#include <limits>

#if defined(CASE_undefined_symbol)
extern "C" void fihost_test_symbol_that_nobody_defines();
#endif

namespace {

[[maybe_unused]] constexpr fihost_status FIHOST_UNKNOWN =
    77;  // a number that no revision of the ABI has

#if defined(CASE_constructor_crashes)
[[gnu::constructor]] void constructor() { std::raise(SIGSEGV); }
#elif defined(CASE_constructor_hangs)
[[gnu::constructor]] void constructor() {
  for (;;) ::pause();
}
#elif defined(CASE_constructor_exits)
[[gnu::constructor]] void constructor() { std::exit(0); }
#endif

struct Problem {
  const float* x;
  float factor;
  float* y;
  std::int64_t count;
  std::int64_t rows;
};

void scale(const Problem& p) {
  for (std::int64_t i = 0; i < p.count; ++i) p.y[i] = p.factor * p.x[i];
}

[[maybe_unused]] volatile int zero = 0;

fihost_status run(void*, const fihost_call* call, const fihost_sink* error) noexcept {
  const Problem p{fihost::sdk::data<const float>(call->inputs[0]),
                  fihost::sdk::scalar<float>(call->inputs[1]),
                  fihost::sdk::data<float>(call->outputs[0]),
                  fihost::sdk::element_count(call->inputs[0]), call->inputs[0].shape[0]};
  static_cast<void>(error);
#if defined(CASE_returns_status)
  return fihost::sdk::fail(error, CASE_returns_status, "on purpose");
#elif defined(CASE_never_writes)
  return FIHOST_OK;
#elif defined(CASE_infinite_loop)
  while (zero == 0) {
  }
#elif defined(CASE_segfault)
  *reinterpret_cast<volatile int*>(8 * static_cast<std::uintptr_t>(zero) + 8) = 1;
#elif defined(CASE_exits)
  std::_Exit(0);
#elif defined(CASE_aborts)
  std::puts("last words");
  std::fflush(stdout);
  std::abort();
#elif defined(CASE_closes_everything)
  for (int fd = 0; fd < 64; ++fd) ::close(fd);
#elif defined(CASE_floods_output)
  for (int i = 0; i < 200'000; ++i) std::puts("nothing but noise, again and again and again");
#elif defined(CASE_slow)
  for (int i = 0; i < 20; ++i) {
    scale(p);
    asm volatile("" ::: "memory");
  }
#elif defined(CASE_undefined_symbol)
  fihost_test_symbol_that_nobody_defines();
#endif
  scale(p);
#if defined(CASE_nan)
  p.y[p.count / 2] = std::numeric_limits<float>::quiet_NaN();
#elif defined(CASE_infinity)
  p.y[p.count / 2] = std::numeric_limits<float>::infinity();
#elif defined(CASE_wrong_last_row)
  for (std::int64_t i = p.count - p.count / p.rows; i < p.count; ++i) p.y[i] += 1.0f;
#elif defined(CASE_wrong_last_element)
  p.y[p.count - 1] += 1.0f;
#elif defined(CASE_wrong_in_one_workload)
  if (p.rows == 33) p.y[7] += 1.0f;
#elif defined(CASE_writes_past_the_end)
  std::memset(p.y + p.count, 0, 64 << 10);
#elif defined(CASE_writes_into_slack)
  p.y[p.count] = 0;  // in the alignment slack behind the tensor
#elif defined(CASE_changes_input)
  const_cast<float*>(p.x)[0] += 1.0f;
#elif defined(CASE_writes_past_workspace)
  static_cast<char*>(call->workspace)[-1] = 0;
#elif defined(CASE_right_only_at_first)
  static int calls = 0;
  if (++calls > 20) p.y[0] += 1.0f;
#endif
  return FIHOST_OK;
}

[[maybe_unused]] fihost_status workspace_size(const fihost_call*, std::uint64_t* bytes,
                                              const fihost_sink*) noexcept {
#if defined(CASE_workspace_too_large)
  *bytes = std::uint64_t{1} << 50;
#else
  *bytes = 1000;
#endif
  return FIHOST_OK;
}

[[maybe_unused]] fihost_status prepare_once(const fihost_call*, void** state,
                                            const fihost_sink* error) noexcept {
  static bool before = false;
  if (before) return fihost::sdk::fail(error, FIHOST_INTERNAL, "this process held it before");
  before = true;
  *state = nullptr;
  return FIHOST_OK;
}
[[maybe_unused]] void release(void*) noexcept {}

#if defined(CASE_wrong_magic)
constexpr fihost_header header = {0xdeadbeefu, FIHOST_ABI_VERSION, sizeof(fihost_candidate), 0};
#elif defined(CASE_wrong_version)
constexpr fihost_header header = {FIHOST_MAGIC, 99, sizeof(fihost_candidate), 0};
#elif defined(CASE_wrong_size)
constexpr fihost_header header = {FIHOST_MAGIC, FIHOST_ABI_VERSION, 24, 0};
#elif defined(CASE_unknown_flags)
constexpr fihost_header header = {FIHOST_MAGIC, FIHOST_ABI_VERSION, sizeof(fihost_candidate),
                                  1u << 30};
#else
constexpr fihost_header header = FIHOST_HEADER(fihost_candidate, 0);
#endif

}  // namespace

#if defined(CASE_no_entry_symbol)
#define fihost_candidate_v1 some_other_symbol
extern const fihost_candidate some_other_symbol;
#endif

const fihost_candidate fihost_candidate_v1 = {
    .header = header,
    .name = "misbehaving",
#if defined(CASE_wrong_definition)
    .definition = "some_other_definition",
#else
    .definition = "scale_f32",
#endif
#if defined(CASE_wrong_arch)
    .arch = "sm_75",
#else
    .arch = nullptr,
#endif
#if defined(CASE_wrong_role)
    .role = FIHOST_ROLE_GENERATOR,
#else
    .role = FIHOST_ROLE_CANDIDATE,
#endif
#if defined(CASE_wrong_device)
    .device_type = FIHOST_CUDA,
#else
    .device_type = FIHOST_CPU,
#endif
#if defined(CASE_workspace_too_large) || defined(CASE_writes_past_workspace)
    .workspace_size = workspace_size,
#else
    .workspace_size = nullptr,
#endif
#if defined(CASE_once_a_process)
    .prepare = prepare_once,
#else
    .prepare = nullptr,
#endif
    .run = run,
#if defined(CASE_once_a_process)
    .release = release,
#else
    .release = nullptr,
#endif
};
