/* The frozen layout, as C11 and (through abi_layout_test.cpp) as C++20. A line may be added when a
 * field is appended; no line is ever edited. */
#include <fihost/candidate.h>
#include <fihost/plugin.h>

#ifdef __cplusplus
#define CHECK(condition) static_assert(condition, #condition)
#else
#define CHECK(condition) _Static_assert(condition, #condition)
#endif
#define AT(type, field, offset) CHECK(offsetof(type, field) == (offset))

CHECK(FIHOST_MAGIC == 0x54534846u);
CHECK(FIHOST_ABI_VERSION == 1u);

AT(fihost_header, magic, 0);
AT(fihost_header, abi_version, 4);
AT(fihost_header, struct_size, 8);
AT(fihost_header, flags, 12);
CHECK(sizeof(fihost_header) == 16);

CHECK(sizeof(fihost_status) == 4);
CHECK(FIHOST_OK == 0);
CHECK(FIHOST_INVALID_ARGUMENT == 1);
CHECK(FIHOST_UNSUPPORTED == 2);
CHECK(FIHOST_OUT_OF_MEMORY == 3);
CHECK(FIHOST_CANCELLED == 4);
CHECK(FIHOST_DEVICE_ERROR == 5);
CHECK(FIHOST_INTERNAL == 6);

AT(fihost_text, data, 0);
AT(fihost_text, size, 8);
CHECK(sizeof(fihost_text) == 16);

AT(fihost_sink, impl, 0);
AT(fihost_sink, write, 8);
CHECK(sizeof(fihost_sink) == 16);

CHECK(FIHOST_CPU == 1);
CHECK(FIHOST_CUDA == 2);
AT(fihost_device, type, 0);
AT(fihost_device, id, 4);
CHECK(sizeof(fihost_device) == 8);

CHECK(FIHOST_TYPE_INT == 0);
CHECK(FIHOST_TYPE_UINT == 1);
CHECK(FIHOST_TYPE_FLOAT == 2);
CHECK(FIHOST_TYPE_BFLOAT == 4);
CHECK(FIHOST_TYPE_BOOL == 6);
CHECK(FIHOST_TYPE_FLOAT8_E4M3FN == 10);
CHECK(FIHOST_TYPE_FLOAT8_E5M2 == 12);
CHECK(FIHOST_TYPE_FLOAT4_E2M1FN == 17);
AT(fihost_dtype, code, 0);
AT(fihost_dtype, bits, 1);
AT(fihost_dtype, lanes, 2);
CHECK(sizeof(fihost_dtype) == 4);

AT(fihost_tensor, data, 0);
AT(fihost_tensor, device, 8);
AT(fihost_tensor, ndim, 16);
AT(fihost_tensor, dtype, 20);
AT(fihost_tensor, shape, 24);
AT(fihost_tensor, strides, 32);
AT(fihost_tensor, byte_offset, 40);
CHECK(sizeof(fihost_tensor) == 48);

CHECK(FIHOST_ROLE_CANDIDATE == 0);
CHECK(FIHOST_ROLE_REFERENCE == 1);
CHECK(FIHOST_ROLE_GENERATOR == 2);
CHECK(FIHOST_ROLE_CHECKER == 3);
CHECK(FIHOST_CANDIDATE_FLAG_GRAPH_SAFE == 1);
CHECK(FIHOST_CANDIDATE_FLAG_DETERMINISTIC == 2);

AT(fihost_call, header, 0);
AT(fihost_call, inputs, 16);
AT(fihost_call, outputs, 24);
AT(fihost_call, num_inputs, 32);
AT(fihost_call, num_outputs, 36);
AT(fihost_call, workspace, 40);
AT(fihost_call, workspace_size, 48);
AT(fihost_call, stream, 56);
AT(fihost_call, device, 64);
CHECK(sizeof(fihost_call) == 72);

AT(fihost_candidate, header, 0);
AT(fihost_candidate, name, 16);
AT(fihost_candidate, definition, 24);
AT(fihost_candidate, arch, 32);
AT(fihost_candidate, role, 40);
AT(fihost_candidate, device_type, 44);
AT(fihost_candidate, workspace_size, 48);
AT(fihost_candidate, prepare, 56);
AT(fihost_candidate, run, 64);
AT(fihost_candidate, release, 72);
CHECK(sizeof(fihost_candidate) == 80);

CHECK(FIHOST_LOG_DEBUG == 0);
CHECK(FIHOST_LOG_INFO == 1);
CHECK(FIHOST_LOG_WARNING == 2);
CHECK(FIHOST_LOG_ERROR == 3);

AT(fihost_context, header, 0);
AT(fihost_context, impl, 16);
AT(fihost_context, log, 24);
AT(fihost_context, cancelled, 32);
AT(fihost_context, ask, 40);
CHECK(sizeof(fihost_context) == 48);

CHECK(FIHOST_COMPONENT_FLAG_CONCURRENT == 1);
AT(fihost_component, header, 0);
AT(fihost_component, kind, 16);
AT(fihost_component, id, 24);
AT(fihost_component, version, 32);
AT(fihost_component, summary, 40);
AT(fihost_component, config_schema, 48);
AT(fihost_component, create, 56);
AT(fihost_component, invoke, 64);
AT(fihost_component, destroy, 72);
CHECK(sizeof(fihost_component) == 80);

AT(fihost_plugin, header, 0);
AT(fihost_plugin, name, 16);
AT(fihost_plugin, components, 24);
AT(fihost_plugin, num_components, 32);
CHECK(sizeof(fihost_plugin) == 40);

/* A table from an older producer lacks the fields beyond its struct_size. */
int main(void) {
  fihost_candidate table;
  table.header.struct_size = offsetof(fihost_candidate, release);
  if (!FIHOST_HAS(&table, run) || FIHOST_HAS(&table, release)) return 1;
  table.header.struct_size = sizeof table;
  return FIHOST_HAS(&table, release) ? 0 : 1;
}
