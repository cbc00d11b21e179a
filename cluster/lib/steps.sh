# Telling people what happens: one line a step, with how long it took. Sourced, never run.
# Everything goes to stderr: stdout belongs to the answers of scripts that print a path.
# shellcheck shell=bash

# die MESSAGE: one clear sentence, then the end.
die() {
  printf 'cluster: %s\n' "$*" >&2
  exit 1
}

# step NAME COMMAND...: runs the command in this shell and prints the name and the seconds it took.
step() {
  local name=$1 began=${EPOCHREALTIME/./} ended
  shift
  "$@"
  ended=${EPOCHREALTIME/./}
  printf '%-44s %6d.%02d s\n' "$name" $(((ended - began) / 1000000)) $(((ended - began) / 10000 % 100)) >&2
}

# logged LOG COMMAND...: runs the command with its output in a file; where it fails, shows the end of it and dies.
logged() {
  local log=$1
  shift
  mkdir -p "$(dirname "$log")"
  "$@" >"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    die "\`$1\` failed; everything it said is in $log"
  }
}

# until_true SECONDS WHAT COMMAND...: waits for a condition, looking every 50 ms.
until_true() {
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < deadline)) || die "$what did not happen in time; the logs are in $LOGS"
    sleep 0.05
  done
}
