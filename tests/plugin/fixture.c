/* A plugin that is right, or wrong in the one way that the build names. */
#include <fihost/plugin.h>
#include <stdlib.h>

static const char reply_text[] = "{\"loaded\": true}";

static fihost_status create(const fihost_context* cx, fihost_text config, void** self,
                            const fihost_sink* error) {
  (void)cx, (void)config, (void)self, (void)error;
  return FIHOST_OK;
}

static fihost_status invoke(void* self, const fihost_context* cx, fihost_text op,
                            fihost_text request, const fihost_sink* reply,
                            const fihost_sink* error) {
  (void)self, (void)cx, (void)op, (void)request, (void)error;
  reply->write(reply->impl, (fihost_text){reply_text, sizeof reply_text - 1});
  return FIHOST_OK;
}

static void destroy(void* self) { (void)self; }

/* What a producer of a later revision compiles: more fields, a larger size. */
typedef struct newer_component {
  fihost_component known;
  void* appended;
} newer_component;

static const newer_component component = {
    .known =
        {
#if defined(FIXTURE_NEWER)
            .header = FIHOST_HEADER(newer_component, 0),
#elif defined(FIXTURE_COMPONENT_VERSION)
            .header = {FIHOST_MAGIC, 2, sizeof(fihost_component), 0},
#elif defined(FIXTURE_COMPONENT_SIZE)
            .header = {FIHOST_MAGIC, FIHOST_ABI_VERSION, 72, 0},
#elif defined(FIXTURE_COMPONENT_FLAGS)
            .header = FIHOST_HEADER(fihost_component, 8u),
#else
            .header = FIHOST_HEADER(fihost_component, 0),
#endif
#ifdef FIXTURE_UNKNOWN_KIND
            .kind = "oracle/1",
#else
            .kind = "scorer/1",
#endif
#ifndef FIXTURE_NULL_ID
            .id = "scorer.fixture",
#endif
            .version = "1.0.0",
            .summary = "a fixture",
#if defined(FIXTURE_BAD_SCHEMA)
            .config_schema = "{]",
#elif defined(FIXTURE_SCHEMA_KEYWORD)
            .config_schema = "{\"properties\": {\"name\": {\"pattern\": \"^a\"}}}",
#elif defined(FIXTURE_GOOD)
            .config_schema = "{\"properties\": {\"threshold\": {\"type\": \"number\"}}}",
#endif
            .create = create,
#ifndef FIXTURE_NULL_INVOKE
            .invoke = invoke,
#endif
            .destroy = destroy,
        },
};

static const fihost_component* const components[] = {
#ifdef FIXTURE_NULL_COMPONENT
    NULL,
#endif
    &component.known,
#ifdef FIXTURE_TWO_COMPONENTS
    &component.known,
#endif
};

#ifdef FIXTURE_UNDEFINED_SYMBOL
void nobody_defines_this(void);
FIHOST_EXPORT void use(void) { nobody_defines_this(); }
#endif

#ifdef FIXTURE_NO_ENTRY
/* Loading this would be seen. */
__attribute__((constructor)) static void constructor(void) { abort(); }
FIHOST_EXPORT const int fihost_plugin_v10 = 1;
#else
FIHOST_EXPORT const fihost_plugin fihost_plugin_v1 = {
#if defined(FIXTURE_PLUGIN_MAGIC)
    .header = {0x12345678u, FIHOST_ABI_VERSION, sizeof(fihost_plugin), 0},
#elif defined(FIXTURE_PLUGIN_VERSION)
    .header = {FIHOST_MAGIC, 7, sizeof(fihost_plugin), 0},
#elif defined(FIXTURE_PLUGIN_SIZE)
    .header = {FIHOST_MAGIC, FIHOST_ABI_VERSION, 16, 0},
#elif defined(FIXTURE_PLUGIN_FLAGS)
    .header = FIHOST_HEADER(fihost_plugin, 4u),
#else
    .header = FIHOST_HEADER(fihost_plugin, 0),
#endif
#ifndef FIXTURE_PLUGIN_NAME
    .name = "fixture",
#endif
#ifndef FIXTURE_PLUGIN_COMPONENTS
    .components = components,
#endif
    .num_components = sizeof components / sizeof *components,
};
#endif
