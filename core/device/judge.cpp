#include "core/device/judge.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "core/base/error.hpp"
#include "core/device/session.hpp"

namespace fihost::device {
namespace {

/// Lines in, lines out. The host is trusted; only its absence has to be handled.
class LineSocket {
 public:
  explicit LineSocket(int fd) : fd_(fd) {}

  std::optional<std::string> read_line() {
    for (;;) {
      if (const auto end = pending_.find('\n'); end != std::string::npos) {
        std::string line = pending_.substr(0, end);
        pending_.erase(0, end + 1);
        return line;
      }
      char chunk[1 << 16];
      const ssize_t n = ::recv(fd_.get(), chunk, sizeof chunk, 0);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return std::nullopt;
      pending_.append(chunk, static_cast<std::size_t>(n));
    }
  }

  void write_line(const Json& json) {
    const std::string text = dump(json) + "\n";
    for (std::size_t done = 0; done < text.size();) {
      const ssize_t n = ::send(fd_.get(), text.data() + done, text.size() - done, MSG_NOSIGNAL);
      if (n < 0 && errno == EINTR) continue;
      // Nobody is left to judge for; runners die with this process.
      if (n < 0) ::_exit(0);
      done += static_cast<std::size_t>(n);
    }
  }

 private:
  UniqueFd fd_;
  std::string pending_;
};

const char* fault_name(Fault fault) {
  switch (fault) {
    case Fault::usage:
      return "usage";
    case Fault::environment:
      return "environment";
    case Fault::internal:
      return "internal";
  }
  return "internal";
}

std::optional<TvmFfiEntry> read_entry(const Json& request) {
  const auto found = request.find("tvm_ffi");
  if (found == request.end() || found->is_null()) return std::nullopt;
  return TvmFfiEntry{.function = found->at("function"), .runtime = found->at("runtime")};
}

EntrantObject read_object(const Json& request) {
  const bool reference = request.value("role", std::string("candidate")) == "reference";
  return {.path = request.at("object"),
          .role = reference ? FIHOST_ROLE_REFERENCE : FIHOST_ROLE_CANDIDATE,
          .tvm_ffi = read_entry(request)};
}

Json evaluate(Session& session, const Json& request) {
  const std::string name =
      session.evaluate(request.at("id"), read_object(request), parse_part(request));
  return {{"event", "evaluated"}, {"id", request.at("id")}, {"name", name}};
}

Json match(Session& session, const Json& request) {
  std::vector<EntrantObject> objects;
  for (const Json& object : request.at("objects")) objects.push_back(read_object(object));
  const std::size_t rounds = request.at("rounds");
  if (objects.size() < 2 || rounds == 0) {
    fail("the host asks for a match of {} objects in {} rounds", objects.size(), rounds);
  }
  const auto names = session.match(request.at("id"), objects, parse_part(request), rounds);
  return {{"event", "matched"}, {"id", request.at("id")}, {"names", names}};
}

Json serve(Session& session, const Json& request) {
  const std::string op = request.at("op");
  if (op == "evaluate") return evaluate(session, request);
  if (op == "match") return match(session, request);
  fail("the host asks for an unknown operation {}", op);
}

}  // namespace

int run_judge(const std::string& worker, const std::string& device, int control_fd) {
  LineSocket host(control_fd);
  const Emit emit = [&host](const Json& event) { host.write_line(event); };
  std::optional<Session> session;
  try {
    while (const auto line = host.read_line()) {
      const Json request = parse_json(*line, "host");
      if (request.at("op") == "open") {
        session.emplace(worker, device, parse_session_request(request), emit);
        continue;
      }
      const auto start = Clock::now();
      Json answer = serve(session.value(), request);
      const std::chrono::duration<double> elapsed = Clock::now() - start;
      answer["seconds"] = elapsed.count();
      emit(answer);
    }
  } catch (const Error& error) {
    emit({{"event", "failed"}, {"error", error.what()}, {"fault", fault_name(error.fault())}});
    return 3;
  }
  return 0;
}

}  // namespace fihost::device
