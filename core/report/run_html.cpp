#include "core/report/run_html.hpp"

#include "core/report/run_document.hpp"
#include "core/report/self_contained_page.hpp"

namespace fihost {

std::string run_html(const Json& document) {
  check_run_document(document, "the page of a run");
  return self_contained_page(run_page, document);
}

}  // namespace fihost
