# Candidates need nothing else. fihost_add_plugin() looks for nlohmann_json itself.
include(${CMAKE_CURRENT_LIST_DIR}/fihost-sdk-targets.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/FihostAdd.cmake)
