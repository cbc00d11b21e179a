#!/usr/bin/env bash
# shellcheck source-path=SCRIPTDIR
# Ends the kubelet by SIGKILL and starts it again, as after a crash of it: containers go on meanwhile.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
for part in settings steps stamps templates programs leftovers certificates node; do
  # shellcheck source=/dev/null
  . "$here/lib/$part.sh"
done

one_at_a_time cluster
[ -n "$(pids_of kubelet)" ] || die "The cluster is not up: run make cluster-up first."
kill_all pids_of kubelet
start_node
wait_for kubelet 'The kubelet' kubelet_answers
