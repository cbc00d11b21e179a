#!/usr/bin/env bash
# shellcheck source-path=SCRIPTDIR
# Prints the path of the local cluster's kubeconfig, nothing else, on stdout. kubectl and helm lie beside it.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib/settings.sh"

echo "$KUBECONFIG_FILE"
[ -e "$KUBECONFIG_FILE" ] || echo "cluster: it does not exist yet: run make cluster-up" >&2
