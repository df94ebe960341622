#include "reply_file.hpp"

#include <fihost/nesting.hpp>
#include <fstream>
#include <iterator>
#include <string_view>

namespace llm_mailbox {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t most_bytes = std::uintmax_t{16} << 20;

std::string content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (text.compare(0, byte_order_mark.size(), byte_order_mark) == 0) {
    text.erase(0, byte_order_mark.size());
  }
  return text;
}

}  // namespace

std::optional<ReplyFile::Seen> ReplyFile::look() const {
  for (const char* end : {".reply.json", ".reply.md", ".reply.txt"}) {
    fs::path file = stem_;
    file += end;
    std::error_code error;
    const auto bytes = fs::file_size(file, error);
    if (error || bytes == 0) continue;
    const auto written = fs::last_write_time(file, error);
    const Seen seen{.file = file, .bytes = bytes, .written = written};
    if (!error && seen != refused_) return seen;
  }
  return std::nullopt;
}

std::optional<Json> ReplyFile::poll(const fihost::sdk::Context& context) {
  const auto seen = look();
  const bool finished = seen && seen == last_;
  last_ = seen;
  if (!finished) return std::nullopt;
  return read(*seen, context);
}

std::optional<Json> ReplyFile::read(const Seen& seen, const fihost::sdk::Context& context) {
  const auto refuse = [&](const std::string& why) {
    context.log(FIHOST_LOG_WARNING, seen.file.string() + ": " + why + "; waiting for another");
    refused_ = seen;
    return std::nullopt;
  };
  if (seen.bytes > most_bytes) return refuse("longer than 16 MiB");
  const std::string text = content_of(seen.file);
  if (seen.file.extension() != ".json") return Json{{"text", text}};
  if (fihost::sdk::excess_nesting(text) != std::string::npos) return refuse("nests too deep");
  Json reply = Json::parse(text, nullptr, false);
  if (!reply.is_object()) return refuse("no JSON object");
  const auto found = reply.find("text");
  if (found == reply.end() || !found->is_string()) return refuse("has no \"text\"");
  return reply;
}

}  // namespace llm_mailbox
