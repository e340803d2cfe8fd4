#!/usr/bin/env bash
# Guess: `cpack_add_component(programs DEPENDS libs)` makes the Debian package of the one component depend on
# that of the other; and with shlibdeps on, a library of our own that a program is linked with is found anyway.
# Seen: neither. Without CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS the dependency is left out, shlibdeps is content
# with the library in the build folder, and no line says so: the program is installed and does not start.
# Pinned: cmake 3.25.1-1 (Debian 12), which has to be installed.
set -eu
dpkg-query -W -f '${Version}\n' cmake | grep -qx 3.25.1-1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo 'int answer(void) { return 42; }' >lib.c
echo 'int answer(void); int main(void) { return answer() != 42; }' >main.c
cat >CMakeLists.txt <<'CMAKE'
cmake_minimum_required(VERSION 3.18)
project(two VERSION 1.0 LANGUAGES C)
add_library(answer SHARED lib.c)
set_target_properties(answer PROPERTIES VERSION 1.0 SOVERSION 1)
add_executable(ask main.c)
target_link_libraries(ask answer)
install(TARGETS answer LIBRARY DESTINATION lib COMPONENT libs)
install(TARGETS ask DESTINATION bin COMPONENT programs)
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "somebody <somebody@somewhere.example>")
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${CMAKE_BINARY_DIR})
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS ${ASKED_FOR})
include(CPack)
cpack_add_component(libs)
cpack_add_component(programs DEPENDS libs)
CMAKE
for asked in OFF ON; do
    cmake -S . -B $asked -DASKED_FOR=$asked >/dev/null
    cmake --build $asked >/dev/null
    (cd $asked && cpack >log 2>&1)
    echo "component dependencies $asked: Depends: $(dpkg-deb -f $asked/two-1.0-Linux-programs.deb Depends)"
done
if grep -iE 'warning|two-libs|components?.*depend' OFF/log; then exit 1; fi
if dpkg-deb -f OFF/two-1.0-Linux-programs.deb Depends | grep -q two-libs; then exit 1; fi
dpkg-deb -f ON/two-1.0-Linux-programs.deb Depends | grep -q two-libs
