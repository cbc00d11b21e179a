#!/usr/bin/env bash
# shellcheck source-path=SCRIPTDIR
# Tests what the running cluster can do, in a namespace of its own: volumes, snapshots and their refusals, Services,
# DNS, exec, logs, pod security. Leaves nothing behind. Takes about half a minute.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
. "$here/lib/settings.sh"
. "$here/lib/steps.sh"

NAMESPACE=pgfork-cluster-test
export KUBECONFIG=$KUBECONFIG_FILE
kubectl() { "$BIN/kubectl" --namespace "$NAMESPACE" "$@"; }
fail() {
  kubectl get pods,pvc,volumesnapshots,events >&2
  die "FAILED: $*"
}

# eventually WHAT COMMAND...: tries for 30 seconds.
eventually() {
  local what=$1 deadline=$((SECONDS + 30))
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < deadline)) || fail "$what"
    sleep 0.2
  done
}

claim() { # claim NAME SIZE [SOURCE-SNAPSHOT] [CLASS]
  kubectl apply -f - <<YAML
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: $1}
spec:
  accessModes: [ReadWriteOncePod]
  resources: {requests: {storage: $2}}
  ${4:+storageClassName: $4}
  ${3:+dataSource: {apiGroup: snapshot.storage.k8s.io, kind: VolumeSnapshot, name: $3\}}
