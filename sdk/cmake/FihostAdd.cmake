# fihost_add_candidate() and fihost_add_plugin(): shared objects as the host takes them.
#
# The same file serves the fihost tree and, after find_package(fihost-sdk), anyone else's project.
# FIHOST_SANITIZE non-empty says that the project compiles with sanitizers: their runtime stays
# undefined in a shared object until the program provides it.

include_guard(GLOBAL)

# What both have in common: a plugin-style object with one exported symbol and nothing undefined.
function(_fihost_module name)
  find_file(exports exports.map NO_CACHE REQUIRED NO_DEFAULT_PATH
            PATHS ${CMAKE_CURRENT_FUNCTION_LIST_DIR}
                  ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../../../share/fihost)
  add_library(${name} MODULE ${ARGN})
  set_target_properties(${name} PROPERTIES
    PREFIX "" SUFFIX .so DEBUG_POSTFIX ""
    C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden CUDA_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON
    CXX_EXTENSIONS OFF
    CUDA_RUNTIME_LIBRARY Static
    LINK_DEPENDS ${exports})
  # CMake 3.25.1 does not know that nvcc has C++20, and takes CXX_STANDARD for CUDA's as well.
  set_property(TARGET ${name} PROPERTY CXX_STANDARD)
  set_property(TARGET ${name} PROPERTY CUDA_STANDARD)
  target_compile_features(${name} PRIVATE cxx_std_20)
  target_compile_options(${name} PRIVATE $<$<COMPILE_LANGUAGE:CUDA>:-std=c++20>)
  # Unique symbols would bind objects that are loaded side by side to each other.
  target_compile_options(${name} PRIVATE
    "$<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-gnu-unique>")
  # Hidden visibility alone would still let template instances of the standard library out.
  target_link_options(${name} PRIVATE LINKER:--version-script=${exports})
  if(NOT FIHOST_SANITIZE)
    target_link_options(${name} PRIVATE LINKER:--no-undefined)
  endif()
  target_link_libraries(${name} PRIVATE fihost::sdk)
  set_property(GLOBAL APPEND PROPERTY FIHOST_MODULES ${name})
endfunction()

# fihost_add_candidate(<name> SOURCES <file>...
#                      [ARCHITECTURES <arch>...]     CUDA only, e.g. 90a 100a;
#                                                    default: CMAKE_CUDA_ARCHITECTURES
#                      [OUTPUT_DIRECTORY <folder>])
#
# Builds <name>.so, which exports fihost_candidate_v1. CUDA is linked statically, so the object runs
# wherever a driver is.
function(fihost_add_candidate name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "OUTPUT_DIRECTORY" "SOURCES;ARCHITECTURES")
  if(NOT arg_SOURCES OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "fihost_add_candidate(${name}): SOURCES missing or unknown arguments "
                        "'${arg_UNPARSED_ARGUMENTS}'")
  endif()
  _fihost_module(${name} ${arg_SOURCES})
  if(arg_ARCHITECTURES)
    set_target_properties(${name} PROPERTIES CUDA_ARCHITECTURES "${arg_ARCHITECTURES}")
  endif()
  if(arg_OUTPUT_DIRECTORY)
    set_target_properties(${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${arg_OUTPUT_DIRECTORY}")
  endif()
endfunction()

# fihost_add_plugin(<name> SOURCES <file>... [LINK <target>...])
#
# Builds <name>.so, which exports fihost_plugin_v1, into lib/fihost/plugins of the build tree and
# installs it to lib/fihost/plugins. Brings nlohmann/json, which fihost/plugin.hpp needs. Where the
# variable FIHOST_RUNTIME_DEPENDENCY_SET names a set of install(), the libraries it needs go there.
function(fihost_add_plugin name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK")
  if(NOT arg_SOURCES OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "fihost_add_plugin(${name}): SOURCES missing or unknown arguments "
                        "'${arg_UNPARSED_ARGUMENTS}'")
  endif()
  find_package(nlohmann_json 3.11 REQUIRED)
  _fihost_module(${name} ${arg_SOURCES})
  set_target_properties(${name} PROPERTIES
    LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib/fihost/plugins)
  target_link_libraries(${name} PRIVATE nlohmann_json::nlohmann_json ${arg_LINK})
  set(dependencies)
  if(FIHOST_RUNTIME_DEPENDENCY_SET)
    set(dependencies RUNTIME_DEPENDENCY_SET ${FIHOST_RUNTIME_DEPENDENCY_SET})
  endif()
  install(TARGETS ${name} ${dependencies}
          LIBRARY DESTINATION lib/fihost/plugins COMPONENT plugins)
endfunction()
