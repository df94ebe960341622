// SEARCH/REPLACE blocks of a reply. An input is a source, a line of '=====SOURCE-ENDS', a reply;
// without that line all of it is the reply.
#include "plugins/mutator_llm/edit.hpp"
#include "plugins/mutator_llm/lines.hpp"
#include "plugins/mutator_llm/regions.hpp"
#include "plugins/mutator_llm/reply.hpp"
#include "tests/fuzz/foreign.hpp"

namespace {

constexpr std::string_view border = "\n=====SOURCE-ENDS\n";
constexpr std::string_view usual =
    "#include <a.h>\n// EVOLVE-BLOCK-START\nint one() {\n  return 1;\n}\n\n"
    "int two() {\n  return 2;\n}\n// EVOLVE-BLOCK-END\nint run(int x) { return x; }\n";

void take(std::string_view source, std::string_view reply) noexcept {
  const auto parent = mutator_llm::with_unix_line_ends(source);
  // The mutator refuses such a parent before it asks a model.
  if (!mutator_llm::find_regions(mutator_llm::split_lines(parent)).problem.empty()) return;
  const auto child = mutator_llm::apply_edit_blocks(parent, mutator_llm::cleaned_reply(reply));
  foreign::promise(!child.ok() || child.source != parent, "a child is new");
  foreign::promise(child.problem.find('\n') == std::string::npos, "a problem is one line");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = foreign::text(data, size);
  const auto end = bytes.find(border);
  if (end == std::string_view::npos) {
    take(usual, bytes);
  } else {
    take(bytes.substr(0, end + 1), bytes.substr(end + border.size()));
  }
  return 0;
}
