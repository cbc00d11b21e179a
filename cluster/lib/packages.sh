# Debian packages the cluster needs. Sourced, never run.
# shellcheck shell=bash

# need_packages NAME...: installs the ones that are missing; asks the mirrors for fresh lists only when it must.
need_packages() {
  local missing=() name
  for name in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || missing+=("$name")
  done
  ((${#missing[@]} == 0)) && return
  command -v apt-get >/dev/null || die "Missing Debian packages: ${missing[*]}; install them (there is no apt-get here to do it)."
  logged "$LOGS/packages.log" install_packages "${missing[@]}"
}

install_packages() {
  # The lock timeout: another apt may run on this host. The policy: no service is started by being installed.
  local install=(env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
    apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends)
  "${install[@]}" "$@" && return
  apt-get -o DPkg::Lock::Timeout=300 update
  "${install[@]}" "$@"
}
