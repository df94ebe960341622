#include "core/plugin/component.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <fihost/plugin.hpp>
#include <mutex>
#include <thread>
#include <vector>

#include "core/base/error.hpp"
#include "core/plugin/text_sink.hpp"

namespace {

using fihost::Json;
namespace sdk = fihost::sdk;

/// Does what the request says. Written against the SDK, so both sides of the boundary are real.
class Obedient : public sdk::Profiler {
 public:
  static constexpr const char* id = "profiler.obedient";
  static constexpr const char* version = "1.0.0";
  static constexpr const char* summary = "does what it is told";

  Obedient(const Json& config, const sdk::Context&) : alive_(counter(config)) {
    if (config.contains("fail")) throw sdk::Error(FIHOST_UNSUPPORTED, "told\nto fail");
    if (alive_ != nullptr) ++*alive_;
  }
  ~Obedient() override {
    if (alive_ != nullptr) --*alive_;
  }

  Json profile(const Json& request, const sdk::Context& context) override {
    const auto what = request.at("do").get<std::string>();
    if (what == "throw Error") throw sdk::Error(FIHOST_DEVICE_ERROR, "device gone");
    if (what == "throw OK") throw sdk::Error(FIHOST_OK, "fine");
    if (what == "throw bad_alloc") throw std::bad_alloc();
    if (what == "throw exception") throw std::runtime_error("odd");
    if (what == "throw int") throw 7;
    if (what == "throw status") throw sdk::Error(99, "from the future");
    if (what == "log") context.log(FIHOST_LOG_WARNING, "two\nlines\n");
    if (what == "ask") return context.ask("llm", "complete", request);
    if (what == "poll") {
      while (!context.cancelled()) std::this_thread::yield();
      context.check_cancelled();
    }
    if (what == "long") return std::string(fihost::TextSink::limit_bytes, 'x');
    if (what == "bytes") return "\xff";
    if (what == "overlap") {
      const int now = ++inside_;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      --inside_;
      return now;
    }
    return {{"order", request}};
  }

 private:
  static std::atomic<int>* counter(const Json& config) {
    return reinterpret_cast<std::atomic<int>*>(config.value("counter", std::uintptr_t{0}));
  }
  std::atomic<int>* alive_;
  std::atomic<int> inside_ = 0;
};

class Parallel final : public Obedient {
 public:
  using Obedient::Obedient;
  static constexpr bool concurrent = true;
};

constexpr const fihost_component& table = sdk::Component<Obedient>::table;

/// The text of the error that a request ends in.
std::string error_of(const std::string& what) {
  fihost::Component component(table, {}, {});
  try {
    static_cast<void>(component.invoke("profile", {{"do", what}}));
  } catch (const fihost::Error& e) {
    // A failed call leaves the instance usable.
    CHECK(component.invoke("profile", {{"do", "nothing"}}).contains("order"));
    return e.what();
  }
  return "";
}

/// The largest number of calls that were inside one instance at once.
int overlap(const fihost_component& component_table) {
  fihost::Component component(component_table, {}, {});
  std::atomic<int> most = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        const int seen = component.invoke("profile", {{"do", "overlap"}}).get<int>();
        for (int old = most; old < seen && !most.compare_exchange_weak(old, seen);) {
        }
      });
    }
  }
  return most;
}

}  // namespace

TEST_CASE("component: a request and its reply keep the order of keys") {
  fihost::Component component(table, {}, {});
  const Json request = {{"z", 1}, {"do", "nothing"}, {"a", 2}};
  CHECK(fihost::dump(component.invoke("profile", request)) ==
        R"({"order":{"z":1,"do":"nothing","a":2}})");
}

TEST_CASE("component: whatever is thrown inside arrives as one line with its status") {
  const std::string start = "profiler.obedient: profile failed ";
  CHECK(error_of("throw Error") == start + "(DEVICE_ERROR): device gone");
  CHECK(error_of("throw OK") == start + "(INTERNAL): fine");
  CHECK(error_of("throw bad_alloc") == start + "(OUT_OF_MEMORY): out of memory");
  CHECK(error_of("throw exception") == start + "(INTERNAL): odd");
  CHECK(error_of("throw int") ==
        start + "(INTERNAL): something that is no std::exception was thrown");
  CHECK(error_of("throw status") == start + "(INTERNAL): from the future");
}

