# cpack -G TGZ: a tree that runs from any folder and brings its libraries.
# cpack -G DEB: the same under /usr, with the distribution's libraries as dependencies.
set(CPACK_PACKAGE_NAME fihost)
set(CPACK_PACKAGE_VENDOR "the fihost authors")
set(CPACK_PACKAGE_CONTACT "the fihost authors <fihost@example.org>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "rank GPU kernels of FlashInfer Trace definitions")
set(CPACK_PACKAGE_DESCRIPTION
"fihost builds, checks, times and ranks kernel candidates, in CUDA or C++, each
in a process of its own and against the reference of a FlashInfer Trace
definition. Without a GPU it ranks CPU candidates.")
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_PACKAGE_FILE_NAME
    ${PROJECT_NAME}-${PROJECT_VERSION}-linux-${CMAKE_SYSTEM_PROCESSOR})

# One package of several components: which ones depends on the generator.
set(CPACK_PROJECT_CONFIG_FILE ${CMAKE_CURRENT_LIST_DIR}/components.cmake)
set(CPACK_ARCHIVE_COMPONENT_INSTALL ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "g++")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "ccache, cmake, nlohmann-json3-dev, nvidia-cuda-toolkit")

install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION share/doc/fihost
        COMPONENT archive EXCLUDE_FROM_ALL)
install(FILES ${CMAKE_CURRENT_LIST_DIR}/copyright DESTINATION share/doc/fihost
        COMPONENT debian EXCLUDE_FROM_ALL)

# Debian wants a packed changelog; what changed stands in the history of the sources.
execute_process(COMMAND date --rfc-email --date=@$ENV{SOURCE_DATE_EPOCH}
                OUTPUT_VARIABLE FIHOST_DATE OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT FIHOST_DATE)
  execute_process(COMMAND date --rfc-email OUTPUT_VARIABLE FIHOST_DATE
                  OUTPUT_STRIP_TRAILING_WHITESPACE)
endif()
configure_file(${CMAKE_CURRENT_LIST_DIR}/changelog.in ${PROJECT_BINARY_DIR}/changelog @ONLY)
execute_process(COMMAND gzip -9nf ${PROJECT_BINARY_DIR}/changelog)
install(FILES ${PROJECT_BINARY_DIR}/changelog.gz DESTINATION share/doc/fihost
        COMPONENT debian EXCLUDE_FROM_ALL)

include(CPack)
