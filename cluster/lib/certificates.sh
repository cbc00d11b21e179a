# The cluster's certificate authority and the identities of its programs. Sourced, never run.
# shellcheck shell=bash

PKI=$STATE/pki
API_SERVER=https://127.0.0.1:6443

openssl_request() {
  # A configuration of its own: the system's would make every certificate an authority.
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -batch \
    -config <(printf '[req]\ndistinguished_name=dn\n[dn]\n') "$@" 2>/dev/null
}

# certificate NAME SUBJECT [SUBJECT-ALTERNATIVE-NAMES]: unless there is one of that name.
certificate() {
  [ ! -e "$PKI/$1.crt" ] || return 0
  openssl_request -CA "$PKI/ca.crt" -CAkey "$PKI/ca.key" -keyout "$PKI/$1.key" -out "$PKI/$1.new" -subj "$2" \
    -addext basicConstraints=critical,CA:FALSE -addext "subjectAltName=${3:-DNS:$1}"
  mv "$PKI/$1.new" "$PKI/$1.crt"
}

# identity NAME SUBJECT: a client certificate, and a kubeconfig with it.
identity() {
  certificate "$1" "$2"
  [ -e "$PKI/$1.kubeconfig" ] || kubeconfig_of "$1" >"$PKI/$1.kubeconfig"
}

kubeconfig_of() {
  encoded() { base64 -w 0 "$PKI/$1"; }
  cat <<YAML
apiVersion: v1
kind: Config
clusters: [{name: pgfork, cluster: {server: "$API_SERVER", certificate-authority-data: $(encoded ca.crt)}}]
users: [{name: $1, user: {client-certificate-data: $(encoded "$1.crt"), client-key-data: $(encoded "$1.key")}}]
contexts: [{name: pgfork, context: {cluster: pgfork, user: $1}}]
current-context: pgfork
YAML
}

# make_certificates: those that are missing.
make_certificates() {
  mkdir -p "$PKI"
  chmod 0700 "$PKI"
  if [ ! -e "$PKI/ca.crt" ]; then
    openssl_request -keyout "$PKI/ca.key" -out "$PKI/ca.new" -subj /CN=pgfork-cluster \
      -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
    openssl ecparam -name prime256v1 -genkey -noout -out "$PKI/service-accounts.key"
    mv "$PKI/ca.new" "$PKI/ca.crt"
  fi
  certificate kube-apiserver /CN=kube-apiserver \
    "DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:localhost,IP:127.0.0.1,IP:$API_SERVICE_IP,IP:$NODE_IP"
  certificate kubelet-server "/O=system:nodes/CN=system:node:$NODE_NAME" "DNS:$NODE_NAME,IP:$NODE_IP"
  certificate front-proxy-client /CN=front-proxy-client
  identity admin /O=system:masters/CN=admin
  identity kube-controller-manager /CN=system:kube-controller-manager
  identity kube-scheduler /CN=system:kube-scheduler
  identity kubelet "/O=system:nodes/CN=system:node:$NODE_NAME"
  identity kube-proxy /CN=system:kube-proxy
  identity coredns /CN=system:coredns
  # These have the names of the service accounts that upstream's roles are bound to.
  identity csi-provisioner /CN=system:serviceaccount:default:csi-provisioner
  identity csi-resizer /CN=system:serviceaccount:default:csi-resizer
  identity csi-snapshotter /CN=system:serviceaccount:default:csi-snapshotter
  identity snapshot-controller /CN=system:serviceaccount:kube-system:snapshot-controller
}
