# What must be there before anything is built. Sourced, never run.
# shellcheck shell=bash

GO_MINIMUM=1.26

# check_prerequisites: dies with one sentence that says what is missing and what to do.
check_prerequisites() {
  [ "$(uname -s)" = Linux ] || die "The local cluster needs Linux: use a cluster of your own through KUBECONFIG instead."
  [ "$(id -u)" = 0 ] || die "The local cluster needs root, for containers, mounts and routes: run it with sudo."
  command -v apt-get >/dev/null || die "The local cluster needs Debian or Ubuntu: it is made of their packages."
  [ "$(uname -m)" = x86_64 ] || die "The local cluster is built for x86_64, and this is $(uname -m)."
  check_short_path
  check_go
  [ -n "$(find_java_home)" ] || die "No JDK $JAVA_MAJOR found: install one (https://adoptium.net) and set JAVA_HOME to its folder."
  check_disk
  check_kernel
}

check_short_path() {
  # The longest socket below it is the kubelet's for this driver; a unix socket's path has at most 107 bytes.
  ((${#DIR} <= 40)) || die "PGFORK_CLUSTER_DIR=$DIR is too long for the sockets below it: choose one of at most 40 characters."
}

check_go() {
  local version
  command -v go >/dev/null || PATH=$PATH:/usr/local/go/bin
  command -v go >/dev/null || die "Go $GO_MINIMUM or later is missing: install it (https://go.dev/dl) and put it on PATH."
  version=$(cd / && go env GOVERSION)
  [ "$(printf '%s\n' "go$GO_MINIMUM" "$version" | sort -V | head -n 1)" = "go$GO_MINIMUM" ] ||
    die "Go $GO_MINIMUM or later is needed and this is $version: install it (https://go.dev/dl) and put it on PATH."
}

check_disk() {
  # Builds, Go's caches and images take 9 GiB; the rest is for volumes.
  local needed=4 free
  [ -e "$BIN/kube" ] || needed=14
  mkdir -p "$DIR"
  free=$(($(df --output=avail -k "$DIR" | tail -n 1) / 1024 / 1024))
  ((free >= needed)) || die "$DIR has $free GiB of free disk and $needed GiB are needed: free some, or set PGFORK_CLUSTER_DIR to a larger one."
}

check_kernel() {
  local name
  for name in btrfs overlay; do
    grep -qw "$name" /proc/filesystems || modprobe "$name" 2>/dev/null ||
      die "This kernel has no file system $name: use one with it."
  done
}
