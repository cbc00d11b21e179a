#!/usr/bin/env bash
# shellcheck source-path=SCRIPTDIR
# Builds the programs of the cluster, each only when what it is made of has changed. up.sh calls it.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
. "$here/lib/settings.sh"
. "$here/lib/steps.sh"
. "$here/lib/stamps.sh"

KUBE_PROGRAMS=(etcd kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl)

cd "$here"
module_version() { go list -m -f '{{.Version}}' "$1"; }
module_folder() { go list -m -f '{{.Dir}}' "$1"; }

# go_build NAME PACKAGE LDFLAGS SOURCE...: builds $BIN/NAME. SOURCEs are our own files; go.mod pins everything else.
go_build() { go_build_in . "$@"; }

# go_build_in MODULE NAME PACKAGE LDFLAGS SOURCE...: the same in a module of its own.
go_build_in() {
  local module=$1 name=$2 package=$3 ldflags=$4 made_from
  shift 4
  made_from=$(fingerprint "$(go version)" "$package" "$ldflags" "$module/go.mod" "$module/go.sum" "$@")
  is_current "$BIN/$name" "$made_from" && return
  # Built beside and moved: the program may be running.
  step "building $name" logged "$LOGS/build-$name.log" \
    env CGO_ENABLED=0 nice go build -C "$module" -trimpath -ldflags "-s -w $ldflags" -o "$BIN/$name.new" "$package"
  mv "$BIN/$name.new" "$BIN/$name"
  mark_current "$BIN/$name" "$made_from"
}

version_flags() {
  local version=$1 package
  for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
    printf -- '-X %s.gitVersion=%s -X %s.gitMajor=1 -X %s.gitMinor=%s ' \
      "$package" "$version" "$package" "$package" "$(cut -d. -f2 <<<"$version")"
  done
}

# Custom resources and roles as upstream ships them, out of the modules that the programs are built from.
copy_upstream_manifests() {
  local snapshotter client provisioner resizer
  snapshotter=$(module_folder github.com/kubernetes-csi/external-snapshotter/v8)
  client=$(module_folder github.com/kubernetes-csi/external-snapshotter/client/v8)
  provisioner=$(module_folder github.com/kubernetes-csi/external-provisioner/v5)
  resizer=$(cd resizer && module_folder github.com/kubernetes-csi/external-resizer/v2)
  install -m 0644 -D -t "$MANIFESTS/crds" "$client"/config/crd/snapshot.storage.k8s.io_*.yaml
  install -m 0644 -D -T "$provisioner/deploy/kubernetes/rbac.yaml" "$MANIFESTS/rbac/csi-provisioner.yaml"
  install -m 0644 -D -T "$resizer/deploy/kubernetes/rbac.yaml" "$MANIFESTS/rbac/csi-resizer.yaml"
  install -m 0644 -D -t "$MANIFESTS/rbac" \
    "$snapshotter/deploy/kubernetes/csi-snapshotter/rbac-csi-snapshotter.yaml" \
    "$snapshotter/deploy/kubernetes/snapshot-controller/rbac-snapshot-controller.yaml"
}

one_at_a_time build
mkdir -p "$BIN"
kubernetes=$(module_version k8s.io/kubernetes)
go_build kube ./cmd/kube "$(version_flags "$kubernetes")" cmd/kube/*.go
for program in "${KUBE_PROGRAMS[@]}"; do ln -sf kube "$BIN/$program"; done
go_build coredns ./cmd/coredns '' cmd/coredns/*.go
# Without its tests: a changed test shall not restart the driver.
mapfile -t driver_sources < <(find cmd/btrfs-csi internal/btrfscsi -name '*.go' ! -name '*_test.go' | sort)
go_build btrfs-csi ./cmd/btrfs-csi '' "${driver_sources[@]}"
go_build pause ./cmd/pause '' cmd/pause/*.go
go_build csi-provisioner github.com/kubernetes-csi/external-provisioner/v5/cmd/csi-provisioner ''
go_build_in resizer csi-resizer github.com/kubernetes-csi/external-resizer/v2/cmd/csi-resizer ''
go_build csi-snapshotter github.com/kubernetes-csi/external-snapshotter/v8/cmd/csi-snapshotter ''
go_build snapshot-controller github.com/kubernetes-csi/external-snapshotter/v8/cmd/snapshot-controller ''
go_build helm helm.sh/helm/v3/cmd/helm \
  "-X helm.sh/helm/v3/internal/version.version=$(module_version helm.sh/helm/v3)"
made_from=$(fingerprint build.sh go.mod resizer/go.mod)
if ! is_current "$MANIFESTS" "$made_from"; then
  rm -rf "$MANIFESTS"
  copy_upstream_manifests
  mark_current "$MANIFESTS" "$made_from"
fi
