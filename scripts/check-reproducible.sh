#!/usr/bin/env bash
# Builds the files that git knows twice, in two folders, and compares every artifact byte by byte.
# usage: check-reproducible.sh [ARTIFACTS]
# ARTIFACTS: a folder with a first build, such as target; then only the second is made.
set -euo pipefail

fail() {
  echo "check-reproducible: $1" >&2
  exit 1
}

cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/find-jdk.sh
JAVA_HOME=$(find_jdk)
[[ -n $JAVA_HOME ]] || fail "needs a JDK $required_jdk or newer: install one, or set JAVA_HOME to it"
export JAVA_HOME

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Builds a copy in folder $1; the tests are the ordinary build's business.
build() {
  mkdir "$1"
  git ls-files -z | tar --null -T - -cf - | tar -xf - -C "$1"
  (cd "$1" && mvn -B -ntp -q -Dmaven.test.skip=true -Dspotless.check.skip=true package) \
    >"$1.log" 2>&1 || {
    cat "$1.log" >&2
    fail "the build failed"
  }
}

# Prints the checksum of every artifact in folder $1.
checksums() {
  (cd "$1" && find . -maxdepth 1 -type f \( -name '*.jar' -o -name '*-cyclonedx.*' \) | sort |
    xargs sha256sum)
}

echo "building, which takes about a minute each time"
first=${1:-$work/first/target}
[[ -n ${1:-} ]] || build "$work/first"
build "$work/a second folder"
checksums "$first" >"$work/first.sum"
checksums "$work/a second folder/target" >"$work/second.sum"
grep -q '\.jar$' "$work/first.sum" || fail "no jars in $first"
diff "$work/first.sum" "$work/second.sum" || fail "the artifacts above differ"
echo "the same bytes twice:"
cut -c67- "$work/first.sum"
