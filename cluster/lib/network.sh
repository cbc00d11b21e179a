# Addresses, routes and masquerading. Sourced, never run.
# shellcheck shell=bash

NFT_TABLE=pgfork

# set_up_network: the node's address and the way of the pods to the outside.
set_up_network() {
  [ -e "$STATE/ip_forward" ] || cat /proc/sys/net/ipv4/ip_forward >"$STATE/ip_forward"
  echo 1 >/proc/sys/net/ipv4/ip_forward
  # A bridge without ports serves as the interface that is always there: not every kernel has dummy interfaces.
  ip link add "$NODE_BRIDGE" type bridge 2>/dev/null || ip link show "$NODE_BRIDGE" >/dev/null
  ip address replace "$NODE_IP/32" dev "$NODE_BRIDGE"
  ip link set "$NODE_BRIDGE" up
  # A Service address without endpoints must not leave this host, nor that of a pod that is gone: whoever still calls it
  # gets no answer, as on many clusters.
  ip route replace "$SERVICE_CIDR" dev "$NODE_BRIDGE"
  ip route replace blackhole "$POD_CIDR"
  nft -f - <<NFT
table ip $NFT_TABLE
delete table ip $NFT_TABLE
table ip $NFT_TABLE {
  chain postrouting {
    type nat hook postrouting priority srcnat
    ip saddr $POD_CIDR ip daddr != { $POD_CIDR, $NODE_IP } masquerade
  }
}
NFT
}

# tear_down_network: also what kube-proxy has made. Other routes go with their interfaces.
tear_down_network() {
  local family table name
  ip link delete "$NODE_BRIDGE" 2>/dev/null || true
  ip route delete blackhole "$POD_CIDR" 2>/dev/null || true
  for table in "ip $NFT_TABLE" "ip kube-proxy" "ip6 kube-proxy"; do
    read -r family table <<<"$table"
    nft delete table "$family" "$table" 2>/dev/null || true
  done
  # The interfaces of pods whose network namespace is still held by someone.
  ip -o route show root "$POD_CIDR" | awk '{print $3}' | sort -u | while read -r name; do
    ip link delete "$name"
  done
  if [ -e "$STATE/ip_forward" ]; then cat "$STATE/ip_forward" >/proc/sys/net/ipv4/ip_forward; fi
}
