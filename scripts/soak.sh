#!/usr/bin/env bash
# Load for long, with stacks of 256 KiB: 64 platform and 10,000 virtual threads on one plan, a plan made, run and closed
# over and over, and operators with ever other shapes. Prints resident memory and what is left behind; ends badly if a
# result is wrong, memory grows or a thread stays.
# usage: soak.sh [SECONDS [ROUNDS [SHAPES]]]                 (after mvn package; 60, 100000 and 20000)
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
source "$root/scripts/find-jdk.sh"

for number in "$@"; do
  [[ $number =~ ^[0-9]{1,9}$ ]] || {
    echo "soak.sh: '$number' must be a whole number; usage: soak.sh [SECONDS [ROUNDS [SHAPES]]]" >&2
    exit 2
  }
done
[[ -d $root/target/test-classes ]] || {
  echo "soak.sh: nothing is built yet: run mvn package first" >&2
  exit 2
}

# All of the heap is resident from the beginning. What the compilers take for a while, and leave in the C library's heap,
# is told apart from what the library keeps: see ProcessMemory.
export MALLOC_ARENA_MAX=1
# Runs Soak with arguments $1...
soak() {
  "$(find_jdk)/bin/java" -ea -Xss256k -Xms512m -Xmx512m -XX:+AlwaysPreTouch -XX:NativeMemoryTracking=summary -Dcolonnade.threads=8 --enable-native-access=ALL-UNNAMED \
    -cp "$root/target/test-classes:$root/target/classes:$root/target/natives/*:$root/target/test-lib/*" \
    io.github.colonnade.Soak "$@" wait
}

soak callers "${1:-60}" 64 10000
soak rounds "${2:-100000}"
soak shapes "${3:-20000}"
