#include "core/device/native_reference.hpp"

namespace fihost::device {

double NativeReference::expect(const ReferenceCall& call) {
  std::vector<TensorShape> shapes;
  std::vector<void*> data;
  std::size_t output = 0;
  for (std::size_t i = 0; i < call.plans.size(); ++i) {
    const TensorPlan& plan = call.plans[i];
    shapes.push_back(plan.shape);
    const Buffer& buffer = plan.output ? call.outputs[output++] : call.lent[i];
    data.push_back(buffer ? buffer.data() : nullptr);
  }
  return object_.call(shapes, data);
}

}  // namespace fihost::device
