#!/usr/bin/env bash
# The end-to-end tests against $KUBECONFIG, by default the local cluster; with --local always that one.
# Further arguments go to Maven. Where a test fails, shows the state of the cluster too.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "${1:-}" = --local ]; then
  shift
  unset KUBECONFIG
fi
export KUBECONFIG=${KUBECONFIG:-$(cluster/kubeconfig.sh)}
scripts/plugin.sh >/dev/null # PluginIT runs it
scripts/mvn --projects e2e --also-make verify -DskipITs=false -DskipUnitTests -Dspotless.check.skip "$@" || {
  scripts/diagnose.sh
  exit 1
}
