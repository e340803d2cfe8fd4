# For the scripts beside it: in a folder of its own, which ends with the script, the files of Debian's
# packages of just that version, below root.
fetch() { # VERSION PACKAGE...
    dir=$(mktemp -d)
    trap 'rm -rf "$dir"' EXIT
    cd "$dir"
    local version=$1 deb
    shift
    apt-get download -q "${@/%/=$version}" >/dev/null 2>&1
    for deb in *.deb; do dpkg -x "$deb" root; done
}
