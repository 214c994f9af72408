#!/usr/bin/env bash
# Times filters of whole images beside OpenCV and BoofCV, in turns in one process for either kind of
# kernels, and writes a table of commas and one of Markdown. Builds with the Maven profile "peers".
# usage: bench-filters.sh OUTPUT_DIR [WORD...]
#        only cases that have all WORDs, such as plane, photograph, f32, f64, 11x11, separable or any
set -euo pipefail

(($# > 0)) && [[ $1 != -* ]] || {
  echo "usage: bench-filters.sh OUTPUT_DIR [WORD...]" >&2
  exit 2
}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
target=$root/target
mkdir -p "$1"
output=$(cd "$1" && pwd -P)
shift

source "$root/scripts/find-jdk.sh"
jdk=$(find_jdk)
[[ -n $jdk ]] || {
  echo "bench-filters.sh: needs a JDK $required_jdk or newer: install one, or set JAVA_HOME to it" >&2
  exit 1
}
echo "bench-filters.sh: building" >&2
(cd "$root" && mvn -q -B -ntp -Ppeers -DskipTests -Dmaven.javadoc.skip=true \
  -Dmaven.source.skip=true package) >&2

jar=$target/colonnade-0.1.0-SNAPSHOT.jar
run() {
  "$jdk/bin/java" -XX:+UseSerialGC -Xmx6g --add-modules jdk.incubator.vector \
    --enable-native-access=ALL-UNNAMED -cp "$target/test-classes:$jar:$target/test-lib/*" "$@"
}
rm -f "$output/filters.csv"
for threads in 1 2; do
  for kernels in portable vector; do
    run "-Dcolonnade.kernels=$kernels" io.github.colonnade.peers.filter.FilterBenchmark \
      "$output/filters.csv" "$threads" "$@"
  done
done
run io.github.colonnade.peers.filter.FilterTable "$output/filters.csv" >"$output/filters.md"
