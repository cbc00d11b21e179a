#!/usr/bin/env bash
# Runs shellcheck on every shell script of the project.
set -euo pipefail
cd "$(dirname "$0")/.."
. cluster/lib/settings.sh
. cluster/lib/steps.sh
. cluster/lib/packages.sh

command -v shellcheck >/dev/null || [ "$(id -u)" != 0 ] || need_packages shellcheck
command -v shellcheck >/dev/null || die 'shellcheck is missing: install the package shellcheck.'

# By the first line, since scripts need no ending; files with neither are sourced ones, which shellcheck follows.
mapfile -t scripts < <(git grep --untracked -lE '^#!.*\b(bash|sh)$' -- ':!*.md')
shellcheck --external-sources "${scripts[@]}"
