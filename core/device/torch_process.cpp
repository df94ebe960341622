#include "core/device/torch_process.hpp"

#include <sys/socket.h>

#include <cerrno>

#include "core/base/error.hpp"

namespace fihost::device {
namespace {

constexpr auto start_limit = std::chrono::seconds(120);  // PyTorch is large and disks are slow
constexpr auto call_limit = std::chrono::seconds(1200);

Json specs_json(const std::vector<TensorSpec>& specs) {
  Json list = Json::array();
  for (const auto& spec : specs) {
    Json& entry = list.emplace_back();
    entry["name"] = spec.name;
    entry["dtype"] = name(spec.dtype);
    entry["scalar"] = spec.scalar();
  }
  return list;
}

}  // namespace

TorchProcess::TorchProcess(const TorchSettings& settings, const Definition& definition)
    : definition_(definition.name) {
  int sockets[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) {
    fail("cannot make a socket: {}", errno_text(errno));
  }
  channel_ = LineChannel(UniqueFd(sockets[0]));
  UniqueFd other(sockets[1]);
  Command command;
  command.arguments = {settings.python, settings.script.string()};
  command.files = {{other.get(), 3}, {2, 2}};
  process_.emplace(command);
  other.reset();  // so that the end of the process is the end of the channel
  const auto reply = exchange({{"op", "open"},
                               {"source", definition.reference},
                               {"device", settings.device},
                               {"inputs", specs_json(definition.inputs)},
                               {"outputs", specs_json(definition.outputs)}},
                              start_limit);
  const auto device = reply.at("device").get<std::string>();
  description_ = fmt::format("PyTorch {} on {}", reply.at("torch").get<std::string>(),
                             device == "cpu" ? "the CPU" : device);
}

Json TorchProcess::exchange(const Json& request, std::chrono::seconds limit) {
  const auto deadline = Clock::now() + limit;
  std::string line;
  auto result = channel_.write(dump(request), deadline, {});
  if (result == LineChannel::Result::ok) result = channel_.read(line, deadline, {});
  const auto op = request.at("op").get<std::string>();
  if (result == LineChannel::Result::timed_out) {
    process_->kill();
    fail("no reference: the PyTorch reference of {} gave no answer to \"{}\" within {} s",
         definition_, op, limit.count());
  }
  if (result != LineChannel::Result::ok) {
    const auto exit = process_->kill();
    fail(
        "no reference: Python ended in \"{}\" of the reference of {} ({}); is PyTorch installed "
        "for "
        "this interpreter? $FIHOST_PYTHON names another one",
        op, definition_, exit.text());
  }
  auto reply = parse_json(line, "torch_reference.py");
  if (reply.contains("error")) {
    fail(
        "no reference: there is no native one for {} here, and its own failed in Python: {}; "
        "$FIHOST_PYTHON names the interpreter, which needs PyTorch",
        definition_, reply["error"].get<std::string>());
  }
  return reply;
}

void TorchProcess::load(const std::filesystem::path& file, const Json& scalars) {
  exchange({{"op", "load"}, {"file", file.string()}, {"scalars", scalars}}, call_limit);
}

double TorchProcess::run(const std::filesystem::path& file) {
  return exchange({{"op", "run"}, {"file", file.string()}}, call_limit).at("ms");
}

std::vector<double> TorchProcess::time(std::uint32_t count, std::uint64_t flush_bytes) {
  return exchange({{"op", "time"}, {"count", count}, {"flush_bytes", flush_bytes}}, call_limit)
      .at("samples_ms");
}

}  // namespace fihost::device
