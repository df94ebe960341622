// A model's reply that offers a whole source, for a parent with and without marked blocks.
#include "plugins/mutator_llm/code_reply.hpp"
#include "plugins/mutator_llm/reply.hpp"
#include "plugins/mutator_llm/splice.hpp"
#include "tests/fuzz/foreign.hpp"

namespace {

constexpr std::string_view plain = "#include <a.h>\nint run(int x) {\n  return x;\n}\n";
constexpr std::string_view marked =
    "#include <a.h>\n// EVOLVE-BLOCK-START\nint one() { return 1; }\n// EVOLVE-BLOCK-END\n"
    "int run(int x) {\n  return x;  // EVOLVE-BLOCK-START\n  x += 1;\n// EVOLVE-BLOCK-END\n}\n";

void take(std::string_view bytes) noexcept {
  const auto reply = mutator_llm::cleaned_reply(bytes);
  foreign::promise(mutator_llm::idea_of(reply).size() <= 200, "an idea has at most 200 bytes");
  for (const std::string_view entry : {"", "run"}) {
    const auto code = mutator_llm::code_of(reply, entry);
    foreign::promise(code.code.empty() || code.problem.empty(), "code or a problem");
    if (!code.problem.empty()) continue;
    for (const auto parent : {plain, marked}) {
      const auto child = mutator_llm::splice(parent, code.code);
      foreign::promise(!child.ok() || child.source != parent, "a child is new");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  take(foreign::text(data, size));
  return 0;
}
