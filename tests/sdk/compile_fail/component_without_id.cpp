// Compiles with -DID=id and must not compile with -DID=name
#include <fihost/plugin.hpp>

namespace {
class Scorer final : public fihost::sdk::Scorer {
 public:
  static constexpr const char *ID = "scorer.x", *version = "1.0.0", *summary = "s";
  fihost::sdk::Score score(const fihost::sdk::ScoreRequest&, const fihost::sdk::Context&) override {
    return {};
  }
};
}  // namespace

FIHOST_PLUGIN("x", Scorer);
