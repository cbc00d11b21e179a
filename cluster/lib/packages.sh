# Debian packages the cluster needs. Sourced, never run.
# shellcheck shell=bash

# need_packages NAME...: installs the ones that are missing; asks the mirrors for fresh lists only when it must.
need_packages() {
  local missing=() name
  for name in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || missing+=("$name")
  done
  ((${#missing[@]} == 0)) || logged "$LOGS/packages.log" install_packages "${missing[@]}"
}

install_packages() {
  # The lock timeout: another apt may be at work on this host.
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300)
  "${apt[@]}" install -y --no-install-recommends "$@" && return
  "${apt[@]}" update
  "${apt[@]}" install -y --no-install-recommends "$@"
}
