#!/usr/bin/env bash
# Times Colonnade beside other libraries: usage below. Builds with the Maven profile "peers", whose
# first build downloads some 500 MB of those libraries.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: scripts/bench.sh [quick|full] [--output DIR] [--kernels portable|vector] [OPTIONS]

Times Colonnade, a C baseline, PyTorch, TensorFlow, ONNX Runtime and ND4J on the same layers, each in
a JVM of its own, and checks their results first.

  quick            a few layers in a few minutes; the default
  full             all layers, batch sizes, image sizes and threads, under an hour
  --output DIR     for results.json, tables and plots; target/bench if left out
  --kernels KIND   vector: Colonnade runs with the Vector API; portable if left out
  --threads N      of every library; one for each processor if left out
  --suite NAME     only layers, batch, size or threads; may be repeated
  --layer NAME     only this layer; may be repeated
  --library NAME   only colonnade, colonnade-im2col, gemm, c-baseline, pytorch, tensorflow,
                   onnxruntime or nd4j; may be repeated

Exit codes: 0 done; 2 a mistake in the arguments; 1 anything else.
TEXT
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
target=$root/target
output=$target/bench
arguments=()

mistake() {
  printf 'bench.sh: %s; --help tells what it takes\n' "$1" >&2
  exit 2
}

while (($# > 0)); do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    quick | full)
      arguments+=("$1")
      shift
      ;;
    --output)
      (($# > 1)) || mistake "--output needs a folder"
      output=$2
      shift 2
      ;;
    --kernels | --threads | --suite | --layer | --library)
      (($# > 1)) || mistake "$1 needs a value"
      arguments+=("$1" "$2")
      shift 2
      ;;
    *)
      mistake "is '$1', must be quick, full or an option"
      ;;
  esac
done

[[ $(uname -sm) == "Linux x86_64" ]] || {
  echo "bench.sh: the other libraries' natives are those for Linux on x86_64" >&2
  exit 1
}

compile_baseline() {
  mkdir -p "$target/baseline"
  rm -f "$target"/baseline/*.so
  if ! command -v gcc >/dev/null; then
    echo "bench.sh: gcc is not on PATH, so the C baseline is left out" >&2
    return
  fi
  local flags=(-std=c11 -O3 -march=native -shared -fPIC -Wall -Wextra -Werror)
  gcc "${flags[@]}" -DREAL=double "$root/native/baseline.c" -o "$target/baseline/libbaseline-f64.so"
  gcc "${flags[@]}" -DREAL=float "$root/native/baseline.c" -o "$target/baseline/libbaseline-f32.so"
}

source "$root/scripts/find-jdk.sh"
jdk=$(find_jdk)
[[ -n $jdk ]] || {
  echo "bench.sh: needs a JDK $required_jdk or newer: install one, or set JAVA_HOME to it" >&2
  exit 1
}

echo "bench.sh: building" >&2
(cd "$root" && mvn -q -B -ntp -Ppeers -DskipTests -Dmaven.javadoc.skip=true \
  -Dmaven.source.skip=true package) >&2
compile_baseline
mkdir -p "$output"
output=$(cd "$output" && pwd -P)

jar=$target/colonnade-0.1.0-SNAPSHOT.jar
java=("$jdk/bin/java" -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED
  --sun-misc-unsafe-memory-access=allow "-Dcolonnade.peers.baseline=$target/baseline"
  -Dslf4j.internal.verbosity=ERROR -Djava.awt.headless=true
  -cp "$target/test-classes:$jar:${jar%.jar}-cli.jar:$target/test-lib/*")

status=0
"${java[@]}" io.github.colonnade.peers.BenchmarkSuite ${arguments[@]+"${arguments[@]}"} \
  --work "$target/peers-work" --output "$output/results.json" || status=$?
((status != 2)) || exit 2

if [[ -f $output/results.json ]]; then
  "${java[@]}" io.github.colonnade.peers.BenchmarkReport "$output/results.json" "$output"
fi
exit "$status"
