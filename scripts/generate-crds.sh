#!/usr/bin/env bash
# The CRDs from the API classes: checked in under crds/crd, and in the chart, which may use only what lies in its folder.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/mvn --quiet --projects crds process-classes -Dcheckstyle.skip
for folder in crds/crd helm/pgfork/files/crds; do
  mkdir -p "$folder"
  rm -f "$folder"/*.yml
  cp crds/target/classes/META-INF/fabric8/*-v1.yml "$folder"
done
git status --short crds/crd helm/pgfork/files/crds
