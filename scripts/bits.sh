#!/usr/bin/env bash
# Prints what each plan explains and a hash of its result's bits, for the benchmark's layers and for
# awkward geometries: run it before and after a change that must not alter any, and compare.
# usage: bits.sh portable|vector [LAYERS.csv]     (after mvn package)
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
source "$root/scripts/find-jdk.sh"
kernels=${1:?usage: bits.sh portable|vector [LAYERS.csv]}
layers=${2:-$(find "$root/src" -name layers.csv -not -path '*/target/*' | head -n 1)}

exec "$(find_jdk)/bin/java" --add-modules jdk.incubator.vector "-Dcolonnade.kernels=$kernels" \
  --enable-native-access=ALL-UNNAMED \
  -cp "$root/target/test-classes:$root/target/classes:$root/target/natives/*" \
  io.github.colonnade.BitsReport "$layers"
