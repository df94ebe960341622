// fihost/glue.hpp - from a C++ class to the C table of plugin.h. Nothing thrown gets past here.
#pragma once

#include <fihost/plugin.h>

#include <cstdint>
#include <exception>
#include <fihost/context.hpp>
#include <fihost/error.hpp>
#include <iterator>
#include <memory>
#include <new>
#include <string_view>
#include <utility>

namespace fihost::sdk {
namespace detail {

/// Run `body`; whatever it throws becomes a status and one line in `error`.
template <class Body>
fihost_status guarded(const fihost_sink* error, Body&& body) noexcept {
  const auto fail = [error](fihost_status status, std::string_view what) noexcept {
    error->write(error->impl, text(what));
    return status;
  };
  try {
    std::forward<Body>(body)();
    return FIHOST_OK;
  } catch (const Error& e) {
    // An Error must not read as success.
    return fail(e.status() == FIHOST_OK ? fihost_status{FIHOST_INTERNAL} : e.status(), e.what());
  } catch (const Json::exception& e) {
    return fail(FIHOST_INVALID_ARGUMENT, e.what());
  } catch (const std::bad_alloc&) {
    return fail(FIHOST_OUT_OF_MEMORY, "out of memory");
  } catch (const std::exception& e) {
    return fail(FIHOST_INTERNAL, e.what());
  } catch (...) {
    return fail(FIHOST_INTERNAL, "something that is no std::exception was thrown");
  }
}

}  // namespace detail

/// The C table of class T, which derives from a kind (kinds/*.hpp) and has
///   static constexpr const char *id, *version, *summary;
///   static constexpr const char* config_schema;   optional: without it the only config is {}
///   static constexpr bool concurrent;             optional: true if invoke() is thread-safe
///   T(const Json& config, const Context& context), or a default constructor.
template <class T>
class Component {
  static fihost_status create(const fihost_context* context, fihost_text config, void** self,
                              const fihost_sink* error) noexcept {
    return detail::guarded(error, [&] {
      if constexpr (requires(const Json& j, const Context& c) { T(j, c); }) {
        *self = std::make_unique<T>(Json::parse(detail::view(config)), Context(context)).release();
      } else {
        *self = std::make_unique<T>().release();
      }
    });
  }

  static fihost_status invoke(void* self, const fihost_context* context, fihost_text op,
                              fihost_text request, const fihost_sink* reply,
                              const fihost_sink* error) noexcept {
    return detail::guarded(error, [&] {
      const Json answer = static_cast<T*>(self)->invoke(
          detail::view(op), Json::parse(detail::view(request)), Context(context));
      reply->write(reply->impl, detail::text(detail::dump(answer)));
    });
  }

  static void destroy(void* self) noexcept { delete static_cast<T*>(self); }

  static constexpr const char* config_schema() {
    if constexpr (requires { T::config_schema; }) return T::config_schema;
    return nullptr;
  }

  static constexpr std::uint32_t flags() {
    if constexpr (requires { T::concurrent; }) {
      return T::concurrent ? FIHOST_COMPONENT_FLAG_CONCURRENT : 0;
    }
    return 0;
  }

 public:
  static constexpr fihost_component table = {
      .header = FIHOST_HEADER(fihost_component, flags()),
      .kind = T::kind,
      .id = T::id,
      .version = T::version,
      .summary = T::summary,
      .config_schema = config_schema(),
      .create = &create,
      .invoke = &invoke,
      .destroy = &destroy,
  };
};

template <class... Ts>
inline constexpr const fihost_component* component_tables[] = {&Component<Ts>::table...};

}  // namespace fihost::sdk

/// FIHOST_PLUGIN("name", ClassA, ClassB); once per shared object, in the global namespace.
#define FIHOST_PLUGIN(plugin_name, ...)                           \
  constexpr fihost_plugin fihost_plugin_v1 = {                    \
      .header = FIHOST_HEADER(fihost_plugin, 0),                  \
      .name = plugin_name,                                        \
      .components = ::fihost::sdk::component_tables<__VA_ARGS__>, \
      .num_components =                                           \
          static_cast<std::uint32_t>(std::size(::fihost::sdk::component_tables<__VA_ARGS__>))}
