# The node: kubelet, kube-proxy, DNS. Sourced, never run.
# shellcheck shell=bash

start_node() {
  local RESOLV_CONF=$STATE/resolv.conf
  make_cgroups
  # The host's, without its comments and search domains. A line that answers "no such server" at once if it has none.
  { grep '^nameserver' /etc/resolv.conf || echo 'nameserver 127.0.0.1'; } >"$RESOLV_CONF"
  render kubelet.yaml "$STATE/kubelet.yaml"
  render kube-proxy.yaml "$STATE/kube-proxy.yaml"
  ensure_running kubelet --config "$STATE/kubelet.yaml" --kubeconfig "$PKI/kubelet.kubeconfig" \
    --hostname-override "$NODE_NAME" --node-ip "$NODE_IP" --root-dir "$KUBELET_ROOT" --cert-dir "$KUBELET_ROOT/pki"
  ensure_running kube-proxy --config "$STATE/kube-proxy.yaml"
}

# start_dns: only once its role is there, or it would wait a while after the first refusal.
start_dns() {
  # shellcheck disable=SC2034  # render uses it
  local RESOLV_CONF=$STATE/resolv.conf
  render Corefile "$STATE/Corefile"
  ensure_running coredns -conf "$STATE/Corefile"
}

# The kubelet wants the parent of its own cgroups to exist in every hierarchy.
make_cgroups() {
  local hierarchy
  if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
    mkdir -p "/sys/fs/cgroup/$CGROUP"
    return
  fi
  for hierarchy in /sys/fs/cgroup/*/; do
    # cpuset groups are born empty and unusable unless they copy their parent's processors.
    [ ! -e "$hierarchy/cgroup.clone_children" ] || [ ! -e "$hierarchy/cpuset.cpus" ] || echo 1 >"$hierarchy/cgroup.clone_children"
    mkdir -p "$hierarchy$CGROUP"
  done
}

node_is_ready() {
  api "/api/v1/nodes/$NODE_NAME" | tr -d ' \n' | grep -q '"type":"Ready","status":"True"'
}
driver_is_registered() {
  api "/apis/storage.k8s.io/v1/csinodes/$NODE_NAME" | grep -q "\"$CSI_DRIVER\""
}
default_service_account_is_there() {
  api /api/v1/namespaces/default/serviceaccounts/default
}

kubelet_answers() {
  curl --silent --fail --max-time 2 http://127.0.0.1:10248/healthz
}

wait_for_node() {
  wait_for kubelet 'The kubelet' kubelet_answers
  wait_for kubelet 'The node' node_is_ready
  wait_for kubelet 'The registration of the storage driver' driver_is_registered
  wait_for kube-controller-manager 'The first service account' default_service_account_is_there
  wait_for coredns 'DNS' curl --silent --fail --max-time 2 http://127.0.0.1:8181/ready
}
