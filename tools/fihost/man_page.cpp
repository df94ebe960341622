#include "tools/fihost/man_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "tools/fihost/build_facts.hpp"

namespace fihost {
namespace {

struct Meaning {
  const char* what;
  const char* meaning;
};

constexpr std::array variables = {
    Meaning{"CLICOLOR_FORCE", "when not empty, colours are used without a terminal, too."},
    Meaning{"CUDA_HOME",
            "where the CUDA Toolkit is; else nvcc is looked for in PATH and below "
            "/usr/local/cuda."},
    Meaning{"CXX", "the compiler of .cpp sources; else g++, clang++ or c++."},
    Meaning{"FIB_DATASET_PATH", "a FlashInfer Trace dataset, as --dataset."},
    Meaning{"FIHOST_CACHE",
            "what is built and generated is kept here; else in $XDG_CACHE_HOME/fihost or "
            "~/.cache/fihost."},
    Meaning{"FIHOST_PLUGIN_PATH", "folders with plugins, separated by colons."},
    Meaning{"FIHOST_TASK_PATH", "folders with task folders, separated by colons."},
    Meaning{"FIHOST_TVM_FFI",
            "the folder of the Python package tvm_ffi; else tvm-ffi-config is asked."},
    Meaning{"NO_COLOR", "when not empty, nothing is coloured."},
    Meaning{"OE_ENABLE_NCU",
            "1: evolve profiles with profiler.ncu where its configuration names no profiler."},
};

constexpr std::array codes = {
    Meaning{"0", "done, and something passed."},
    Meaning{"1", "done, and nothing passed; of evolve: nothing beat the seed."},
    Meaning{"2", "usage."},
    Meaning{"3", "dataset or environment."},
    Meaning{"4", "internal error."},
    Meaning{"130", "interrupted."},
};

/// Plain text for roff: its escapes, and no line that looks like a request.
std::string roff(const std::string& text) {
  std::string out;
  bool at_line_start = true;
  for (const char c : text) {
    if (at_line_start && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if (c == '\'') {
      out += "\\(aq";
    } else if (c == '`') {
      out += "\\(ga";
    } else if (c == '~') {
      out += "\\(ti";
    } else if (c == '^') {
      out += "\\(ha";
    } else {
      out += c;
    }
    at_line_start = c == '\n';
  }
  return out;
}

std::string header(const std::string& name, const std::string& summary) {
  std::string title = name;
  std::transform(title.begin(), title.end(), title.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return fmt::format(".TH {} 1 \"\" \"fihost {}\" \"fihost\"\n.SH NAME\n{} \\- {}\n", roff(title),
                     build_facts::version, roff(name), roff(summary));
}

std::string item(const std::string& what, const std::string& meaning) {
  return ".TP\n" + what + "\n" + roff(meaning) + "\n";
}

template <std::size_t n>
std::string section(const char* title, const std::array<Meaning, n>& meanings) {
  std::string text = fmt::format(".SH {}\n", title);
  for (const auto& each : meanings) {
    text += item(fmt::format("\\fB{}\\fR", roff(each.what)), each.meaning);
  }
  return text;
}

std::string spelled(const Option& option) {
  std::string text = "\\fB\\-\\-" + roff(option.name) + "\\fR";
  if (option.letter != 0) text = fmt::format("\\fB\\-{}\\fR, ", option.letter) + text;
  if (!option.value.empty()) text += " \\fI" + roff(option.value) + "\\fR";
  return text;
}

}  // namespace

std::string man_page(const std::vector<Subcommand>& commands) {
  std::string page = header("fihost", "rank GPU kernels of FlashInfer Trace definitions");
  page +=
      ".SH SYNOPSIS\n.B fihost\n.I COMMAND\n[\\fIOPTIONS\\fR] ...\n"
      ".SH DESCRIPTION\n"
      "Builds, checks, times and ranks kernel candidates, in CUDA or C++, each in a process of its "
      "own and against the reference of a definition. Without a GPU it ranks CPU candidates.\n"
      ".SH COMMANDS\n";
  for (const auto& command : commands) {
    page += item(fmt::format("\\fBfihost\\-{}\\fR(1)", roff(command.name)), command.summary + ".");
  }
  return page + section("ENVIRONMENT", variables) + section("EXIT STATUS", codes);
}

std::string man_page(const Subcommand& command) {
  std::string page = header("fihost-" + command.name, command.summary);
  page += ".SH SYNOPSIS\n\\fBfihost\\fR " + roff(command.usage) + " [\\fIOPTIONS\\fR]\n";
  page += ".SH DESCRIPTION\n" +
          roff(command.detail.empty() ? command.summary + "." : command.detail) + "\n";
  page += ".SH OPTIONS\n";
  for (const auto& option : all_options(command)) page += item(spelled(option), option.help + ".");
  if (!command.examples.empty()) page += ".SH EXAMPLES\n";
  for (const auto& example : command.examples) page += ".PP\n.EX\n" + roff(example) + "\n.EE\n";
  return page + section("EXIT STATUS", codes) + ".SH SEE ALSO\n.BR fihost (1)\n";
}

}  // namespace fihost
