// An HTTP/1.1 server on 127.0.0.1 that answers as a test says, also wrongly: late, cut or without end.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace fihost::test {

/// What a client sent.
struct HttpRequest {
  std::string method;
  std::string target;  ///< "/v1/chat/completions"; a whole URL when the server is used as a proxy
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
  std::string body;
  std::size_t number = 0;  ///< 0 for the first one that this server got

  /// The value of the first header with this name in lower case; empty: there is none.
  [[nodiscard]] std::string header(const std::string& name) const;
};

/// Bytes of a body that come one after the other.
struct HttpPart {
  std::string bytes;
  std::chrono::milliseconds after{0};  ///< the server waits this long before it sends them
};

/// What the server answers. It sends `body` with its Content-Length, or `parts` as HTTP chunks.
struct HttpResponse {
  int status = 200;
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::vector<HttpPart> parts = {};           ///< instead of `body`
  bool endless = false;                       ///< the parts again and again, until the client goes
  std::optional<std::size_t> cut_after = {};  ///< close after so many bytes of the body
  std::chrono::milliseconds delay{0};         ///< before the first byte
  bool silent = false;                        ///< never a byte, until the client or the server goes
};

/// A JSON answer.
[[nodiscard]] HttpResponse json_response(std::string body, int status = 200);

/// Called from the thread of a connection; several at once when clients are.
using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

/// Files of a certificate for 127.0.0.1 that nobody but its owner has signed.
struct Certificate {
  std::filesystem::path
      certificate;            ///< PEM; a client that is given it as its authority accepts it
  std::filesystem::path key;  ///< PEM
};

/// Write a fresh one, valid for a day, into `folder`.
[[nodiscard]] Certificate self_signed_certificate(const std::filesystem::path& folder);

/// Listens from construction on; the destructor ends every connection and thread. One request a
/// connection. Thread-safe.
class LoopbackServer {
 public:
  explicit LoopbackServer(HttpHandler handler);
  LoopbackServer(HttpHandler handler, const Certificate& certificate);  ///< speaks TLS
  ~LoopbackServer();
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  /// "http://127.0.0.1:4711" or "https://127.0.0.1:4711".
  [[nodiscard]] std::string url() const;
  /// All that came until now, in order.
  [[nodiscard]] std::vector<HttpRequest> requests() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fihost::test
