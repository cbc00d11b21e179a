# The cluster's programs: finding, starting and stopping them. Sourced, never run.
# Pid files would lie after a crash or a reboot, so a program is known by the path it was started by.
# shellcheck shell=bash

# shellcheck disable=SC2034  # leftovers.sh uses it
PROGRAMS=(etcd kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy containerd coredns
  btrfs-csi csi-provisioner csi-resizer csi-snapshotter snapshot-controller)

# pids_of PROGRAM: its processes, one a line.
pids_of() {
  local file called
  for file in /proc/[0-9]*/cmdline; do
    IFS= read -r -d '' called 2>/dev/null <"$file" || continue
    if [ "$called" = "$BIN/$1" ]; then
      file=${file#/proc/}
      echo "${file%/cmdline}"
    fi
  done
}

# ensure_running PROGRAM ARGUMENT...: starts it, unless it runs already, as built last, with these very arguments and
# the present content of the files among them.
ensure_running() {
  local program=$1 as
  shift
  as=$(fingerprint "$(readlink -f "$BIN/$program").stamp" "$@")
  [ -n "$(pids_of "$program")" ] && [ "$(cat "$RUN/$program.started" 2>/dev/null)" = "$as" ] && return
  stop_program "$program"
  echo "$as" >"$RUN/$program.started"
  # In a session of its own: it outlives this script and its terminal. Descriptor 9 is the lock of one_at_a_time,
  # 8 the terminal (steps.sh). A KUBECONFIG of the caller would win over the arguments of some programs.
  env -u KUBECONFIG setsid "$BIN/$program" "$@" >"$LOGS/$program.log" 2>&1 </dev/null 8>&- 9>&- &
  # On a busy machine it takes a moment until it goes by its name.
  while kill -0 $! 2>/dev/null && [ -z "$(pids_of "$program")" ]; do sleep 0.01; done
}

# stop_program PROGRAM: politely, and after five seconds firmly.
stop_program() {
  local pids
  pids=$(pids_of "$1")
  [ -n "$pids" ] || return 0
  # shellcheck disable=SC2086  # one word a process
  kill $pids 2>/dev/null || true
  gone_within 5 pids_of "$1" || kill_all pids_of "$1"
}

# check_that_all_run: a program that has ended by itself has said why in its log.
check_that_all_run() {
  local program
  for program in "${PROGRAMS[@]}"; do
    [ -n "$(pids_of "$program")" ] || { tail -n 20 "$LOGS/$program.log" >&2; die "$program has ended by itself; its log is $LOGS/$program.log"; }
  done
}

# kill_all COMMAND...: kills the processes that the command prints until it prints none.
kill_all() {
  local pids deadline=$((SECONDS + 10))
  while pids=$("$@") && [ -n "$pids" ]; do
    ((SECONDS < deadline)) || die "These processes do not go away: $(echo "$pids" | tr '\n' ' ')"
    # shellcheck disable=SC2086  # one word a process
    kill -9 $pids 2>/dev/null || true
    sleep 0.05
  done
}

gone_within() {
  local deadline=$((SECONDS + $1))
  shift
  while [ -n "$("$@")" ]; do
    ((SECONDS < deadline)) || return 1
    sleep 0.05
  done
}
