#!/usr/bin/env bash
# What one looks at first when something went wrong in the cluster of $KUBECONFIG (default: the local one). Bounded.
cd "$(dirname "$0")/.." || exit
export KUBECONFIG=${KUBECONFIG:-$(cluster/kubeconfig.sh)}
PATH=$PATH:$(dirname "$KUBECONFIG")

show() {
  local lines=$1
  shift
  printf '\n--- %s\n' "$*"
  timeout 20 "$@" 2>&1 | tail -n "$lines" | cut -c1-400
}

show 60 kubectl get pgdb,pgf,statefulsets,pods,pvc,volumesnapshots --all-namespaces -o wide
show 80 kubectl get events --all-namespaces --sort-by=.lastTimestamp
show 60 kubectl describe pods --namespace pgfork-system
show 200 kubectl logs deployment/pgfork --namespace pgfork-system --tail=200
show 60 kubectl logs deployment/pgfork --namespace pgfork-system --previous --tail=60
