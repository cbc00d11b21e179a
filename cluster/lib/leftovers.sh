# What a crash, a kill -9 or a reboot leaves behind, and what down.sh must not. Sourced, never run.
# shellcheck shell=bash

# Everything that runs in pods is in a cgroup below this name (the kubelet's cgroupRoot), so that it can be found
# when the shims that started it are gone.
CGROUP=pgfork

all_program_pids() {
  local program
  for program in "${PROGRAMS[@]}"; do pids_of "$program"; done
}

# Shims outlive containerd; they carry its socket in their arguments.
shim_pids() {
  local file arguments
  for file in /proc/[0-9]*/cmdline; do
    mapfile -d '' -t arguments 2>/dev/null <"$file" || continue
    if [[ ${arguments[0]:-} == */containerd-shim-* && " ${arguments[*]} " == *" $RUN/containerd.sock "* ]]; then
      file=${file#/proc/}
      echo "${file%/cmdline}"
    fi
  done
}

pod_pids() {
  # Processes of another pid namespace show as 0, and kill would take that for ourselves.
  find /sys/fs/cgroup -path "*/$CGROUP/*" -name cgroup.procs -exec cat {} + 2>/dev/null | sort -u | sed '/^0$/d'
}

# mounts_below FOLDER: mount points in it, the newest first.
mounts_below() {
  awk -v below="$1/" '$5 == substr(below, 1, length(below) - 1) || index($5, below) == 1 {print $5}' /proc/self/mountinfo | tac
}

unmount_below() {
  local at
  while read -r at; do
    # Lazily where something still holds it: it goes when the holder goes.
    umount "$at" 2>/dev/null || umount --lazy "$at"
  done < <(mounts_below "$1")
}

remove_cgroups() {
  find /sys/fs/cgroup -mindepth 1 -maxdepth 2 -type d -name "$CGROUP" -prune -print | while read -r top; do
    find "$top" -depth -type d -exec rmdir {} +
  done
}

# clear_away_pods: ends everything that runs in pods and undoes their mounts, as a reboot would. What the API server
# knows, the volumes and the images stay.
clear_away_pods() {
  kill_all pids_of kubelet
  kill_all pids_of containerd
  kill_all shim_pids
  kill_all pod_pids
  unmount_below "$KUBELET_ROOT"
  unmount_below "$RUN"
  remove_cgroups
  rm -rf --one-file-system "$RUN/containerd" "$STATE/addresses"
}
