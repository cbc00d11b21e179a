#!/usr/bin/env bash
# shellcheck source-path=SCRIPTDIR
# Tests starting and stopping for real: up, down and up again three times, up when it is up, up after a kill -9 of
# everything with and without the loss of mounts as in a reboot, and that nothing is left after down.
# Ends with the cluster down; whatever was in it is lost. Takes about two minutes when all is built.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
for part in settings steps stamps programs leftovers network certificates control-plane; do
  # shellcheck source=/dev/null
  . "$here/lib/$part.sh"
done
export KUBECONFIG=$KUBECONFIG_FILE

fail() { die "FAILED: $*"; }

# what_is_left: a line for each thing that down should have taken along.
what_is_left() {
  all_program_pids | sed 's/^/process /'
  shim_pids | sed 's/^/shim /'
  pod_pids | sed 's/^/process of a pod /'
  { mounts_below "$STATE"; mounts_below "$RUN"; } | sed 's/^/mount /'
  losetup --list --noheadings --output NAME,BACK-FILE | grep "$DIR" | sed 's/^/loop device /'
  ip -brief link | grep -E "pgfork|veth" | sed 's/^/interface /'
  ip route show table all | grep -E "^(blackhole )?($SERVICE_CIDR|${POD_CIDR%.*.*}\.)" | sed 's/^/route /'
  nft list tables | grep -E 'pgfork|kube' | sed 's/^/nftables /'
  find /sys/fs/cgroup -maxdepth 2 -name "$CGROUP" | sed 's/^/cgroup /'
  find "$STATE" "$RUN" "$KUBECONFIG_FILE" -maxdepth 0 2>/dev/null | sed 's/^/file /'
}
nothing_is_left() {
  local left deadline=$((SECONDS + 10))
  # The kernel takes a moment for network namespaces and loop devices that it has to tear down.
  while left=$(what_is_left || true) && [ -n "$left" ]; do
    ((SECONDS < deadline)) || fail "after down there is still:"$'\n'"$left"
    sleep 0.2
  done
}

# A pod with a volume that counts its starts in it, on both storage classes.
start_pods() {
  local class
  for class in btrfs btrfs-wait; do
    kubectl apply -f - >/dev/null <<YAML
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: $class}
spec: {storageClassName: $class, accessModes: [ReadWriteOncePod], resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: Pod
metadata: {name: $class}
spec:
  terminationGracePeriodSeconds: 1
  securityContext: {runAsUser: 999, runAsGroup: 999, fsGroup: 999}
  containers:
    - name: postgres
      image: postgres:17
      command: [bash, -c, 'echo start >>/data/starts; sync /data/starts; touch /tmp/up; sleep infinity']
      readinessProbe: {periodSeconds: 1, exec: {command: [test, -e, /tmp/up]}}
      volumeMounts: [{name: data, mountPath: /data}]
  volumes: [{name: data, persistentVolumeClaim: {claimName: $class}}]
YAML
  done
  pods_are_ready
}
pods_are_ready() {
  kubectl wait --for=condition=Ready pod/btrfs pod/btrfs-wait --timeout=60s >/dev/null ||
    { kubectl get pods,pvc,events -A >&2; fail "the pods do not get ready"; }
}
starts_of() { kubectl exec "$1" -- cat /data/starts | grep -c start; }
pods_started() {
  local pod
  for pod in btrfs btrfs-wait; do
    [ "$(starts_of "$pod")" = "$1" ] || fail "pod $pod: its volume knows of $(starts_of "$pod") starts, not $1"
  done
}
# kill_everything: what runs for the cluster and in it dies at once, as from a kernel's or an impatient person's hand.
kill_everything() {
  local round
  for round in 1 2 3; do
    # shellcheck disable=SC2046  # one word a process
    kill -9 $(all_program_pids; shim_pids; pod_pids) 2>/dev/null || ((round > 1))
  done
}
wait_until_started() {
  local deadline=$((SECONDS + 60))
  until [ "$(starts_of btrfs 2>/dev/null)" = "$1" ] && [ "$(starts_of btrfs-wait 2>/dev/null)" = "$1" ]; do
    ((SECONDS < deadline)) || { kubectl get pods,events -A >&2; fail "the pods do not start for the ${1}th time"; }
    sleep 0.3
  done
}

"$here/down.sh"
nothing_is_left
for round in 1 2 3; do
  echo "--- up and down, round $round" >&2
  "$here/up.sh"
  start_pods
  pods_started 1
  "$here/down.sh"
  nothing_is_left
done

echo "--- up when it is up: nothing is restarted" >&2
"$here/up.sh"
start_pods
before=$(all_program_pids | sort)
"$here/up.sh"
[ "$(all_program_pids | sort)" = "$before" ] || fail "up restarted programs that ran"
pods_started 1

echo "--- up after kill -9 of one program" >&2
kill -9 "$(pids_of kubelet)" "$(pids_of btrfs-csi)"
"$here/up.sh"
wait_until_started 1 # not at once: a new kubelet learns of its pods only after its start

echo "--- up after kill -9 of everything" >&2
kill_everything
"$here/up.sh"
wait_until_started 2

echo "--- up after everything is gone, as after a reboot" >&2
kill_everything
unmount_below "$STATE"
unmount_below "$RUN"
tear_down_network
remove_cgroups
"$here/up.sh"
wait_until_started 3

echo "--- down after kill -9 of everything" >&2
kill_everything
"$here/down.sh"
nothing_is_left
echo "The life cycle of the cluster is fine." >&2
