#include "core/device/session_request.hpp"

#include "core/base/error.hpp"

namespace fihost::device {
namespace {

constexpr double longest_timeout_s = 1e9;

}  // namespace

SessionRequest parse_session_request(const Json& json) {
  SessionRequest request;
  request.definition = json.at("definition");
  if (!json.at("dataset").is_null()) request.dataset = json.at("dataset").get<std::string>();
  for (const Json& path : json.at("task_path"))
    request.task_path.push_back(path.get<std::string>());
  request.cache = json.at("cache").get<std::string>();
  request.seed = json.at("seed");
  if (!json.at("reference").is_null()) request.reference = json.at("reference");
  request.python = json.value("python", "python3");
  if (!json.at("generator").is_null()) request.generator = json.at("generator");
  request.workloads = json.at("workloads").get<std::vector<std::string>>();
  if (const auto found = json.find("tolerance"); found != json.end() && !found->is_null()) {
    Tolerance tolerance;
    tolerance.atol = found->at("atol");
    tolerance.rtol = found->at("rtol");
    const Json& ratio = found->at("required_matched_ratio");
    if (!ratio.is_null()) tolerance.required_matched_ratio = ratio.get<double>();
    request.tolerance = tolerance;
  }
  const auto rule = parse_rule(json.at("rule").get<std::string>());
  if (!rule) fail("the host asks for an unknown rule {}", json.at("rule").get<std::string>());
  request.rule = *rule;
  request.quick = json.at("timing").at("policy") == "quick";
  request.flush = json.at("timing").at("flush");
  const double timeout_s = json.at("timeout_s").get<double>();
  if (!(timeout_s >= 0 && timeout_s <= longest_timeout_s)) {
    fail("the host asks for a timeout of {} s", timeout_s);
  }
  request.call_timeout = std::chrono::milliseconds(static_cast<long>(1000 * timeout_s));
  return request;
}

Part parse_part(const Json& json) {
  Part part;
  if (const auto found = json.find("workloads"); found != json.end() && !found->is_null()) {
    part.workloads = found->get<std::vector<std::string>>();
  }
  if (const auto found = json.find("timing"); found != json.end() && !found->is_null()) {
    const auto policy = found->get<std::string>();
    if (policy != "quick" && policy != "default") {
      fail("the host asks for an unknown timing {}", policy);
    }
    part.quick = policy == "quick";
  }
  return part;
}

}  // namespace fihost::device
