# containerd and its images. Sourced, never run.
# shellcheck shell=bash

ctr() {
  command ctr --address "$RUN/containerd.sock" --namespace k8s.io "$@"
}

# start_containerd [PLUGIN-TO-DISABLE]
start_containerd() {
  # shellcheck disable=SC2034  # render uses it
  local DISABLED_PLUGINS=${1:+\"$1\"}
  ln -sfn "$(command -v containerd)" "$BIN/containerd"
  render containerd.toml "$STATE/containerd.toml"
  render pods.conflist "$STATE/cni/10-pods.conflist"
  ensure_running containerd --config "$STATE/containerd.toml"
  wait_for containerd 'The container runtime' ctr version
}

# import_image ARCHIVE: prints the name the image got.
import_image() {
  ctr images import "$1" | sed -n 's/^unpacking \(.*\) (sha256:.*/\1/p'
}

# ensure_image NAME ARCHIVE: imports one that images/*.sh has built, unless that very archive was imported before.
ensure_image() {
  local imported
  imported=$CONTAINERD/$(basename "$2").imported
  if ! cmp -s "$2.stamp" "$imported" || [ -z "$(ctr images list -q "name==$1")" ]; then
    logged "$LOGS/import.log" import_image "$2"
    cp "$2.stamp" "$imported"
  fi
}

# forget_containers: removes all containers from containerd's store, which outlives them because of the images.
# With the part disabled that serves the kubelet, or it would hold on to what is removed.
forget_containers() {
  local ids
  [ -d "$CONTAINERD" ] || return 0
  start_containerd io.containerd.grpc.v1.cri
  mapfile -t ids < <(ctr containers list -q)
  ((${#ids[@]} == 0)) || ctr containers remove "${ids[@]}" >/dev/null
  stop_program containerd
}
