#!/usr/bin/env bash
# shellcheck source-path=SCRIPTDIR
# exclusive-bytes.sh HANDLE: prints the bytes of a volume that it shares with no other volume or snapshot.
#   HANDLE is the volumeHandle of a PersistentVolume, which for this driver is also its name.
# exclusive-bytes.sh --pool: prints the bytes that all volumes, snapshots and their metadata use together.
# Both count what is on disk, after waiting for writes and for the end of deletions.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
. "$here/lib/settings.sh"
. "$here/lib/steps.sh"

(($# == 1)) || die "Usage: exclusive-bytes.sh HANDLE | --pool"
mountpoint -q "$POOL" || die "The cluster is not up: run make cluster-up first."
btrfs filesystem sync "$POOL"
if [ "$1" = --pool ]; then
  btrfs subvolume sync "$POOL" >/dev/null
  btrfs filesystem usage --raw "$POOL" | awk '$1 == "Used:" {print $2; exit}'
else
  [ -d "$POOL/volumes/$1/data" ] || die "There is no volume $1 in the pool."
  btrfs filesystem du --raw --summarize "$POOL/volumes/$1/data" | awk 'NR == 2 {print $2}'
fi
