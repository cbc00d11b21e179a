#!/usr/bin/env bash
# archive.sh ROOTFS NAME CONFIG ARCHIVE: packs a root file system as an image of one layer into a docker-archive,
# which `ctr images import`, `docker load` and Jib understand.
# CONFIG is the image's run configuration in JSON, as the OCI image specification spells it (User, Env, Cmd, …).
set -euo pipefail
rootfs=$1 name=$2 config=$3 archive=$4

# Beside the archive, so that it is on a file system with space.
work=$(mktemp -d "$archive.XXXXXX")
trap 'rm -rf "$work"' EXIT

# One order and one time: the same root file system gives the same layer.
tar --create --file "$work/layer.tar" --directory "$rootfs" --sort=name --mtime=@0 --numeric-owner --exclude='./dev/*' .
layer=$(sha256sum "$work/layer.tar" | cut -d' ' -f1)
printf '{"architecture":"amd64","os":"linux","config":%s,"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' \
  "$config" "$layer" >"$work/config.json"
printf '[{"Config":"config.json","RepoTags":["%s"],"Layers":["layer.tar"]}]' "$name" >"$work/manifest.json"
tar --create --file "$work/archive.tar" --directory "$work" manifest.json config.json layer.tar
mv "$work/archive.tar" "$archive"
