#!/usr/bin/env bash
# Times filters of whole images beside OpenCV and BoofCV, in turns in one process for either kind of
# kernels, and writes a table of commas and one of Markdown. Builds with the Maven profile "peers".
# All cases take a quarter of an hour. COLONNADE_JAVA_OPTS: further options for the JVM, separated by
# spaces, such as -Dcolonnade.bench.seconds=0.1 for a shorter look at each.
# usage: bench-filters.sh OUTPUT_DIR [--publish MACHINE] [WORD...]
#        only cases that have all WORDs, such as plane, photograph, f32, f64, 11x11, separable or any;
#        --publish puts all into src/peers/results/MACHINE and src/site/markdown/benchmarks.md
set -euo pipefail

usage="usage: bench-filters.sh OUTPUT_DIR [--publish MACHINE] [WORD...]"
(($# > 0)) && [[ $1 != -* ]] || {
  echo "$usage" >&2
  exit 2
}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
target=$root/target
mkdir -p "$1"
output=$(cd "$1" && pwd -P)
shift
machine=
if (($# > 0)) && [[ $1 == --publish ]]; then
  (($# == 2)) && [[ $2 =~ ^[A-Za-z0-9._-]+$ ]] || {
    echo "bench-filters.sh: --publish needs a machine's name, and all cases; $usage" >&2
    exit 2
  }
  machine=$2
  shift 2
fi

source "$root/scripts/find-jdk.sh"
jdk=$(find_jdk)
[[ -n $jdk ]] || {
  echo "bench-filters.sh: needs a JDK $required_jdk or newer: install one, or set JAVA_HOME to it" >&2
  exit 1
}
echo "bench-filters.sh: building" >&2
(cd "$root" && mvn -q -B -ntp -Ppeers -DskipTests -Dmaven.javadoc.skip=true \
  -Dmaven.source.skip=true package) >&2

read -r -a java_options <<<"${COLONNADE_JAVA_OPTS:-}"
jar=$target/colonnade-0.1.0-SNAPSHOT.jar
run() {
  "$jdk/bin/java" -XX:+UseSerialGC -Xmx6g --add-modules jdk.incubator.vector \
    --enable-native-access=ALL-UNNAMED ${java_options[@]+"${java_options[@]}"} \
    -cp "$target/test-classes:$jar:${jar%.jar}-cli.jar:$target/test-lib/*" "$@"
}
csv=$output/filters.csv
rm -f "$csv"
for threads in 1 2; do
  for kernels in portable vector; do
    echo "bench-filters.sh: $threads threads, $kernels kernels, after $SECONDS s" >&2
    run "-Dcolonnade.kernels=$kernels" io.github.colonnade.peers.filter.FilterBenchmark \
      "$csv" "$threads" "$@"
  done
done
run io.github.colonnade.peers.filter.FilterTable "$csv" >"$output/filters.md"
if [[ -n $machine ]]; then
  mkdir -p "$root/src/peers/results/$machine"
  cp "$csv" "$root/src/peers/results/$machine/filters.csv"
  run io.github.colonnade.peers.filter.FilterTable "$csv" \
    "$root/src/site/markdown/benchmarks.md" "$machine"
fi
