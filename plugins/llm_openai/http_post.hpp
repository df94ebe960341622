// One POST over HTTP, with every limit a request needs.
#pragma once

#include <fihost/context.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace llm_openai {

/// What a reply may have at most, in bytes.
inline constexpr std::size_t reply_limit = std::size_t{16} << 20;

struct HttpPost {
  std::string url;
  std::string body;                  ///< JSON
  std::vector<std::string> headers;  ///< "Name: value"
  double timeout_s = 0;              ///< from start to last byte
  double connect_timeout_s = 0;
  std::string ca_file;  ///< PEM; empty: the system's authorities
  std::string proxy;    ///< empty: what the environment says
  /// Gets the parts of a reply that is an event stream; false: nothing more is needed. Must not
  /// throw anything but std::bad_alloc.
  std::function<bool(std::string_view)> receive_events;
};

struct HttpReply {
  long status = 0;             ///< 0: there is none
  double retry_after_s = 0;    ///< what the server asks for; 0: it does not
  bool events = false;         ///< it was an event stream
  std::string body;            ///< unless `events`
  std::string error;           ///< empty: the reply is complete
  bool worth_another = false;  ///< the error may pass
};

/// Never follows a redirection; verifies certificates. Throws Error CANCELLED within 100 ms of a stop.
[[nodiscard]] HttpReply post(const HttpPost& request, const fihost::sdk::Context& context);

}  // namespace llm_openai
