#!/usr/bin/env bash
# Tests what the measurements compute. Needs no cluster.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. cluster/lib/settings.sh
. cluster/lib/steps.sh
. cluster/lib/packages.sh

command -v python3 >/dev/null || [ "$(id -u)" != 0 ] || need_packages python3
command -v python3 >/dev/null || die 'Python is missing: install the package python3.'
cd bench
python3 -B -m unittest --quiet
