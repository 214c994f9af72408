#!/usr/bin/env bash
# Filters a .npy file that is larger than memory in a heap of 64 MB, and says what that took beside the
# files, which lie in memory only as long as the system likes. The input is sparse, the output takes its
# size on the disk; both are deleted.
# usage: large-filter.sh [GIB] [FILTER OPTIONS]          (20 GiB and --kernel gaussian if left out)
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
gib=20
if (($# > 0)) && [[ $1 != -* ]]; then
  gib=$1
  shift
  [[ $gib =~ ^[1-9][0-9]{0,3}$ ]] || {
    echo "large-filter.sh: GIB: is '$gib', must be a whole number from 1 to 9999" >&2
    exit 2
  }
fi
(($# > 0)) || set -- --kernel gaussian
most_kib=$((1 << 20))

mkdir -p "$root/target"
work=$(mktemp -d "$root/target/large-filter-XXXXXX")
trap 'rm -rf "$work"' EXIT

# Rows of 65536 elements of 4 bytes, 4096 to a GiB.
rows=$((gib * 4096))
shape="{'descr': '<f4', 'fortran_order': False, 'shape': ($rows, 65536), }"
printf '\x93NUMPY\x01\x00\x76\x00%-117s\n' "$shape" >"$work/x.npy"
truncate -s $((128 + gib * (1 << 30))) "$work/x.npy"

SECONDS=0
COLONNADE_JAVA_OPTS="${COLONNADE_JAVA_OPTS:-} -Xmx64m" \
  "$root/scripts/colonnade" filter "$work/x.npy" "$@" -o "$work/y.npy" &
process=$!
peak=0
while sleep 0.2 && status=$(cat "/proc/$process/status" 2>/dev/null); do
  kib=$(awk '/^RssAnon:/ { print $2 }' <<<"$status")
  ((${kib:-0} > peak)) && peak=$kib
done
wait "$process"

size=$(stat -c %s "$work/y.npy")
echo "$gib GiB in $SECONDS s, at most $((peak >> 10)) MiB beside the files"
[[ $size == $((128 + gib * (1 << 30))) ]] || {
  echo "large-filter.sh: the output has $size bytes" >&2
  exit 1
}
((peak < most_kib)) || {
  echo "large-filter.sh: took $peak KiB beside the files, must be less than $most_kib" >&2
  exit 1
}
