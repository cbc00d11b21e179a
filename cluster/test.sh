#!/usr/bin/env bash
# shellcheck source-path=SCRIPTDIR
# Checks and tests of the cluster's Go code, the storage driver above all; as root against a real btrfs, too. Needs no
# running cluster. (The scripts are checked by scripts/lint.sh and tested by test-lifecycle.sh and test-features.sh.)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. lib/settings.sh
. lib/steps.sh
. lib/packages.sh
. lib/prerequisites.sh

check_go
if [ "$(id -u)" = 0 ]; then need_packages btrfs-progs xfsprogs; fi
unformatted=$(gofmt -l .)
[ -z "$unformatted" ] || die "Run gofmt -w on: $unformatted"
go vet ./cmd/btrfs-csi ./cmd/pause ./internal/...
go test ./internal/...
