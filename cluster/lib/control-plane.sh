# etcd, API server, controllers, scheduler. Sourced, never run.
# shellcheck shell=bash

kubectl() {
  "$BIN/kubectl" --kubeconfig "$PKI/admin.kubeconfig" "$@"
}

# A HTTP request instead of kubectl: that takes a hundred times less processor time, and it is asked many times.
api() {
  curl --silent --fail --max-time 2 --cacert "$PKI/ca.crt" --cert "$PKI/admin.crt" --key "$PKI/admin.key" "$API_SERVER$1"
}

start_api_server() {
  # Losing the last writes with the host's power is fine for a development cluster, and half of all waiting is fsync.
  ensure_running etcd --data-dir "$STATE/etcd" --unsafe-no-fsync --log-level warn
  ensure_running kube-apiserver --etcd-servers http://127.0.0.1:2379 --advertise-address "$NODE_IP" \
    --secure-port 6443 --service-cluster-ip-range "$SERVICE_CIDR" \
    --tls-cert-file "$PKI/kube-apiserver.crt" --tls-private-key-file "$PKI/kube-apiserver.key" \
    --client-ca-file "$PKI/ca.crt" \
    --kubelet-client-certificate "$PKI/admin.crt" --kubelet-client-key "$PKI/admin.key" \
    --kubelet-preferred-address-types InternalIP \
    --service-account-issuer https://kubernetes.default.svc \
    --service-account-signing-key-file "$PKI/service-accounts.key" \
    --service-account-key-file "$PKI/service-accounts.key" \
    --requestheader-client-ca-file "$PKI/ca.crt" --requestheader-allowed-names front-proxy-client \
    --requestheader-username-headers X-Remote-User --requestheader-group-headers X-Remote-Group \
    --proxy-client-cert-file "$PKI/front-proxy-client.crt" --proxy-client-key-file "$PKI/front-proxy-client.key" \
    --authorization-mode Node,RBAC --enable-admission-plugins NodeRestriction --allow-privileged
}

start_controllers() {
  wait_for kube-apiserver 'The API server' api /readyz
  # The higher rate is for the start: it makes an account for each controller, and would take four seconds for it.
  start_with_identity kube-controller-manager --kube-api-qps 100 --kube-api-burst 200 \
    --use-service-account-credentials --root-ca-file "$PKI/ca.crt" \
    --service-account-private-key-file "$PKI/service-accounts.key"
  start_with_identity kube-scheduler
}

# start_with_identity PROGRAM ARGUMENT...
start_with_identity() {
  local program=$1 identity=$PKI/$1.kubeconfig
  shift
  ensure_running "$program" --leader-elect=false --kubeconfig "$identity" \
    --authentication-kubeconfig "$identity" --authorization-kubeconfig "$identity" "$@"
}
