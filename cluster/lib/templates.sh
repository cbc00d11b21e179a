# Filling in the files of config/. Sourced, never run.
# shellcheck shell=bash

# render TEMPLATE TARGET: replaces every @NAME@ by the setting NAME. The target is touched only when it changes.
render() {
  local text name
  text=$(<"$CLUSTER_SOURCES/config/$1")
  for name in $(grep -o '@[A-Z_]*@' <<<"$text" | tr -d @ | sort -u); do
    text=${text//"@$name@"/"${!name}"}
  done
  mkdir -p "$(dirname "$2")"
  [ "$text" = "$(cat "$2" 2>/dev/null)" ] || printf '%s\n' "$text" >"$2"
}
