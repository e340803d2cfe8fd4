#!/usr/bin/env bash
# Guess: lintian finds a -dev package that does not depend on the package of its library, for its links lead
# nowhere then: lib*.so -> lib*.so.1.0.
# Seen: not a word, neither error nor warning, for a link to where no file is and a missing dependency alike.
# Pinned: lintian 2.116.3+deb12u1 (Debian 12), which has to be installed.
set -eu
dpkg-query -W -f '${Version}\n' lintian | grep -qx '2.116.3+deb12u1'
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
doc=p/usr/share/doc/libanswer-dev lib=p/usr/lib/x86_64-linux-gnu
mkdir -p p/DEBIAN p/usr/include $lib $doc
ln -s libanswer.so.1.0 $lib/libanswer.so
echo 'int answer(void);' >p/usr/include/answer.h
cat >p/DEBIAN/control <<'CONTROL'
Package: libanswer-dev
Version: 1.0
Architecture: amd64
Multi-Arch: same
Section: libdevel
Priority: optional
Maintainer: Somebody <somebody@debian.org>
Installed-Size: 10
Description: library that answers (development)
 It has the header and the link that programs are built with, and says of the
 library itself, which is in another package, nothing at all.
CONTROL
cat >copyright <<'COPYRIGHT'
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
Copyright: 2026 Somebody
License: public-domain
 Whoever has it may do with it what they like.
COPYRIGHT
cp copyright $doc/
printf 'answer (1.0) unstable; urgency=medium\n\n  * First.\n\n -- Somebody <somebody@debian.org>  Sat, 28 Nov 2026 06:00:00 +0000\n' |
    gzip -9n >$doc/changelog.gz
(cd p && find usr -type f -print0 | xargs -0 md5sum >DEBIAN/md5sums)
dpkg-deb --root-owner-group -b p libanswer-dev_1.0_amd64.deb >/dev/null
[ ! -e $lib/libanswer.so ]
lintian --allow-root --fail-on error,warning libanswer-dev_1.0_amd64.deb | tee said
echo "lintian has said $(wc -l <said) lines about a link to nothing"
[ ! -s said ]
