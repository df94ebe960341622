#include "tools/fihost/doctor/finding.hpp"

namespace fihost {

const char* name(Finding::State state) {
  switch (state) {
    case Finding::State::ok:
      return "ok";
    case Finding::State::missing:
      return "missing";
    case Finding::State::broken:
      return "broken";
  }
  return "";
}

Json to_json(const Finding& finding) {
  return {{"section", finding.section},
          {"name", finding.name},
          {"state", name(finding.state)},
          {"basic", finding.basic},
          {"detail", finding.detail},
          {"cure", finding.cure.empty() ? Json(nullptr) : Json(finding.cure)}};
}

}  // namespace fihost
