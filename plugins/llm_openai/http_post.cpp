#include "http_post.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <new>

namespace llm_openai {
namespace {

using fihost::sdk::Context;
using fihost::sdk::Error;

constexpr int poll_ms = 50;

void start_curl() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
      throw Error(FIHOST_INTERNAL, "libcurl cannot start");
    }
  });
}

/// The system's certificates where libcurl does not look for them: it may have been built on another
/// distribution. Empty: where it looks.
std::string system_authorities() {
  if (const char* file = std::getenv("SSL_CERT_FILE"); file != nullptr && *file != 0) return file;
  const curl_version_info_data* const version = curl_version_info(CURLVERSION_NOW);
  const auto readable = [](const char* file) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> opened(std::fopen(file, "r"), &fclose);
    return opened != nullptr;
  };
  if (version->cainfo != nullptr && readable(version->cainfo)) return {};
  for (const char* file : {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                           "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"}) {
    if (readable(file)) return file;
  }
  return {};
}

/// One easy handle in a multi handle of its own, so that waiting can be interrupted.
class Transfer {
 public:
  explicit Transfer(const HttpPost& request) : request_(request) {
    start_curl();
    multi_.reset(curl_multi_init());
    easy_.reset(curl_easy_init());
    if (!multi_ || !easy_) throw std::bad_alloc();
    set_request();
    set_limits();
    curl_multi_add_handle(multi_.get(), easy_.get());
  }
  ~Transfer() { curl_multi_remove_handle(multi_.get(), easy_.get()); }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  HttpReply perform(const Context& context) {
    int running = 1;
    while (running > 0) {
      context.check_cancelled();
      CURLMcode code = curl_multi_perform(multi_.get(), &running);
      if (code == CURLM_OK && running > 0) {
        code = curl_multi_poll(multi_.get(), nullptr, 0, poll_ms, nullptr);
      }
      if (code != CURLM_OK) throw Error(FIHOST_INTERNAL, curl_multi_strerror(code));
    }
    if (out_of_memory_) throw std::bad_alloc();
    finish();
    return std::move(reply_);
  }

 private:
  void set_request() {
    CURL* const easy = easy_.get();
    curl_easy_setopt(easy, CURLOPT_URL, request_.url.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request_.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request_.body.c_str());
    // Without "Expect", servers that do not know it do not cost a second.
    for (const char* line : {"Content-Type: application/json", "Expect:"}) add_header(line);
    for (const std::string& line : request_.headers) add_header(line.c_str());
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_.get());
    // A proxy for https must not see the keys.
    curl_easy_setopt(easy, CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "fihost");
    if (!request_.proxy.empty()) curl_easy_setopt(easy, CURLOPT_PROXY, request_.proxy.c_str());
    const std::string file = request_.ca_file.empty() ? system_authorities() : request_.ca_file;
    if (!file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, file.c_str());
    // A file that the user names is to decide alone.
    if (!request_.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
  }

  void set_limits() {
    CURL* const easy = easy_.get();
    const auto ms = [](double seconds) {
      return static_cast<long>(std::clamp(seconds * 1000, 1.0, 1e9));
    };
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, ms(request_.timeout_s));
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, ms(request_.connect_timeout_s));
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);  // a stop does not wait for the resolver
#endif
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error_.data());
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Transfer::write);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  }

  void add_header(const char* line) {
    curl_slist* const longer = curl_slist_append(headers_.get(), line);
    if (longer == nullptr) throw std::bad_alloc();
    static_cast<void>(headers_.release());  // now part of `longer`
    headers_.reset(longer);
  }

  static std::size_t write(char* bytes, std::size_t, std::size_t count, void* self) noexcept {
    auto& transfer = *static_cast<Transfer*>(self);
    try {
      return transfer.receive({bytes, count}) ? count : CURL_WRITEFUNC_ERROR;
    } catch (...) {
      transfer.out_of_memory_ = true;
      return CURL_WRITEFUNC_ERROR;
    }
  }

  /// False ends the transfer.
  bool receive(std::string_view bytes) {
    if (received_ == 0) {
      long status = 0;
      const char* type = nullptr;
      curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
      curl_easy_getinfo(easy_.get(), CURLINFO_CONTENT_TYPE, &type);
      reply_.events = request_.receive_events && status == 200 && type != nullptr &&
                      std::string_view(type).find("text/event-stream") != std::string_view::npos;
    }
    received_ += bytes.size();
    too_long_ = received_ > reply_limit;
    if (too_long_) return false;
    if (!reply_.events) {
      reply_.body.append(bytes);
      return true;
    }
    enough_ = !request_.receive_events(bytes);
    return !enough_;
  }

  /// What the ended transfer came to.
  void finish() {
    int left = 0;
    const CURLMsg* const message = curl_multi_info_read(multi_.get(), &left);
    const CURLcode code = message == nullptr ? CURLE_FAILED_INIT : message->data.result;
    curl_off_t after = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &reply_.status);
    curl_easy_getinfo(easy_.get(), CURLINFO_RETRY_AFTER, &after);
    reply_.retry_after_s = static_cast<double>(after);
    if (code == CURLE_OK || enough_) return;
    if (too_long_) {
      reply_.error = "the reply is longer than 16 MiB";
      return;
    }
    reply_.error = error_[0] != 0 ? error_.data() : curl_easy_strerror(code);
    constexpr std::array passing = {CURLE_COULDNT_RESOLVE_PROXY,
                                    CURLE_COULDNT_RESOLVE_HOST,
                                    CURLE_COULDNT_CONNECT,
                                    CURLE_OPERATION_TIMEDOUT,
                                    CURLE_SSL_CONNECT_ERROR,
                                    CURLE_GOT_NOTHING,
                                    CURLE_SEND_ERROR,
                                    CURLE_RECV_ERROR,
                                    CURLE_PARTIAL_FILE,
                                    CURLE_HTTP2,
                                    CURLE_HTTP2_STREAM,
                                    CURLE_AGAIN};
    reply_.worth_another = std::find(passing.begin(), passing.end(), code) != passing.end();
    if (code == CURLE_OPERATION_TIMEDOUT) reply_.error += "; a larger 'timeout' may help";
    if (code == CURLE_COULDNT_CONNECT) reply_.error += "; is the server running?";
    if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE) {
      reply_.error += "; 'ca_file' names the authority that signed the server's certificate";
    }
  }

  template <auto Free>
  struct Freed {
    template <class T>
    void operator()(T* what) const noexcept {
      Free(what);
    }
  };

  const HttpPost& request_;
  std::unique_ptr<curl_slist, Freed<curl_slist_free_all>> headers_;
  std::array<char, CURL_ERROR_SIZE> error_{};
  std::unique_ptr<CURLM, Freed<curl_multi_cleanup>> multi_;
  std::unique_ptr<CURL, Freed<curl_easy_cleanup>> easy_;
  HttpReply reply_;
  std::size_t received_ = 0;
  bool too_long_ = false, enough_ = false, out_of_memory_ = false;
};

}  // namespace

HttpReply post(const HttpPost& request, const Context& context) {
  return Transfer(request).perform(context);
}

}  // namespace llm_openai
