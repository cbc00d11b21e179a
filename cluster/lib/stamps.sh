# Building a thing only when what it is made of has changed. Sourced, never run.
# shellcheck shell=bash

# fingerprint FILE-OR-WORD...: a hash over the content of the files and over the words that are no files.
fingerprint() {
  local item
  for item in "$@"; do
    if [ -f "$item" ]; then cat "$item"; else printf '%s\n' "$item"; fi
  done | sha256sum | cut -c1-16
}

# is_current THING FINGERPRINT: true when the thing exists and was made from just that.
is_current() {
  [ -e "$1" ] && [ "$(cat "$1.stamp" 2>/dev/null)" = "$2" ]
}

# mark_current THING FINGERPRINT
mark_current() {
  printf '%s\n' "$2" >"$1.stamp"
}

# one_at_a_time NAME: waits until no other script on this host does the same. Held until this script ends.
# Long-lived children must not inherit file descriptor 9, or they would hold it for ever.
one_at_a_time() {
  mkdir -p "$DIR"
  exec 9>"$DIR/.$1.lock"
  flock 9
}
