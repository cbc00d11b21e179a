#!/usr/bin/env bash
# shellcheck source-path=SCRIPTDIR
# Packs the program pause, which build.sh has built, as the sandbox image of all pods. Prints the archive's path.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
. "$here/../lib/settings.sh"
. "$here/../lib/steps.sh"
. "$here/../lib/stamps.sh"

archive=$IMAGES/pause.tar

build() {
  rm -rf "$ROOTFS/pause"
  install -D "$BIN/pause" "$ROOTFS/pause/pause"
  "$here/archive.sh" "$ROOTFS/pause" "$PAUSE_IMAGE" '{"User":"65535:65535","Entrypoint":["/pause"]}' "$archive"
}

one_at_a_time pause
made_from=$(fingerprint "$here/pause.sh" "$here/archive.sh" "$PAUSE_IMAGE" "$BIN/pause.stamp")
if ! is_current "$archive" "$made_from"; then
  mkdir -p "$IMAGES"
  logged "$LOGS/pause.log" build
  mark_current "$archive" "$made_from"
fi
echo "$archive"
