#include "tools/fihost/report_run.hpp"

#include <fstream>

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/report/run_document.hpp"
#include "core/report/run_html.hpp"
#include "tools/fihost/standard_output.hpp"

namespace fihost {
namespace {

namespace fs = std::filesystem;

bool begins_with(const fs::path& file, std::string_view wanted) {
  std::string head(wanted.size(), '\0');
  std::ifstream in(file, std::ios::binary);
  return in.read(head.data(), static_cast<std::streamsize>(head.size())) && head == wanted;
}

/// As --json writes it: the schema stands first.
bool is_document(const fs::path& file) {
  return begins_with(file, "{\n  \"schema\": \"fihost.run/") ||
         begins_with(file, "{\"schema\": \"fihost.run/") ||
         begins_with(file, "{\"schema\":\"fihost.run/");
}

Json document_of(const fs::path& path) {
  auto document = read_json(path);
  check_run_document(document, path.string());
  return document;
}

}  // namespace

bool is_run(const fs::path& path) { return is_document(path); }

int report_run(const Arguments& arguments, const fs::path& path) {
  const auto output = arguments.path("output");
  if (output && arguments.has("json")) {
    throw Error("report: --json goes to stdout and --output writes a page; give one of them",
                Fault::usage);
  }
  const auto document = document_of(path);
  if (output) {
    const auto page = run_html(document);
    if (*output == "-") {
      print(page);
    } else {
      write_text(*output, page);
    }
  } else {
    print_json(document);
  }
  return 0;
}

}  // namespace fihost
