// fihost build SOURCE -o FILE.so
#include <unistd.h>

#include <iostream>

#include "core/base/cancelled.hpp"
#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/paths.hpp"
#include "core/build/builder.hpp"
#include "core/build/object_file.hpp"
#include "core/eval/worker_probe.hpp"
#include "core/report/text_table.hpp"
#include "tools/fihost/evaluation_options.hpp"
#include "tools/fihost/standard_output.hpp"
#include "tools/fihost/subcommand.hpp"

namespace fihost {
namespace {

constexpr auto build_timeout = std::chrono::minutes(10);
constexpr const char* fallback_arch = "sm_90a";

/// That of the present GPU; says so where there is none.
std::vector<std::string> archs_for(const Arguments& arguments, const std::filesystem::path& source,
                                   const std::stop_token& stop) {
  auto archs = read_archs(arguments);
  if (!archs.empty() || source.extension() != ".cu") return archs;
  const auto probe = probe_worker(worker_program(install_prefix()), stop);
  for (const auto& device : probe.devices) {
    if (device.cuda()) return {default_arch(device.arch)};
  }
  std::cerr << "building for " << fallback_arch << ": "
            << probe.cuda_error.value_or("there is no CUDA device") << "; --arch names another\n";
  return {fallback_arch};
}

std::string diagnostics_text(const BuildResult& result, const Terminal& terminal) {
  std::string text;
  for (const auto& d : result.diagnostics) {
    const auto tone = d.severity.find("error") != std::string::npos ? Tone::bad
                      : d.severity == "warning"                     ? Tone::warning
                                                                    : Tone::faint;
    text += fmt::format("{}:{}: {}: {}\n", d.file, d.line,
                        painted(d.severity, tone, terminal.colour), d.message);
  }
  return text;
}

std::string kernel_table(const BuildResult& result, const Terminal& terminal) {
  if (result.kernels.empty()) return {};
  TextTable table({{"kernel", false, true},
                   {"arch", false, false},
                   {"registers", true, false},
                   {"stack", true, false},
                   {"spill stores", true, false},
                   {"spill loads", true, false},
                   {"shared", true, false}});
  for (const auto& kernel : result.kernels) {
    const auto number = [](int bytes) {
      return Cell(std::to_string(bytes), bytes > 0 ? Tone::warning : Tone::plain);
    };
    table.add({kernel.kernel, kernel.arch, std::to_string(kernel.registers),
               std::to_string(kernel.stack_bytes), number(kernel.spill_store_bytes),
               number(kernel.spill_load_bytes), std::to_string(kernel.shared_bytes)});
  }
  return table.text(terminal);
}

/// Compiles, and is something that can be loaded: else a diagnostic more and not ok.
BuildResult built(const BuildRequest& request, const std::stop_token& stop) {
  const Builder builder(find_toolchain(), install_prefix(), cache_dir());
  auto result = builder.build(request, build_timeout, stop);
  check_cancelled(stop);
  const auto complain = [&](const std::string& message) {
    result.ok = false;
    result.diagnostics.push_back(
        {.file = request.source.string(), .line = 1, .severity = "error", .message = message});
  };
  if (result.timed_out) {
    complain("the compiler did not finish in 10 minutes");
  } else if (result.ok) {
    const auto refusal = inspect_object(result.object).refusal;
    if (!refusal.empty()) complain("it compiles, but is no candidate: " + refusal);
  } else if (result.diagnostics.empty()) {
    complain(result.log.empty() ? "the compiler failed without a word" : result.log);
  }
  return result;
}

void install_object(const BuildResult& result, const std::filesystem::path& output) {
  namespace fs = std::filesystem;
  write_text(output, read_text(result.object));
  fs::permissions(output, fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec |
                              fs::perms::others_read | fs::perms::others_exec);
}

int run(const Arguments& arguments, std::stop_token stop) {
  const auto output = arguments.path("output");
  if (arguments.paths().size() != 1 || !output) {
    throw Error("build: give one source and -o FILE.so; see fihost build --help", Fault::usage);
  }
  const std::filesystem::path source = arguments.paths().front();
  std::error_code error;
  if (!std::filesystem::is_regular_file(source, error)) {
    throw Error(fmt::format("{}: there is no such file", source.string()), Fault::usage);
  }
  if (source.extension() != ".cu" && source.extension() != ".cpp") {
    throw Error(fmt::format("{}: the suffix is '{}', wanted .cu or .cpp", source.string(),
                            source.extension().string()),
                Fault::usage);
  }
  const auto result =
      built({.source = source, .archs = archs_for(arguments, source, stop), .flags = {}}, stop);
  if (result.ok) install_object(result, *output);
  if (arguments.has("verbose")) std::cerr << result.log;
  std::cerr << diagnostics_text(result, terminal_of(STDERR_FILENO));
  if (arguments.has("json")) {
    Json document = {{"schema", "fihost.build/1"},
                     {"source", source.string()},
                     {"output", result.ok ? Json(output->string()) : Json(nullptr)}};
    document.update(to_json(result));
    print_json(document);
  } else if (result.ok) {
    print(kernel_table(result, terminal_of(STDOUT_FILENO)));
    print(fmt::format(
        "{} ({})\n", output->string(),
        result.cached ? std::string("cached") : fmt::format("built in {:.1f} s", result.seconds)));
  }
  return result.ok ? 0 : 1;
}

}  // namespace

Subcommand build_subcommand() {
  return {
      .name = "build",
      .usage = "build SOURCE -o FILE.so",
      .summary = "compile a candidate; show what the compiler says",
      .detail =
          "SOURCE is a .cu or .cpp file. Prints registers, spills and shared memory of each "
          "kernel.",
      .examples = {"fihost build gen_42.cu -o gen_42.so",
                   "fihost build --arch sm_90a,sm_100a gen_42.cu -o gen_42.so"},
      .options = {{.name = "output",
                   .value = "FILE",
                   .help = "where the shared object goes",
                   .letter = 'o',
                   .hint = Option::Hint::file},
                  arch_option(),
                  json_option(),
                  verbose_option()},
      .actions = {},
      .run = run,
  };
}

}  // namespace fihost
