#!/usr/bin/env bash
# Generates the bindings anew into a temporary folder and compares: exit 0 if they are as committed.
# Needs what generate-bindings.sh needs.
set -euo pipefail

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT

if ! command -v jextract >/dev/null; then
  echo "check-bindings.sh: jextract is not on PATH, so nothing was checked" >&2
  exit 1
fi

"$repo/scripts/generate-bindings.sh" "$fresh"

if ! diff -r "$repo/src/generated/java" "$fresh/src/generated/java" >&2 ||
  ! diff "$repo/native/bindings.sha256" "$fresh/native/bindings.sha256" >&2; then
  echo "check-bindings.sh: the committed bindings differ from what jextract generates" >&2
  exit 1
fi
echo "The bindings are what jextract generates."
