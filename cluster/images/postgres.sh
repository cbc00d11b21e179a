#!/usr/bin/env bash
# shellcheck source-path=SCRIPTDIR
# Builds the image postgres:17 from images/postgres-rootfs.sh, configured like the official one except that it has no
# entry point script: whoever runs it brings their own. Prints the path of the image archive, nothing else, on stdout.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
. "$here/../lib/settings.sh"
. "$here/../lib/steps.sh"
. "$here/../lib/stamps.sh"

archive=$IMAGES/postgres-17.tar
config='{"Env":[
  "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/postgresql/17/bin",
  "LANG=C.UTF-8","PG_MAJOR=17","PGDATA=/var/lib/postgresql/data"],
  "Cmd":["postgres"],"StopSignal":"SIGINT","ExposedPorts":{"5432/tcp":{}},"Volumes":{"/var/lib/postgresql/data":{}}}'

rootfs=$("$here/postgres-rootfs.sh")
one_at_a_time postgres
made_from=$(fingerprint "$here/postgres.sh" "$here/archive.sh" "$rootfs.stamp")
if ! is_current "$archive" "$made_from"; then
  mkdir -p "$IMAGES"
  step 'image postgres:17' logged "$LOGS/postgres-image.log" \
    "$here/archive.sh" "$rootfs" "$POSTGRES_IMAGE" "$config" "$archive"
  mark_current "$archive" "$made_from"
fi
echo "$archive"
