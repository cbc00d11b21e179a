# Where the local cluster lives and how it is addressed. Sourced, never run.
# shellcheck shell=bash disable=SC2034  # the scripts that source this file use the variables

# Short on purpose: the kubelet makes unix sockets below it, and their paths must stay under 108 bytes.
# Outside of the checkout on purpose: every checkout on this host uses the same builds and the same cluster.
DIR=${PGFORK_CLUSTER_DIR:-/var/lib/pgfork-cluster}
CLUSTER_SOURCES=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

BIN=$DIR/bin           # what was built, kept by down.sh
IMAGES=$DIR/images     # image archives that were built, kept by down.sh
ROOTFS=$DIR/rootfs     # root file systems the images are made of, kept by down.sh
MANIFESTS=$DIR/manifests # YAML of upstream, out of the Go modules, kept by down.sh
CONTAINERD=$DIR/containerd # containerd's store of images, kept by down.sh
LOGS=$DIR/log          # one file a program; kept by down.sh, written anew by each start
STATE=$DIR/state       # the cluster's own data: etcd, certificates, volumes. Gone after down.sh
RUN=$DIR/run           # sockets and pid files. Gone after down.sh
KUBECONFIG_FILE=$DIR/kubeconfig # kubectl and helm lie beside it

NODE_NAME=node
NODE_IP=172.31.255.1
NODE_BRIDGE=pgfork-node
POD_CIDR=10.77.0.0/16
POD_BRIDGE=pgfork-pods
SERVICE_CIDR=10.96.0.0/16
API_SERVICE_IP=10.96.0.1

CSI_DRIVER=btrfs.csi.pgfork.dev
POOL=$STATE/pool
KUBELET_ROOT=$STATE/kubelet

PAUSE_IMAGE=pgfork.dev/pause:1
POSTGRES_IMAGE=docker.io/library/postgres:17
