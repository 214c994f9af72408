#!/usr/bin/env bash
# Times Colonnade beside other libraries: usage below. Builds with the Maven profile "peers", whose
# first build downloads some 500 MB of those libraries.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: scripts/bench.sh [quick|full] [--output DIR] [--publish MACHINE] [OPTIONS]

Times Colonnade with either kind of kernels, PyTorch, ONNX Runtime, TensorFlow, ND4J and a C baseline
on whole networks and on single layers, in turns, each in a JVM of its own, and checks their results.

  quick              ResNet-50 on one image and some first calls, beside PyTorch, in under five
                     minutes; the default
  full               four networks, fifteen layers, first calls, batch sizes, image sizes and threads,
                     in about two hours
  --output DIR       for results.json, tables and plots; target/bench if left out
  --publish MACHINE  also puts tables and plots into src/peers/results/MACHINE, and the figures of
                     MACHINE into README.md and src/site/markdown/benchmarks.md
  --threads N        of every library; one for each processor if left out
  --suite NAME       only networks, first, layers, batch, size or threads; may be repeated
  --network NAME     of the networks only resnet50, vgg16, mobilenetv2 or unet; may be repeated
  --batch N          of the networks only 1 or 4 images
  --layer NAME       only this layer; may be repeated
  --library NAME     only colonnade, colonnade-vector, colonnade-prepared, colonnade-im2col, gemm,
                     c-baseline, pytorch, tensorflow, onnxruntime or nd4j; may be repeated

Exit codes: 0 done; 2 a mistake in the arguments; 1 anything else.
TEXT
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
target=$root/target
output=$target/bench
machine=
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
    --publish)
      (($# > 1)) && [[ $2 =~ ^[A-Za-z0-9._-]+$ ]] || mistake "--publish needs a machine's name"
      machine=$2
      shift 2
      ;;
    --threads | --suite | --network | --batch | --layer | --library)
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
if [[ -n $machine ]]; then
  "${java[@]}" io.github.colonnade.peers.BenchmarkReport "$output/results.json" \
    "$root/src/peers/results/$machine"
  "${java[@]}" io.github.colonnade.peers.BenchmarkPage "$output/results.json" "$machine" \
    "$root/README.md" "$root/src/site/markdown/benchmarks.md"
fi
exit "$status"
