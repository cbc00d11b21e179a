#!/usr/bin/env bash
# Checks and unit tests of the local cluster: shellcheck, go vet, go test. Needs no running cluster.
# As root the storage driver is tested against a real btrfs, too; without root those tests say that they were skipped.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

command -v shellcheck >/dev/null || { echo "cluster: shellcheck is missing: apt-get install shellcheck" >&2; exit 1; }
shellcheck --external-sources ./*.sh lib/*.sh images/*.sh
unformatted=$(gofmt -l .)
[ -z "$unformatted" ] || { printf 'cluster: run gofmt -w on:\n%s\n' "$unformatted" >&2; exit 1; }
go vet ./cmd/btrfs-csi ./cmd/pause ./internal/...
go test ./...
