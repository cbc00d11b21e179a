# The pool of volumes, the storage driver and the snapshot machinery around it. Sourced, never run.
# shellcheck shell=bash

POOL_FILE=$STATE/pool.img
POOL_GIB=60

# mount_pool: a btrfs in a sparse file. Deleted blocks are given back to the host (discard).
mount_pool() {
  if [ ! -e "$POOL_FILE" ]; then
    rm -f "$POOL_FILE.new"
    truncate -s "$(pool_gib)G" "$POOL_FILE.new"
    logged "$LOGS/mkfs.log" mkfs.btrfs --metadata single "$POOL_FILE.new"
    mv "$POOL_FILE.new" "$POOL_FILE"
  fi
  mkdir -p "$POOL"
  mountpoint -q "$POOL" || mount -o loop,noatime,discard=async "$POOL_FILE" "$POOL"
}

# Not larger than what the host has left, or databases would meet I/O errors instead of a full disk.
pool_gib() {
  local free
  free=$(($(df --output=avail -k "$STATE" | tail -n 1) * 8 / 10 / 1024 / 1024))
  echo $((free < POOL_GIB ? free : POOL_GIB))
}

unmount_pool() {
  local device
  unmount_below "$POOL"
  # The mount has taken its loop device along, unless something else held it.
  losetup --list --noheadings --output NAME --associated "$POOL_FILE" 2>/dev/null | while read -r device; do
    losetup --detach "$device"
  done
}

SIDECARS=(csi-provisioner csi-resizer csi-snapshotter)

start_storage_driver() {
  local before program
  before=$(pids_of btrfs-csi)
  ensure_running btrfs-csi --driver "$CSI_DRIVER" --node "$NODE_NAME" --pool "$POOL" --kubelet-root "$KUBELET_ROOT"
  # Sidecars that have lost their driver end at their next use of it: too late for whoever needs them.
  [ "$(pids_of btrfs-csi)" = "$before" ] || for program in "${SIDECARS[@]}"; do stop_program "$program"; done
}

# start_storage: the custom resources and roles first, or the sidecars would start with errors.
start_storage() {
  local socket=$KUBELET_ROOT/plugins/$CSI_DRIVER/csi.sock program
  rm -rf "$STATE/manifests"
  render manifests/storage.yaml "$STATE/manifests/storage.yaml"
  render manifests/coredns-roles.yaml "$STATE/manifests/coredns-roles.yaml"
  render manifests/snapshot-class.yaml "$STATE/snapshot-class.yaml"
  logged "$LOGS/apply.log" kubectl apply --server-side --force-conflicts \
    -f "$MANIFESTS/crds" -f "$MANIFESTS/rbac" -f "$STATE/manifests"
  wait_for kube-apiserver 'The API of snapshots' api /apis/snapshot.storage.k8s.io/v1/volumesnapshotclasses
  logged "$LOGS/apply.log" kubectl apply --server-side --force-conflicts -f "$STATE/snapshot-class.yaml"
  ensure_running snapshot-controller --kubeconfig "$PKI/snapshot-controller.kubeconfig" --leader-election=false
  for program in "${SIDECARS[@]}"; do
    ensure_running "$program" --kubeconfig "$PKI/$program.kubeconfig" --csi-address "unix://$socket" --leader-election=false
  done
}
