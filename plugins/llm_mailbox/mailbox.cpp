#include "mailbox.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>
#include <utility>

namespace llm_mailbox {
namespace {

namespace fs = std::filesystem;

constexpr const char* request_end = ".request.json";

[[noreturn]] void fail(const fs::path& file, const std::string& what) {
  throw fihost::sdk::Error(FIHOST_UNSUPPORTED, file.string() + ": " + what);
}

/// "12.request.json" -> 12.
std::optional<Number> number_of(const fs::path& file) {
  const std::string name = file.filename().string();
  Number number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || *end != '.') return std::nullopt;
  return number;
}

/// The messages in one form, whatever the order of their keys.
std::string key_of(const Json& request) {
  const nlohmann::json sorted = request.value("messages", Json());
  return sorted.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void write(const fs::path& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary);
  out << text << std::flush;
  if (!out) fail(file, std::string("cannot be written: ") + std::strerror(errno));
}

/// Write `text` to a file of this name that is not there yet. False: it is.
bool write_new(const fs::path& file, const std::string& text) {
  fs::path part = file;
  part += ".part" + std::to_string(::getpid());
  write(part, text);
  const int error = ::link(part.c_str(), file.c_str()) == 0 ? 0 : errno;
  ::unlink(part.c_str());
  if (error != 0 && error != EEXIST) {
    fail(file, std::string("cannot be made: ") + std::strerror(error));
  }
  return error == 0;
}

}  // namespace

Mailbox::Mailbox(fs::path folder) : folder_(std::move(folder)), done_(folder_ / "done") {
  std::error_code error;
  fs::create_directories(done_, error);
  if (error) fail(done_, "cannot be made: " + error.message());
  look_around();
}

void Mailbox::look_around() {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder_, error)) note(entry.path(), true);
  for (const auto& entry : fs::directory_iterator(done_, error)) note(entry.path(), false);
  if (error) fail(folder_, "cannot be read: " + error.message());
}

void Mailbox::note(const fs::path& file, bool waiting) {
  const auto number = number_of(file);
  if (!number) return;
  next_ = std::max(next_, *number + 1);
  if (!waiting || file.filename() != std::to_string(*number) + request_end) return;
  std::ifstream in(file, std::ios::binary);
  const Json request = Json::parse(in, nullptr, false);
  if (request.is_object()) left_[key_of(request)].push_back(*number);
}

Number Mailbox::put(const Json& request) {
  const std::scoped_lock lock(mutex_);
  if (const auto left = left_.find(key_of(request)); left != left_.end() && !left->second.empty()) {
    const auto oldest = std::min_element(left->second.begin(), left->second.end());
    const Number number = *oldest;
    left->second.erase(oldest);
    return number;
  }
  const std::string text = request.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  while (true) {
    const Number number = next_++;
    const std::string name = std::to_string(number);
    if (!write_new(folder_ / (name + request_end), text)) continue;  // of another process
    static_cast<void>(write_new(folder_ / (name + ".request.md"), readable(number, request)));
    return number;
  }
}

void Mailbox::put_away(Number number) {
  for (const char* end :
       {".request.json", ".request.md", ".reply.md", ".reply.txt", ".reply.json"}) {
    const std::string name = std::to_string(number) + end;
    std::error_code error;
    fs::rename(folder_ / name, done_ / name, error);
    if (error && error != std::errc::no_such_file_or_directory) {
      fail(folder_ / name, "cannot be moved to 'done': " + error.message());
    }
  }
}

std::string readable(Number number, const Json& request) {
  const std::string name = std::to_string(number), purpose = request.value("purpose", "");
  std::ostringstream text;
  text << "# Request " << name << (purpose.empty() ? "" : ": " + purpose) << "\n\n"
       << "Answer in " << name << ".reply.md (or .txt), or in " << name
       << ".reply.json as {\"text\": ...}.\n";
  if (const auto limits = request.find("limits"); limits != request.end()) {
    text << "Limits: " << fihost::sdk::detail::dump(*limits) << "\n";
  }
  for (const Json& message : request.at("messages")) {
    text << "\n## " << message.value("role", "") << "\n\n" << message.value("content", "") << "\n";
  }
  return text.str();
}

}  // namespace llm_mailbox
