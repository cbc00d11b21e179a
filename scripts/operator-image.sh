#!/usr/bin/env bash
# Builds the operator's image with Jib, unless nothing that it is made of has changed. Prints the path of the archive,
# nothing else, on stdout; beside it, in a file ending in .stamp, lies a hash of what it was made of.
set -euo pipefail
cd "$(dirname "$0")/.."
. cluster/lib/stamps.sh

base=$(cluster/images/jre-base.sh)
archive=operator/target/jib-image.tar
mapfile -t sources < <(find pom.xml crds/pom.xml operator/pom.xml crds/src/main operator/src/main -type f | LC_ALL=C sort)
made_from=$(fingerprint "$base.stamp" "${sources[@]}")
if ! is_current "$archive" "$made_from"; then
  scripts/mvn --quiet --projects operator --also-make -Pimage package \
    -Dmaven.test.skip -Dspotless.check.skip -Dpgfork.base-image="tar://$base" >&2
  mark_current "$archive" "$made_from"
fi
echo "$PWD/$archive"
