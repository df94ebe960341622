#include "core/dataset/trace_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "core/base/error.hpp"

namespace fihost {
namespace {

/// Held while it lives.
class FileLock {
 public:
  FileLock(int fd, const std::filesystem::path& path) : fd_(fd) {
    int result = 0;
    do {
      result = ::flock(fd, LOCK_EX);
    } while (result != 0 && errno == EINTR);
    if (result != 0) fail("cannot lock {}: {}", path.string(), errno_text(errno));
  }
  ~FileLock() { ::flock(fd_, LOCK_UN); }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int fd_;
};

off_t size_of(int fd, const std::filesystem::path& path) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) fail("cannot read {}: {}", path.string(), errno_text(errno));
  return status.st_size;
}

/// What follows the last line end.
std::string tail_of(int fd, off_t size, const std::filesystem::path& path) {
  constexpr off_t chunk = 1 << 16;
  std::string tail;
  for (off_t end = size; end > 0;) {
    const auto length = std::min(chunk, end);
    std::string part(static_cast<std::size_t>(length), '\0');
    if (::pread(fd, part.data(), part.size(), end - length) != length) {
      fail("cannot read {}: {}", path.string(), errno_text(errno));
    }
    const auto line_end = part.rfind('\n');
    if (line_end != std::string::npos) return part.substr(line_end + 1) + tail;
    tail.insert(0, part);
    end -= length;
  }
  return tail;
}

}  // namespace

TraceFile::TraceFile(const std::filesystem::path& path) : path_(path) {
  std::error_code code;
  std::filesystem::create_directories(path.parent_path(), code);
  if (code) fail("cannot make the folder {}: {}", path.parent_path().string(), code.message());
  fd_ = UniqueFd(::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0644));
  if (!fd_) fail("cannot write {}: {}", path.string(), errno_text(errno));
}

std::string TraceFile::mend_end() {
  const auto size = size_of(fd_.get(), path_);
  const auto tail = tail_of(fd_.get(), size, path_);
  if (tail.empty()) return {};
  if (is_lax_json(tail)) return "\n";
  auto torn = path_;
  torn += ".torn";
  const UniqueFd other(::open(torn.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644));
  const auto kept = tail + "\n";
  if (!other ||
      ::write(other.get(), kept.data(), kept.size()) != static_cast<ssize_t>(kept.size())) {
    fail("{} ends in an unfinished line that cannot be moved to {}: {}", path_.string(),
         torn.string(), errno_text(errno));
  }
  if (::ftruncate(fd_.get(), size - static_cast<off_t>(tail.size())) != 0) {
    fail("cannot mend the end of {}: {}", path_.string(), errno_text(errno));
  }
  return {};
}

void TraceFile::append(const Trace& trace) {
  const auto line = dump(to_json(trace)) + "\n";
  const FileLock lock(fd_.get(), path_);
  const auto bytes = mend_end() + line;
  const auto before = size_of(fd_.get(), path_);
  ssize_t written = 0;
  do {
    written = ::write(fd_.get(), bytes.data(), bytes.size());
  } while (written < 0 && errno == EINTR);
  const int error = written < 0 ? errno : ENOSPC;
  if (written != static_cast<ssize_t>(bytes.size())) {
    if (written > 0 && ::ftruncate(fd_.get(), before) != 0) {
      fail("cannot write {}, and not take back half a line: {}", path_.string(), errno_text(errno));
    }
    fail("cannot write {}: {}; the file is as it was", path_.string(), errno_text(error));
  }
  if (::fdatasync(fd_.get()) != 0 && errno != EINVAL) {
    fail("cannot write {}: {}", path_.string(), errno_text(errno));
  }
}

std::filesystem::path trace_path(const std::filesystem::path& root, const std::string& author,
                                 const std::string& op_type, const std::string& definition) {
  const auto check = [](const char* what, const std::string& name) {
    const bool plain = !name.empty() && name != "." && name != ".." &&
                       name.find_first_of("/\\") == std::string::npos;
    if (plain) return;
    throw Error(fmt::format("the {} \"{}\" cannot name a folder of a dataset", what, name),
                Fault::usage);
  };
  check("author", author);
  check("op_type", op_type);
  check("definition", definition);
  return root / "traces" / author / op_type / (definition + ".jsonl");
}

}  // namespace fihost
