#!/usr/bin/env bash
# Measures forks against other ways to copy a database, on the local cluster (make cluster-up install).
# Prints a table and the path of the JSON that it comes from. `bench/run.sh --help` lists the options.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

command -v python3 >/dev/null || { echo 'bench: Python 3.9 or newer is needed: install the package python3.' >&2; exit 1; }
export KUBECONFIG
KUBECONFIG=$(../cluster/kubeconfig.sh)
PATH=$(dirname "$KUBECONFIG"):$PATH # kubectl lies beside it
exec python3 -B bench.py "$@"
