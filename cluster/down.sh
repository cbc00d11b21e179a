#!/usr/bin/env bash
# shellcheck source-path=SCRIPTDIR
# Stops the local cluster and removes its state: what the API server knew, volumes, certificates. Leaves no process,
# mount, bridge, route, nftables table or loop device. Builds and images stay, for a quick up.sh.
#   --purge  removes those too
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
for part in settings steps stamps templates programs leftovers network containers storage; do
  # shellcheck source=/dev/null
  . "$here/lib/$part.sh"
done

stop_programs() {
  # The state goes anyway, so nobody needs to end in order. The API server first: nobody shall start anything anew.
  kill_all all_program_pids
  clear_away_pods
  unmount_pool
}
remove_state() {
  [ ! -d "$STATE" ] || forget_containers
  tear_down_network
  rm -rf --one-file-system "$STATE" "$RUN" "$KUBECONFIG_FILE"
}

remove_builds() {
  # By name: PGFORK_CLUSTER_DIR may have been set to a folder that holds other things, too.
  rm -rf --one-file-system "$BIN" "$IMAGES" "$ROOTFS" "$MANIFESTS" "$MANIFESTS.stamp" "$CONTAINERD" "$LOGS" \
    "$DIR/kubectl" "$DIR/helm" "$DIR"/.*.lock
  rmdir --ignore-fail-on-non-empty "$DIR"
}

[ "$(id -u)" = 0 ] || die "Stopping the cluster needs root: run it with sudo."
case ${1:-} in '' | --purge) ;; *) die "Unknown argument $1: there is only --purge." ;; esac
[ -d "$DIR" ] || exit 0
one_at_a_time cluster
step 'programs, pods, mounts' stop_programs
step 'state and network' remove_state
if [ "${1:-}" = --purge ]; then step 'builds and images' remove_builds; fi
