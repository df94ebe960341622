#include "tests/http/loopback_server.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>

#include <algorithm>
#include <cctype>
#include <condition_variable>
#include <list>
#include <mutex>
#include <stop_token>
#include <string_view>
#include <thread>

#include "core/base/error.hpp"
#include "tests/http/connection.hpp"

namespace fihost::test {
namespace {

using TlsContext = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

TlsContext no_tls() { return {nullptr, &SSL_CTX_free}; }

TlsContext tls_with(const Certificate& files) {
  TlsContext tls(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
  if (SSL_CTX_use_certificate_file(tls.get(), files.certificate.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_use_PrivateKey_file(tls.get(), files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    fail("{}: no certificate with a key", files.certificate.string());
  }
  return tls;
}

/// A socket that listens on a port of the kernel's choice.
UniqueFd listening(int& port) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const raw = reinterpret_cast<sockaddr*>(&address);
  if (!fd || ::bind(fd.get(), raw, size) != 0 || ::listen(fd.get(), 64) != 0 ||
      ::getsockname(fd.get(), raw, &size) != 0) {
    fail("loopback server: no port on 127.0.0.1");
  }
  port = ntohs(address.sin_port);
  return fd;
}

/// OpenSSL writes without MSG_NOSIGNAL.
void block_sigpipe() {
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
}

/// "POST /x HTTP/1.1\r\nName: value\r\n..." without the body.
HttpRequest parse_head(std::string_view head) {
  HttpRequest request;
  std::size_t at = head.find(' ');
  request.method = head.substr(0, at);
  const std::size_t end = head.find(' ', at + 1);
  request.target = head.substr(at + 1, end - at - 1);
  while ((at = head.find("\r\n", at)) != std::string_view::npos) {
    at += 2;
    const std::string_view line = head.substr(at, head.find("\r\n", at) - at);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    std::string name(line.substr(0, colon));
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    std::string_view value = line.substr(colon + 1);
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    request.headers.emplace_back(std::move(name), value);
  }
  return request;
}

std::optional<HttpRequest> read_request(Connection& connection) {
  std::string bytes;
  std::size_t end = 0;
  while ((end = bytes.find("\r\n\r\n")) == std::string::npos) {
    if (!connection.read(bytes)) return std::nullopt;
  }
  HttpRequest request = parse_head(std::string_view(bytes).substr(0, end));
  const std::string length = request.header("content-length");
  const std::size_t size = length.empty() ? 0 : std::stoul(length);
  request.body = bytes.substr(end + 4);
  while (request.body.size() < size) {
    if (!connection.read(request.body)) return std::nullopt;
  }
  return request;
}

std::string head_of(const HttpResponse& response) {
  std::string head = fmt::format("HTTP/1.1 {} Status\r\nConnection: close\r\n", response.status);
  for (const auto& [name, value] : response.headers) {
    head += fmt::format("{}: {}\r\n", name, value);
  }
  return head + (response.parts.empty()
                     ? fmt::format("Content-Length: {}\r\n\r\n", response.body.size())
                     : std::string("Transfer-Encoding: chunked\r\n\r\n"));
}

}  // namespace

std::string HttpRequest::header(const std::string& name) const {
  const auto found = std::find_if(headers.begin(), headers.end(),
                                  [&](const auto& header) { return header.first == name; });
  return found == headers.end() ? std::string() : found->second;
}

HttpResponse json_response(std::string body, int status) {
  return {
      .status = status, .body = std::move(body), .headers = {{"Content-Type", "application/json"}}};
}

struct LoopbackServer::State {
  HttpHandler handler;
  TlsContext tls;
  int port = 0;
  UniqueFd listener;
  mutable std::mutex mutex;  // of all below
  std::condition_variable_any stopping;
  std::vector<HttpRequest> requests;
  std::list<UniqueFd> open;  // a copy of each connection's descriptor, for shutdown
  std::vector<std::jthread> connections;
  std::jthread acceptor;

  State(HttpHandler handler_, TlsContext tls_)
      : handler(std::move(handler_)), tls(std::move(tls_)), listener(listening(port)) {
    acceptor = std::jthread([this](const std::stop_token& stop) { accept_all(stop); });
  }

  ~State() {
    acceptor.request_stop();
    ::shutdown(listener.get(), SHUT_RDWR);
    acceptor.join();  // from here on no connection comes
    for (std::jthread& connection : connections) connection.request_stop();
    {
      const std::scoped_lock lock(mutex);
      for (const UniqueFd& fd : open) ::shutdown(fd.get(), SHUT_RDWR);
    }
    connections.clear();
  }

  void accept_all(const std::stop_token& stop) {
    block_sigpipe();  // and in the threads that start here
    while (!stop.stop_requested()) {
      UniqueFd fd(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!fd) continue;
      connections.emplace_back([this, fd = std::move(fd)](const std::stop_token& end) mutable {
        const auto place = [&] {
          const std::scoped_lock lock(mutex);
          return open.insert(open.end(), UniqueFd(::dup(fd.get())));
        }();
        serve(Connection(std::move(fd), tls.get()), end);
        const std::scoped_lock lock(mutex);
        open.erase(place);
      });
    }
  }

  /// False: the server ends.
  bool pause(std::chrono::milliseconds time, const std::stop_token& stop) {
    std::unique_lock lock(mutex);
    return !stopping.wait_for(lock, stop, time, [&] { return stop.stop_requested(); });
  }

  void serve(Connection connection, const std::stop_token& stop) {
    if (!connection.accept()) return;
    std::optional<HttpRequest> request = read_request(connection);
    if (!request) return;
    {
      const std::scoped_lock lock(mutex);
      request->number = requests.size();
      requests.push_back(*request);
    }
    const HttpResponse response = handler(*request);
    if (response.silent) {
      std::string nothing;
      while (connection.read(nothing)) {
      }
      return;
    }
    if (response.delay.count() > 0 && !pause(response.delay, stop)) return;
    if (connection.write(head_of(response)) && send_body(connection, response, stop)) {
      connection.finish();
    }
  }

  /// False: the body is cut, or somebody is gone.
  bool send_body(Connection& connection, const HttpResponse& response,
                 const std::stop_token& stop) {
    std::size_t left = response.cut_after.value_or(std::string::npos);
    if (response.parts.empty()) {
      return connection.write(std::string_view(response.body).substr(0, left)) &&
             left >= response.body.size();
    }
    do {
      for (const HttpPart& part : response.parts) {
        if (part.after.count() > 0 && !pause(part.after, stop)) return false;
        const std::string_view bytes = std::string_view(part.bytes).substr(0, left);
        if (left == 0) return false;
        if (bytes.empty()) continue;  // an empty chunk is the end
        if (!connection.write(fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes))) return false;
        left -= bytes.size();
      }
    } while (response.endless && !stop.stop_requested());
    return left > 0 && connection.write("0\r\n\r\n");
  }
};

LoopbackServer::LoopbackServer(HttpHandler handler)
    : state_(std::make_unique<State>(std::move(handler), no_tls())) {}
LoopbackServer::LoopbackServer(HttpHandler handler, const Certificate& certificate)
    : state_(std::make_unique<State>(std::move(handler), tls_with(certificate))) {}
LoopbackServer::~LoopbackServer() = default;

std::string LoopbackServer::url() const {
  return fmt::format("http{}://127.0.0.1:{}", state_->tls ? "s" : "", state_->port);
}

std::vector<HttpRequest> LoopbackServer::requests() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->requests;
}

}  // namespace fihost::test
