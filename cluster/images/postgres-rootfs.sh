#!/usr/bin/env bash
# shellcheck source-path=SCRIPTDIR
# Builds a root file system with PostgreSQL 17, laid out like the official image, from Debian packages.
# Prints its path, nothing else, on stdout. It is what the image postgres:17 is made of (images/postgres.sh).
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
. "$here/../lib/settings.sh"
. "$here/../lib/steps.sh"
. "$here/../lib/stamps.sh"
. "$here/../lib/packages.sh"

SUITE=trixie # the Debian that has PostgreSQL 17
PACKAGES=postgresql-17,postgresql-17-cron,ca-certificates
target=$ROOTFS/postgres-17

# A hook of mmdebstrap; $1 is the root file system under construction.
# The user must be there before the package would make it with a number of Debian's choice.
make_user() {
  echo 'postgres:x:999:' >>"$1/etc/group"
  echo 'postgres:*:::::::' >>"$1/etc/shadow"
  echo 'postgres:x:999:999::/var/lib/postgresql:/bin/bash' >>"$1/etc/passwd"
  mkdir -p "$1/etc/postgresql-common"
  echo 'create_main_cluster = false' >"$1/etc/postgresql-common/createcluster.conf"
}

build() {
  local root=$target.new
  rm -rf --one-file-system "$root"
  mmdebstrap --variant=essential --mode=root --format=directory --include="$PACKAGES" \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --essential-hook="$(declare -f make_user); make_user \"\$1\"" "$SUITE" "$root"
  install -d -o 999 -g 999 -m 1777 "$root/var/lib/postgresql" "$root/var/lib/postgresql/data"
  install -d -o 999 -g 999 -m 3777 "$root/run/postgresql"
  # A private key that every copy of the image would share, and files of the building host.
  rm -f "$root/etc/ssl/private/"* "$root/etc/ssl/certs/ssl-cert-snakeoil.pem" "$root/etc/resolv.conf" "$root/etc/hostname"
  rm -rf "$root/var/cache/"* "$root/var/log/"* "$root/usr/share/doc" "$root/usr/share/man" "$root/usr/share/info"
}

[ "$(id -u)" = 0 ] || die "Building a root file system needs root: run it with sudo."
one_at_a_time postgres-rootfs
made_from=$(fingerprint "$here/postgres-rootfs.sh")
if ! is_current "$target" "$made_from"; then
  need_packages mmdebstrap
  mkdir -p "$ROOTFS"
  step 'root file system with PostgreSQL 17' logged "$LOGS/postgres-rootfs.log" build
  rm -rf --one-file-system "$target"
  mv "$target.new" "$target"
  mark_current "$target" "$made_from"
fi
echo "$target"
