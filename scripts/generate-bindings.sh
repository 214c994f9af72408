#!/usr/bin/env bash
# Writes the OpenBLAS bindings (src/generated/java) and their checksums (native/bindings.sha256).
# usage: generate-bindings.sh [OUTPUT_ROOT]   (default: the repository)
# Needs jextract on PATH, and the cblas.h of OpenBLAS: found by pkg-config, or in CBLAS_INCLUDE_DIR.
set -euo pipefail

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
output=${1:-$repo}
package=io.github.colonnade.internal.openblas

fail() {
  printf 'generate-bindings.sh: %s\n' "$1" >&2
  exit 1
}

command -v jextract >/dev/null ||
  fail "jextract is not on PATH; native/jextract.version says which one is used"

include_dir=${CBLAS_INCLUDE_DIR:-}
if [[ -z $include_dir ]] && command -v pkg-config >/dev/null; then
  include_dir=$(pkg-config --variable=includedir openblas 2>/dev/null || true)
fi
[[ -n $include_dir ]] ||
  fail "pkg-config knows no openblas; install its headers (Debian: libopenblas-dev) or set CBLAS_INCLUDE_DIR"
[[ -f $include_dir/cblas.h ]] || fail "$include_dir holds no cblas.h"

mkdir -p "$output/src/generated/java" "$output/native"
rm -rf "$output/src/generated/java/${package//.//}"

# A relative header path, so that nothing of this machine ends up in the output. No --library: the
# bindings look symbols up in what the loader has loaded.
cd "$repo/native"
jextract \
  --include-dir "$include_dir" \
  --output "$output/src/generated/java" \
  --target-package "$package" \
  --header-class-name OpenBlasBindings \
  @openblas.includes \
  openblas.h

cd "$output"
if command -v sha256sum >/dev/null; then
  checksum=(sha256sum)
else
  checksum=(shasum -a 256)
fi
find src/generated/java -type f -print0 | LC_ALL=C sort -z | xargs -0 "${checksum[@]}" \
  >native/bindings.sha256