YAML
}
postgres_pod() { # postgres_pod NAME CLAIM: a server whose socket is where the official image has it
  kubectl apply -f - <<YAML
apiVersion: v1
kind: Pod
metadata: {name: $1, labels: {app: $1}}
spec:
  securityContext: {runAsUser: 999, runAsGroup: 999, fsGroup: 999, fsGroupChangePolicy: OnRootMismatch, runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
  containers:
    - name: postgres
      image: postgres:17
      command: [bash, -c, 'cd /data; [ -d pg ] || initdb -D pg -U postgres -A trust; chmod 0700 pg; rm -f pg/postmaster.pid; echo "host all all $POD_CIDR trust" >>pg/pg_hba.conf; exec postgres -D pg -c "listen_addresses=*"']
      securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
      readinessProbe: {periodSeconds: 1, exec: {command: [pg_isready, -q, -U, postgres]}}
      volumeMounts: [{name: data, mountPath: /data}]
  volumes: [{name: data, persistentVolumeClaim: {claimName: $2}}]
---
apiVersion: v1
kind: Service
metadata: {name: $1}
spec: {selector: {app: $1}, ports: [{port: 5432}]}
YAML
}
sql() { kubectl exec "$1" -- psql -U postgres -AtXc "$2"; }
phase_is() { [ "$(kubectl get pvc "$1" -o jsonpath='{.status.phase}')" = "$2" ]; }
event_about() { kubectl get events --field-selector "involvedObject.name=$1" | grep -E "$2"; }
volume_of() { kubectl get pvc "$1" -o jsonpath='{.spec.volumeName}'; }
clean_up() {
  # Pods first: with pods in it a namespace is looked at again only after half their grace period.
  kubectl delete pods --all --ignore-not-found --wait --timeout=60s
  kubectl delete namespace "$NAMESPACE" --ignore-not-found --wait --timeout=60s
}

source_server() {
  claim source 2Gi
  postgres_pod source source
  kubectl wait --for=condition=Ready pod/source --timeout=60s
  sql source 'CREATE TABLE t AS SELECT generate_series(1, 200000) AS n; CHECKPOINT'
}
snapshot_and_fork() {
  kubectl apply -f - <<YAML
apiVersion: snapshot.storage.k8s.io/v1
kind: VolumeSnapshot
metadata: {name: snap}
spec: {source: {persistentVolumeClaimName: source}}
YAML
  kubectl wait --for=jsonpath='{.status.readyToUse}'=true volumesnapshot/snap --timeout=30s
  sql source 'DELETE FROM t'
  claim fork 3Gi snap
  postgres_pod fork fork
  kubectl wait --for=condition=Ready pod/fork --timeout=60s
  [ "$(sql fork 'SELECT count(*) FROM t')" = 200000 ] || fail "the fork has other data than the source had at the snapshot"
  [ "$(sql source 'SELECT count(*) FROM t')" = 0 ] || fail "the source has got the fork's data"
}
cut_has_nanoseconds() {
  local content
  content=$(kubectl get volumesnapshot snap -o jsonpath='{.status.boundVolumeSnapshotContentName}')
  [[ $(kubectl get volumesnapshotcontent "$content" -o jsonpath='{.status.creationTime}') =~ ^[0-9]{19}$ ]] ||
    fail "the snapshot content has no creation time in nanoseconds"
}
blocks_are_shared() {
  local own total
  own=$("$here/exclusive-bytes.sh" "$(volume_of fork)")
  total=$(kubectl exec fork -- du -sB1 /data | cut -f1)
  ((own < total / 2)) || fail "the fork shares too few blocks: $own of $total bytes are its own"
}
refusals() {
  claim smaller 1Gi snap
  eventually 'a restore into less than the source is not refused' event_about smaller 'ProvisioningFailed.*(less than|smaller)'
  phase_is smaller Pending || fail "a restore into less than the source is bound"
  kubectl delete pvc smaller # a pending claim keeps its snapshot from being deleted
  kubectl apply -f - <<YAML
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: shared}
spec: {accessModes: [ReadWriteMany], resources: {requests: {storage: 1Gi}}}
YAML
  eventually 'a volume for many nodes is not refused' event_about shared 'ProvisioningFailed.*MULTI_NODE'
  postgres_pod second source
  eventually 'a second pod with a ReadWriteOncePod claim is not refused' event_about second 'FailedScheduling.*ReadWriteOncePod'
  kubectl label namespace "$NAMESPACE" pod-security.kubernetes.io/enforce=restricted
  ! kubectl run privileged --image=postgres:17 --privileged 2>/dev/null || fail "pod security lets a privileged pod in"
}
grow() { kubectl patch pvc "$1" --patch "{\"spec\": {\"resources\": {\"requests\": {\"storage\": \"$2\"}}}}"; }
has_capacity() { [ "$(kubectl get pvc "$1" -o jsonpath='{.status.capacity.storage}')" = "$2" ]; }
growth() {
  claim sized 1Gi '' btrfs-sized
  postgres_pod sized sized
  kubectl wait --for=condition=Ready pod/sized --timeout=60s
  grow sized 2Gi
  eventually 'a volume does not grow while it is mounted' has_capacity sized 2Gi
  (($(kubectl exec sized -- df --output=avail -B1 /data | tail -n 1) > 1500000000)) || fail 'the file system has not grown with its volume'
  grow source 3Gi
  eventually 'a volume that shares the pool does not grow' has_capacity source 3Gi
  claim fixed 1Gi '' btrfs-wait
  ! grow fixed 2Gi 2>/dev/null || fail 'a class that does not allow it lets a volume grow'
}
services_and_names() {
  local server
  for server in source fork source.$NAMESPACE.svc.cluster.local; do
    [ "$(kubectl exec source -- psql -h "$server" -U postgres -AtXc 'SELECT 1')" = 1 ] || fail "source cannot reach Service $server"
  done
  kubectl exec source -- bash -c ': </dev/tcp/kubernetes.default/443' || fail "the API server is not reachable from a pod"
  kubectl logs source | grep 'ready to accept connections' || fail "kubectl logs shows nothing"
}
space_is_freed() {
  local pool=$1 after
  clean_up
  # Deletions in the API are quicker than in the pool.
  eventually 'the volumes are not deleted' no_volumes_are_left
  after=$("$here/exclusive-bytes.sh" --pool)
  # Others may use the cluster meanwhile; what the source alone had was 50 MB and more.
  ((after - pool < 40000000)) || fail "the pool has $((after - pool)) bytes more than before"
}
no_volumes_are_left() {
  ! "$BIN/kubectl" get pv,volumesnapshotcontents -o yaml | grep "namespace: $NAMESPACE"
}

[ -e "$KUBECONFIG_FILE" ] || die "The cluster is not up: run make cluster-up first."
log=$LOGS/test-features.log
logged "$log" clean_up
used_before=$("$here/exclusive-bytes.sh" --pool)
logged "$log" kubectl create namespace "$NAMESPACE"
step 'a server on a volume' logged "$log" source_server
step 'snapshot and fork' logged "$log" snapshot_and_fork
step 'time of the cut' logged "$log" cut_has_nanoseconds
step 'shared blocks' logged "$log" blocks_are_shared
step 'growth' logged "$log" growth
step 'Services, DNS, exec, logs' logged "$log" services_and_names
step 'refusals' logged "$log" refusals
step 'deletion frees the space' logged "$log" space_is_freed "$used_before"