TEST_CASE("component: a request against the schema is INVALID_ARGUMENT") {
  fihost::Component component(table, {}, {});
  try {
    static_cast<void>(component.invoke("profile", Json::object()));
    FAIL("it answered");
  } catch (const fihost::Error& e) {
    const std::string what = e.what();
    CHECK(what.starts_with("profiler.obedient: profile failed (INVALID_ARGUMENT): "));
    CHECK(what.find("'do'") != std::string::npos);
  }
}

TEST_CASE("component: an instance that cannot be made says why and is not destroyed") {
  CHECK_THROWS_WITH_AS(fihost::Component(table, {{"fail", true}}, {}),
                       "profiler.obedient: create failed (UNSUPPORTED): told to fail",
                       fihost::Error);
}

TEST_CASE("component: an instance is destroyed with its owner") {
  std::atomic<int> alive = 0;
  {
    const Json config = {{"counter", reinterpret_cast<std::uintptr_t>(&alive)}};
    const fihost::Component component(table, config, {});
    CHECK(alive == 1);
  }
  CHECK(alive == 0);
}

TEST_CASE("component: a stop request reaches a call that polls") {
  std::stop_source stop;
  fihost::Component component(table, {}, stop.get_token());
  const std::jthread stopper([&] { stop.request_stop(); });
  CHECK_THROWS_WITH_AS(static_cast<void>(component.invoke("profile", {{"do", "poll"}})),
                       "profiler.obedient: profile failed (CANCELLED): cancelled", fihost::Error);
}

TEST_CASE("component: a log line comes with level and id, on one line") {
  std::vector<std::string> lines;
  fihost::Component component(
      table, {}, {}, [&](fihost_log_level level, std::string_view id, std::string_view line) {
        lines.push_back(std::to_string(level) + " " + std::string(id) + " " + std::string(line));
      });
  static_cast<void>(component.invoke("profile", {{"do", "log"}}));
  CHECK(lines == std::vector<std::string>{"2 profiler.obedient two lines"});
}

TEST_CASE("component: a bound slot gets the question, and the asker its answer or its failure") {
  const auto table = sdk::Component<Obedient>::table;
  fihost::Component component(table, Json::object(), {});
  const Json request = {{"do", "ask"}, {"messages", {"hello"}}};
  const auto echo = [](const std::string& slot, const std::string& op, const Json& question) {
    return Json{{"slot", slot}, {"op", op}, {"question", question}};
  };
  CHECK(component.invoke("profile", request, echo) ==
        Json{{"slot", "llm"}, {"op", "complete"}, {"question", request}});
  const auto failing = [](const std::string&, const std::string&, const Json&) -> Json {
    throw fihost::PluginFailure(FIHOST_UNSUPPORTED, "no such model", fihost::Fault::environment);
  };
  try {
    static_cast<void>(component.invoke("profile", request, failing));
    FAIL("it must fail");
  } catch (const fihost::PluginFailure& e) {
    CHECK(e.status() == FIHOST_UNSUPPORTED);
    CHECK(std::string(e.what()).find("no such model") != std::string::npos);
  }
}

TEST_CASE("component: asking an unbound slot fails with its name") {
  CHECK(error_of("ask") ==
        "profiler.obedient: profile failed (INVALID_ARGUMENT): slot 'llm' is not bound");
}

TEST_CASE("component: a reply beyond the limit is an error, bad UTF-8 in it is not") {
  CHECK(error_of("long") == "profiler.obedient: the reply to profile is longer than 64 MiB");
  fihost::Component component(table, {}, {});
  CHECK(component.invoke("profile", {{"do", "bytes"}}) == "\xEF\xBF\xBD");
}

TEST_CASE("component: a reply that is not JSON is an error") {
  fihost_component broken = table;
  broken.invoke = [](void*, const fihost_context*, fihost_text, fihost_text,
                     const fihost_sink* reply, const fihost_sink*) noexcept {
    reply->write(reply->impl, {"{", 1});
    return fihost_status{FIHOST_OK};
  };
  fihost::Component component(broken, {}, {});
  try {
    static_cast<void>(component.invoke("profile", {}));
    FAIL("it answered");
  } catch (const fihost::Error& e) {
    CHECK(
        std::string(e.what()).starts_with("profiler.obedient: reply to profile:1: not valid JSON"));
  }
}

TEST_CASE("component: calls are serialised unless it is CONCURRENT") {
  CHECK(overlap(table) == 1);
  CHECK(overlap(sdk::Component<Parallel>::table) > 1);
}
