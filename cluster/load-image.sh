#!/usr/bin/env bash
# shellcheck source-path=SCRIPTDIR
# load-image.sh ARCHIVE [NAME]: gives the cluster an image from a docker-archive tar, as Jib or `docker save` write it,
# and prints its name. NAME (as in a pod's `image`) is given to it in addition to the name in the archive.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
. "$here/lib/settings.sh"
. "$here/lib/steps.sh"
. "$here/lib/containers.sh"

# full_name NAME: as the kubelet asks for it: postgres:17 is docker.io/library/postgres:17.
full_name() {
  local name=$1
  case ${name%%/*} in "$name") name=library/$name ;; esac
  case ${name%%/*} in *.* | *:* | localhost) ;; *) name=docker.io/$name ;; esac
  case ${name##*/} in *:* | *@*) ;; *) name=$name:latest ;; esac
  echo "$name"
}

(($# == 1 || $# == 2)) || die "Usage: load-image.sh ARCHIVE [NAME]"
[ -r "$1" ] || die "There is no image archive $1."
[ -S "$RUN/containerd.sock" ] || die "The cluster is not up: run make cluster-up first."
imported=$(import_image "$1")
[ -n "$imported" ] || die "$1 holds no image that containerd can import."
if (($# == 2)); then
  name=$(full_name "$2")
  [ "$name" = "$imported" ] || ctr images tag --force "$imported" "$name" >/dev/null
  imported=$name
fi
echo "$imported"
