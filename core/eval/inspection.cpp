#include "core/eval/inspection.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "core/base/cancelled.hpp"
#include "core/base/error.hpp"
#include "core/base/process.hpp"
#include "core/build/object_file.hpp"
#include "core/eval/first_line.hpp"
#include "core/solution/tvm_ffi_runtime.hpp"

namespace fihost {
namespace {

constexpr std::size_t answer_limit_bytes = 64 << 10;

/// Where the child writes its answer: memory that cannot grow, so that a constructor which writes to
/// every descriptor neither blocks nor fills anything.
UniqueFd make_answer_buffer() {
  UniqueFd fd(::memfd_create("fihost-inspect", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd || ::ftruncate(fd.get(), answer_limit_bytes) != 0 ||
      ::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK) != 0) {
    fail("cannot make a memory file for the answer of the worker: {}", errno_text(errno));
  }
  return fd;
}

std::string read_answer(const UniqueFd& fd) {
  std::string text(answer_limit_bytes, '\0');
  const ssize_t n = ::pread(fd.get(), text.data(), text.size(), 0);
  text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  text.resize(text.find_last_not_of('\0') + 1);
  return text;
}

Inspection rejected(Status status, std::string reason) {
  Inspection result;
  result.rejection = Rejection{.status = status, .reason = std::move(reason)};
  return result;
}

/// The answer may have been forged by a constructor: anything odd about it is a refusal.
Inspection parse_answer(const std::string& text) {
  const auto json = Json::parse(text, nullptr, false);
  try {
    if (json.contains("error")) {
      return rejected(Status::compile_error, first_line(json["error"].get<std::string>()));
    }
    Descriptor descriptor;
    descriptor.name = json.at("name").get<std::string>();
    descriptor.definition = json.at("definition").get<std::string>();
    if (json.contains("arch") && !json["arch"].is_null()) {
      descriptor.arch = json["arch"].get<std::string>();
    }
    descriptor.role = json.at("role").get<std::string>();
    descriptor.device_type = json.at("device_type").get<std::string>();
    descriptor.flags = json.value("flags", std::uint32_t{0});
    Inspection result;
    result.descriptor = std::move(descriptor);
    return result;
  } catch (const Json::exception&) {
    return rejected(Status::compile_error,
                    "its descriptor could not be read: found " + first_line(text.substr(0, 80)));
  }
}

}  // namespace

Inspection inspect(const std::filesystem::path& worker, const std::filesystem::path& object,
                   std::chrono::milliseconds timeout, std::stop_token stop,
                   const std::string& function) {
  const auto file = inspect_object(object);
  if (!file.refusal.empty()) return rejected(Status::compile_error, file.refusal);
  TvmFfiChoice choice;
  if (!file.candidate || (!function.empty() && !file.tvm_ffi_functions.empty())) {
    choice = choose_tvm_ffi(file, function, worker.parent_path().parent_path());
    if (!choice.entry) return rejected(Status::compile_error, choice.refusal);
  }
  const auto answer = make_answer_buffer();
  Command command;
  command.arguments = {worker.string(), "--inspect", std::filesystem::absolute(object).string()};
  if (choice.entry) {
    for (const auto& word : {std::string("--tvm-ffi"), choice.entry->runtime,
                             std::string("--entry"), choice.entry->function}) {
      command.arguments.push_back(word);
    }
  }
  command.files = {{answer.get(), 3}};
  const auto output = run(command, timeout, stop);
  check_cancelled(stop);
  if (output.timed_out) {
    return rejected(Status::timeout,
                    fmt::format("loading it took longer than {} s; does a constructor hang?",
                                std::chrono::duration<double>(timeout).count()));
  }
  if (const auto text = read_answer(answer); !text.empty()) {
    auto result = parse_answer(text);
    if (result.descriptor) result.tvm_ffi = std::move(choice.entry);
    return result;
  }
  auto reason = fmt::format("ended before it answered ({})", output.exit.text());
  if (const auto line = last_line(output.err); !line.empty()) reason += ": " + line;
  return rejected(Status::runtime_error, reason);
}

}  // namespace fihost
