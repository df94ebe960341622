/* fihost/plugin.h - the thinking ABI: JSON in, JSON out, in the host process, no tensors, no CUDA.
 *
 * A plugin is a shared object with one symbol and any number of components. A component has a kind:
 *   kind         op         request -> reply (share/fihost/schemas/<kind>.<op>.json)
 *   "mutator/1"  propose    {definition, parents, feedback, count} -> {children}
 *                repair     {definition, parents, child, diagnostics} -> {children}; optional
 *   "executor/1" execute    {object, reference, workloads, timing} -> {trials}
 *   "scorer/1"   score      {definition, candidate, baseline, workloads}
 *                           -> {score, passed, reasons}
 *   "llm/1"      complete   {messages, limits} -> {text, usage}
 *   "profiler/1" profile    {object, workload, command} -> {metrics, hints, digest}
 *                check      {} -> {usable, reason}; optional
 *
 * The number is the revision of the schemas. Within a revision fields are only added: a reader
 * ignores what it does not know and defaults what it misses. Two revisions may coexist.
 *
 * Authors write C++ against fihost/plugin.hpp; this file is the boundary, not the pleasant part.
 */
#ifndef FIHOST_PLUGIN_H
#define FIHOST_PLUGIN_H

#include <fihost/abi.h>

FIHOST_EXTERN_C_BEGIN

typedef int32_t fihost_log_level;
enum { FIHOST_LOG_DEBUG = 0, FIHOST_LOG_INFO = 1, FIHOST_LOG_WARNING = 2, FIHOST_LOG_ERROR = 3 };

/* Services of the host, handed to create() and to every invoke(). Borrowed: valid until that call
 * returns; never stored. All functions are [any-thread] and never throw. */
typedef struct fihost_context fihost_context;
struct fihost_context {
  fihost_header header;
  void* impl;

  /* One line, no trailing newline. The host adds time, component id and job id. */
  void (*log)(const fihost_context* cx, fihost_log_level level, fihost_text line) FIHOST_NOEXCEPT;

  /* Non-zero once the job is to stop. Cheap: poll it at least every 100 ms of work, and return
   * FIHOST_CANCELLED soon after. Deadlines and Ctrl-C arrive here too. */
  int32_t (*cancelled)(const fihost_context* cx) FIHOST_NOEXCEPT;

  /* Ask the component that the run's configuration bound to `slot` (e.g. a mutator asks "llm").
   * The host logs, budgets, caches and can replay the exchange. Blocks. The status is the callee's.
   * Errors: INVALID_ARGUMENT for an unbound slot, or for a slot already on the call stack. */
  fihost_status (*ask)(const fihost_context* cx, fihost_text slot, fihost_text op,
                       fihost_text request, const fihost_sink* reply,
                       const fihost_sink* error) FIHOST_NOEXCEPT;
};
/* End of 1.0: append below this line only. */

/* fihost_component.header.flags */
#define FIHOST_COMPONENT_FLAG_CONCURRENT 1u /* invoke() may run in parallel on one instance */

/* A factory. Constant data for the life of the process: the host never unloads a plugin. */
typedef struct fihost_component {
  fihost_header header;
  const char* kind;    /* "mutator/1"; an unknown kind or revision is skipped with a warning */
  const char* id;      /* unique in the process, e.g. "mutator.rewrite"; first one found wins */
  const char* version; /* of the component, semver; recorded with every result */
  const char* summary; /* one line for `fihost plugins` */
  const char* config_schema; /* JSON Schema text the host checks config against; NULL: {} only */

  /* Make an instance from its JSON config. [any-thread]. On failure *self stays NULL and one line
   * goes to `error`. Must not start threads that outlive destroy(). */
  fihost_status (*create)(const fihost_context* cx, fihost_text config, void** self,
                          const fihost_sink* error) FIHOST_NOEXCEPT;

  /* Serve one request. [any-thread], one call at a time per instance unless CONCURRENT.
   * On FIHOST_OK exactly one JSON value was written to `reply`; otherwise `reply` is discarded and
   * `error` holds one line. Errors: UNSUPPORTED for an unknown op, INVALID_ARGUMENT for a request
   * against the schema, CANCELLED, INTERNAL. A failed call leaves the instance usable. */
  fihost_status (*invoke)(void* self, const fihost_context* cx, fihost_text op, fihost_text request,
                          const fihost_sink* reply, const fihost_sink* error) FIHOST_NOEXCEPT;

  /* Free the instance. [any-thread], no call in flight. Called once per successful create(). */
  void (*destroy)(void* self) FIHOST_NOEXCEPT;
} fihost_component;
/* End of 1.0: append below this line only. */

typedef struct fihost_plugin {
  fihost_header header;
  const char* name;                          /* e.g. "llm-openai" */
  const fihost_component* const* components; /* [num_components], none NULL */
  uint32_t num_components;
} fihost_plugin;
/* End of 1.0: append below this line only. */

/* The one exported symbol. */
FIHOST_EXPORT extern const fihost_plugin fihost_plugin_v1;

FIHOST_EXTERN_C_END
#endif
