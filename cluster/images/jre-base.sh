#!/usr/bin/env bash
# shellcheck source-path=SCRIPTDIR
# Builds the base image for Java programs: a minimal Debian with the part of this host's JDK that a server needs in
# /opt/java, run by the user 65532. Prints the path of the image archive (for Jib: tar://PATH), nothing else, on stdout.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
. "$here/../lib/settings.sh"
. "$here/../lib/steps.sh"
. "$here/../lib/stamps.sh"
. "$here/../lib/packages.sh"
. "$here/../lib/java.sh"

SUITE=trixie
MODULES=java.base,java.logging,java.management,java.naming,java.net.http,java.security.jgss,java.sql,java.xml
MODULES+=,jdk.crypto.ec,jdk.httpserver,jdk.jcmd,jdk.management,jdk.unsupported,jdk.zipfs
archive=$IMAGES/jre-base.tar
root=$ROOTFS/jre-base # stays: its /opt/java runs on this host too, for what must be made by the very same JVM
config='{"User":"65532:65532","WorkingDir":"/","Env":[
  "PATH=/opt/java/bin:/usr/local/bin:/usr/bin:/bin","JAVA_HOME=/opt/java","LANG=C.UTF-8"]}'

build() {
  rm -rf --one-file-system "$root"
  mmdebstrap --variant=essential --mode=root --format=directory --include=ca-certificates \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' "$SUITE" "$root"
  echo 'nonroot:x:65532:' >>"$root/etc/group"
  echo 'nonroot:x:65532:65532::/:/usr/sbin/nologin' >>"$root/etc/passwd"
  rm -rf "$root/etc/resolv.conf" "$root/etc/hostname" "$root/var/cache/"* "$root/var/log/"*
  "$java_home/bin/jlink" --add-modules "$MODULES" --strip-debug --no-header-files --no-man-pages \
    --generate-cds-archive --output "$root/opt/java"
  "$here/archive.sh" "$root" pgfork/jre-base:latest "$config" "$archive"
}

[ "$(id -u)" = 0 ] || die "Building a root file system needs root: run it with sudo."
java_home=$(find_java_home)
[ -n "$java_home" ] || die "No JDK $JAVA_MAJOR found: install one (https://adoptium.net) and set JAVA_HOME to its folder."
one_at_a_time jre-base
made_from=$(fingerprint "$here/jre-base.sh" "$here/archive.sh" "$java_home/release")
if ! is_current "$archive" "$made_from"; then
  need_packages mmdebstrap
  mkdir -p "$ROOTFS" "$IMAGES"
  step "base image for Java programs" logged "$LOGS/jre-base.log" build
  mark_current "$archive" "$made_from"
fi
echo "$archive"
