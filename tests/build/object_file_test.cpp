#include "core/build/object_file.hpp"

#include <doctest/doctest.h>
#include <elf.h>

#include <algorithm>
#include <random>
#include <string>

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/process.hpp"
#include "core/base/temp_dir.hpp"
#include "core/build/builder.hpp"

namespace fs = std::filesystem;
using fihost::Error;
using fihost::inspect_object;
using fihost::write_text;

namespace {

/// Compile `source` to `name` in `dir` with the host compiler.
fs::path compile(const fs::path& dir, const std::string& name, const std::string& source,
                 const std::vector<std::string>& flags) {
  write_text(dir / "x.c", source);
  fihost::Command command;
  command.arguments = {fihost::find_toolchain().cxx, "-x", "c++",
                       (dir / "x.c").string(),       "-o", (dir / name).string()};
  command.arguments.insert(command.arguments.end(), flags.begin(), flags.end());
  const auto output = fihost::run(command, std::chrono::seconds(60));
  CAPTURE(output.err);
  REQUIRE(output.exit.ok());
  return dir / name;
}

fs::path shared(const fs::path& dir, const std::string& source) {
  return compile(dir, "x.so", source, {"-shared", "-fPIC"});
}

std::string refusal_of(const std::string& content) {
  const fihost::TempDir dir;
  write_text(dir.path() / "f", content);
  return inspect_object(dir.path() / "f").refusal;
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

const std::string candidate =
    "extern \"C\" { extern const int fihost_candidate_v1;\n"
    "const int fihost_candidate_v1 = 1; int puts(const char*);\n"
    "int other() { return puts(\"x\"); }\n"
    "[[gnu::visibility(\"hidden\")]] int secret() { return 3; } }\n";

}  // namespace

TEST_CASE("object_file: a shared object's symbols and needs are told") {
  const fihost::TempDir dir;
  const auto object = inspect_object(shared(dir.path(), candidate));
  CHECK(object.refusal == "");
  const auto has = [](const std::vector<std::string>& list, const char* text) {
    return std::any_of(list.begin(), list.end(),
                       [&](const std::string& s) { return s.starts_with(text); });
  };
  CHECK(has(object.exports, "fihost_candidate_v1"));
  CHECK(has(object.exports, "other"));
  CHECK_FALSE(has(object.exports, "secret"));
  CHECK(has(object.needed, "libc.so"));
}

TEST_CASE("object_file: entry symbols decide what it is") {
  const fihost::TempDir dir;
  const std::string plugin =
      "extern \"C\" { extern const int fihost_plugin_v1;\n"
      "const int fihost_plugin_v1 = 1; }\n";
  CHECK(holds(inspect_object(shared(dir.path(), plugin)).refusal, "a plugin"));
  CHECK(holds(inspect_object(shared(dir.path(), candidate + plugin)).refusal, "both"));
  CHECK(holds(inspect_object(shared(dir.path(), "int x;")).refusal, "no entry symbol"));
  // Used but not defined is not exported.
  CHECK(holds(inspect_object(shared(dir.path(),
                                    "extern \"C\" int fihost_candidate_v1;\n"
                                    "int f() { return fihost_candidate_v1; }"))
                  .refusal,
              "no entry symbol"));
}

TEST_CASE("object_file: TVM-FFI functions are an entry of their own") {
  const fihost::TempDir dir;
  const std::string functions =
      "extern \"C\" { int TVMFFIGetVersion(int*);\n"
      "int __tvm_ffi_run() { return TVMFFIGetVersion(nullptr); }\nint __tvm_ffi_check() { return "
      "0; }\n"
      "const char* __tvm_ffi__metadata_run() { return \"\"; }\nvoid* __tvm_ffi__library_ctx; }\n";
  const auto object = inspect_object(shared(dir.path(), functions));
  CHECK(object.refusal == "");
  CHECK_FALSE(object.candidate);
  CHECK(object.tvm_ffi_functions == std::vector<std::string>{"check", "run"});
  CHECK(std::count(object.undefined.begin(), object.undefined.end(), "TVMFFIGetVersion") == 1);
  CHECK(inspect_object(shared(dir.path(), functions + candidate)).candidate);
}

TEST_CASE("object_file: other ELF files are refused") {
  const fihost::TempDir dir;
  const auto object = compile(dir.path(), "x.o", candidate, {"-c"});
  CHECK(holds(inspect_object(object).refusal, "not a shared object"));
  const auto program = candidate + "int main() {}\n";
  CHECK(holds(inspect_object(compile(dir.path(), "pie", program, {"-fPIE", "-pie"})).refusal,
              "a program"));
  CHECK(holds(inspect_object(compile(dir.path(), "fixed", program, {"-no-pie"})).refusal,
              "not a shared object"));
}

TEST_CASE("object_file: another machine's object is refused") {
  const fihost::TempDir dir;
  auto bytes = fihost::read_text(shared(dir.path(), candidate));
  const auto with = [&](std::size_t offset, char value) {
    auto copy = bytes;
    copy[offset] = value;
    return refusal_of(copy);
  };
  CHECK(holds(with(offsetof(Elf64_Ehdr, e_machine), EM_386), "machine"));
  CHECK(with(EI_CLASS, ELFCLASS32) != "");
  CHECK(with(EI_DATA, ELFDATA2MSB) != "");
}

TEST_CASE("object_file: what is no ELF file is told") {
  CHECK(refusal_of("") == "not an ELF file");
  CHECK(refusal_of("#!/bin/sh\n") == "not an ELF file");
  CHECK(holds(refusal_of("\x7f"
                         "ELF"),
              "truncated"));
  CHECK(refusal_of("\x7f"
                   "ELF" +
                   std::string(200, '\xff')) != "");
  CHECK(refusal_of("\x7f"
                   "ELF" +
                   std::string(200, '\0')) != "");
  CHECK(inspect_object("/dev/null").refusal == "not a regular file");
  CHECK(inspect_object("/tmp").refusal == "not a regular file");
  CHECK_THROWS_AS(static_cast<void>(inspect_object("/no/such/file")), Error);
}

TEST_CASE("object_file: no truncation passes for whole") {
  const fihost::TempDir dir;
  const auto bytes = fihost::read_text(shared(dir.path(), candidate));
  for (std::size_t size = 4; size < bytes.size(); size += 97) {
    CAPTURE(size);
    CHECK(holds(refusal_of(bytes.substr(0, size)), "truncated"));
  }
}

TEST_CASE("object_file: damaged bytes never harm the host") {
  const fihost::TempDir dir;
  const auto good = fihost::read_text(shared(dir.path(), candidate));
  const auto path = dir.path() / "bad.so";
  std::mt19937 random(7);
  std::size_t accepted = 0;
  for (int i = 0; i < 2000; ++i) {
    auto bad = good;
    // Headers and tables are where the traps are: half of the flips hit the ends of the file.
    const auto flips = 1 + random() % 8;
    for (unsigned k = 0; k < flips; ++k) {
      const auto range = random() % 2 == 0 ? bad.size() : std::size_t{1024};
      const auto at = random() % range;
      bad[random() % 4 == 0 ? bad.size() - 1 - at % 2048 : at] = static_cast<char>(random());
    }
    write_text(path, bad);
    accepted += inspect_object(path).refusal.empty() ? 1 : 0;
  }
  CHECK(accepted > 0);     // much of a file may change without touching what is read here
  CHECK(accepted < 2000);  // and much may not
}
