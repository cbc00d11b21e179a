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
  local name=$1 began=${EPOCHREALTIME/[.,]/} took
  shift
  "$@"
  took=$((${EPOCHREALTIME/[.,]/} - began))
  printf '%-44s %6d.%02d s\n' "$name" $((took / 1000000)) $((took / 10000 % 100)) >&2
}

# logged LOG COMMAND...: runs the command with its output in a file; if this script ends in it, the end of the file
# is shown. (Not by `COMMAND || …`: that would switch off errexit inside of the command.)
logged() {
  log_in_use=$1
  shift
  mkdir -p "$(dirname "$log_in_use")"
  "$@" >"$log_in_use" 2>&1
  log_in_use=
}
show_log_of_failure() {
  [ -n "$log_in_use" ] || return
  tail -n 20 "$log_in_use" >&8
  printf 'cluster: that failed; everything it said is in %s\n' "$log_in_use" >&8
}
log_in_use=
exec 8>&2
trap show_log_of_failure EXIT

# wait_for PROGRAM WHAT COMMAND...: waits until the command succeeds, at most a minute, and shows the program's log
# when it does not or when the program is no more.
wait_for() {
  local program=$1 what=$2 deadline=$((SECONDS + 60))
  shift 2
  until "$@" >/dev/null 2>&1; do
    if ((SECONDS >= deadline)) || [ -z "$(pids_of "$program")" ]; then
      tail -n 20 "$LOGS/$program.log" >&2
      die "$what: $program does not get there; its log is $LOGS/$program.log"
    fi
    sleep 0.1
  done
}
