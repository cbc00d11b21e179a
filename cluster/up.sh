#!/usr/bin/env bash
# shellcheck source-path=SCRIPTDIR
# Starts the local cluster: builds what is missing, starts what does not run, mends what a crash has left.
# Can be called at any time; what runs as it should is left alone.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
for part in settings steps stamps templates packages java prerequisites programs leftovers network certificates \
  containers control-plane node storage; do
  # shellcheck source=/dev/null
  . "$here/lib/$part.sh"
done

PACKAGES=(containerd runc containernetworking-plugins btrfs-progs xfsprogs iproute2 nftables conntrack kmod
  curl openssl mmdebstrap)

build_images() {
  pause_archive=$("$here/images/pause.sh")
  postgres_archive=$("$here/images/postgres.sh")
}
mend_leftovers() {
  # With containerd gone, nothing in pods is under control any more: clean ground is the surest way back.
  [ -n "$(pids_of containerd)" ] || clear_away_pods
}
start_control_plane() {
  make_certificates
  start_api_server
}
import_images() {
  start_containerd
  ensure_image "$PAUSE_IMAGE" "$pause_archive"
  ensure_image "$POSTGRES_IMAGE" "$postgres_archive"
}
publish_kubeconfig() {
  install -m 0600 "$PKI/admin.kubeconfig" "$KUBECONFIG_FILE"
  ln -sfn "bin/kubectl" "$DIR/kubectl"
  ln -sfn "bin/helm" "$DIR/helm"
}

check_prerequisites
one_at_a_time cluster
mkdir -p "$BIN" "$IMAGES" "$LOGS" "$STATE" "$RUN" "$CONTAINERD"
step 'Debian packages' need_packages "${PACKAGES[@]}"
step 'programs' "$here/build.sh"
step 'images' build_images
step 'leftovers' mend_leftovers
step 'network' set_up_network
step 'certificates, etcd, API server started' start_control_plane
step 'pool of volumes' mount_pool
step 'containerd and images' import_images
step 'API server, controllers, scheduler' start_controllers
step 'storage driver' start_storage_driver
step 'kubelet, kube-proxy started' start_node
step 'storage classes and sidecars' start_storage
step 'DNS started' start_dns
step 'node ready' wait_for_node
check_that_all_run
publish_kubeconfig
printf 'The cluster is up. Try: export KUBECONFIG=%s; %s get pods -A\n' "$KUBECONFIG_FILE" "$DIR/kubectl" >&2
