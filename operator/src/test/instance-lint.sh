#!/bin/bash
# Checks the instance script without running it: shellcheck, and the one rule that shellcheck does not know.
set -eu
cd "$(dirname "$0")/../main/resources/dev/pgfork/operator/instance"

command -v shellcheck >/dev/null || { echo "instance-lint.sh: shellcheck is missing: apt-get install shellcheck" >&2; exit 1; }
# SC2015: `a && b || fail` is what we mean; fail ends the process.
shellcheck --external-sources --check-sourced --exclude=SC2015 instance.sh

# PID 1 has traps, and bash 5.2 loses its place when a trap comes while it expands a command substitution.
if grep -nE '^[^#]*(\$\([^(]|[<>]\(|`)' instance.sh supervise.sh serve.sh space.sh follow.sh; then
    echo "instance-lint.sh: no command or process substitution in what PID 1 runs; leave results in REPLY" >&2
    exit 1
fi
