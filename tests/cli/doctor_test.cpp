#include <doctest/doctest.h>

#include "tests/cli/fihost_program.hpp"

namespace {

namespace fs = std::filesystem;

/// Exit code and document of `fihost doctor --json` with changed environment variables.
struct Doctor {
  FihostProgram fihost;
  int code = 0;
  fihost::Json json;

  void examine(const std::vector<std::pair<std::string, std::string>>& changed,
               const std::string& program = FIHOST_PREFIX "/bin/fihost") {
    auto command = fihost.command({"doctor", "--json"});
    command.arguments.front() = program;
    for (const auto& variable : changed) {
      const auto start = variable.first + "=";
      std::erase_if(*command.environment,
                    [&start](const auto& entry) { return entry.rfind(start, 0) == 0; });
      command.environment->push_back(start + variable.second);
    }
    const auto output = fihost::run(command, std::chrono::minutes(5));
    INFO(output.err);
    code = output.exit.code;
    json = fihost::parse_json(output.out, "stdout");
  }

  [[nodiscard]] const fihost::Json& finding(const std::string& section,
                                            const std::string& name) const {
    for (const auto& each : json["findings"]) {
      if (each["section"] == section && each["name"] == name) return each;
    }
    FAIL("no finding " << section << " " << name << " in " << fihost::dump(json));
    return json;
  }

  [[nodiscard]] std::string state(const std::string& section, const std::string& name) const {
    return finding(section, name)["state"].get<std::string>();
  }
};

}  // namespace

TEST_CASE("the doctor sees a candidate evaluated, and offers a cure for whatever is not ok") {
  Doctor doctor;
  doctor.examine({});
  CHECK(doctor.code == 0);
  CHECK(doctor.json["schema"] == "fihost.doctor/1");
  CHECK(doctor.json["works"] == true);
  CHECK(doctor.state("installation", "worker") == "ok");
  CHECK(doctor.state("round trip", "cpu") == "ok");
  CHECK(doctor.state("compilers", "C++") == "ok");
  for (const auto& finding : doctor.json["findings"]) {
    CAPTURE(finding["name"].get<std::string>());
    CHECK_FALSE(finding["detail"].get<std::string>().empty());
    CHECK(finding["cure"].is_null() == (finding["state"] == "ok"));
  }
  const auto text = doctor.fihost.run({"doctor"});
  CHECK(text.exit.code == 0);
  CHECK(text.out.find("fihost works here.") != std::string::npos);
  CHECK(text.err.empty());
}

TEST_CASE("without a compiler fihost still works, and the doctor says what is missing") {
  Doctor doctor;
  doctor.examine({{"PATH", "/nonexistent"}, {"CXX", ""}});
  CHECK(doctor.code == 0);
  CHECK(doctor.state("compilers", "C++") == "missing");
  CHECK(doctor.state("compilers", "ccache") == "missing");
  CHECK(doctor.state("Python", "torch") == "missing");
  CHECK(doctor.state("round trip", "cpu") == "ok");
}

TEST_CASE("an installation without its worker does not work") {
  Doctor doctor;
  const auto bin = doctor.fihost.folder() / "moved" / "bin";
  fs::create_directories(bin);
  fs::copy_file(FIHOST_PREFIX "/bin/fihost", bin / "fihost");
  doctor.examine({}, bin / "fihost");
  CHECK(doctor.code == 1);
  CHECK(doctor.json["works"] == false);
  CHECK(doctor.state("installation", "worker") == "missing");
  CHECK(doctor.state("installation", "plugins") == "missing");
  CHECK(doctor.finding("installation", "worker")["basic"] == true);
  CHECK_FALSE(doctor.finding("installation", "worker")["cure"].is_null());
}

TEST_CASE("what the environment names wrongly is broken") {
  Doctor doctor;
  fihost::write_text(doctor.fihost.folder() / "old.so", "no ELF");
  doctor.examine({{"FIB_DATASET_PATH", "/nonexistent"},
                  {"FIHOST_PLUGIN_PATH", doctor.fihost.folder()},
                  {"FIHOST_TVM_FFI", "/nonexistent"},
                  {"FIHOST_CACHE", "/dev/null/cache"}});
  CHECK(doctor.code == 1);
  CHECK(doctor.state("dataset", "dataset") == "broken");
  CHECK(doctor.state("machine", "cache") == "broken");
  CHECK(doctor.state("Python", "tvm-ffi") == "broken");
  CHECK(doctor.finding("installation", "plugin")["detail"].get<std::string>().find("old.so") !=
        std::string::npos);
  CHECK(doctor.state("round trip", "cpu") == "broken");
}
