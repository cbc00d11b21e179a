#!/usr/bin/env bash
# Puts this checkout's operator into the local cluster by its chart. Further arguments go to helm.
set -euo pipefail
cd "$(dirname "$0")/.."

archive=$(scripts/operator-image.sh)
image=$(cluster/load-image.sh "$archive")
export KUBECONFIG
KUBECONFIG=$(cluster/kubeconfig.sh)
PATH=$PATH:$(dirname "$KUBECONFIG") # helm and kubectl lie beside the kubeconfig

# The tag stays the same; the annotation makes the Deployment roll when, and only when, the image is another one.
helm upgrade --install pgfork helm/pgfork --namespace pgfork-system --create-namespace --wait --timeout 2m \
  --set image.repository="${image%:*}" --set image.tag="${image##*:}" \
  --set forksAcrossNamespaces=true \
  --set admissionPolicies.deleteProtection=true,admissionPolicies.forkVerb=true \
  --set-string admissionPolicies.namespaceSelector.matchLabels."pgfork\.dev/admission-policies"=enforced \
  --set-string podAnnotations."pgfork\.dev/image-made-from=$(cat "$archive.stamp")" "$@" >&2
