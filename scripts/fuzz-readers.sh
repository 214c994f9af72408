#!/usr/bin/env bash
# Feeds damaged files to everything that reads files, with Jazzer, which keeps those that reach new branches: .npy, .npz,
# tuning, image, layer table (CSV) and IDX. A reader may throw an IOException that names the file, and nothing else, and
# gets 256 MiB of heap and 64 of native memory.
# usage: fuzz-readers.sh [SECONDS for each reader] [READER ...]                        (after mvn package)
#        fuzz-readers.sh READER FILE      runs one file, such as target/fuzz-readers/npy/crash-…
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
source "$root/scripts/find-jdk.sh"
usage="usage: fuzz-readers.sh [SECONDS] [READER ...], or fuzz-readers.sh READER FILE"
declare -A targets=(
  [npy]=readers.NpyTarget [npz]=readers.NpzTarget [tuning]=readers.TuningTarget [image]=readers.ImageTarget
  [csv]=readers.CsvTarget [idx]=examples.mnist.IdxTarget
)
readers=(npy npz tuning image csv idx)

fail() {
  echo "fuzz-readers.sh: $1" >&2
  exit 2
}

seconds=60 file=
if [[ ${1:-} =~ ^[0-9]{1,6}$ ]]; then
  seconds=$1
  shift
elif (($# == 2)) && [[ -f $2 ]]; then
  file=$(realpath "$2")
  set -- "$1"
fi
(($#)) && readers=("$@")
for reader in "${readers[@]}"; do
  [[ -n ${targets[$reader]:-} ]] || fail "there is no reader '$reader', only ${!targets[*]}; $usage"
done
[[ -d $root/target/cli-test-classes && -d $root/target/test-lib ]] || fail "nothing is built yet: run mvn package first"

JAVA_HOME=$(find_jdk)
export JAVA_HOME
if [[ ! -d $root/target/fuzz-lib ]]; then
  mvn -B -ntp -q -f "$root/pom.xml" -P fuzz dependency:copy@fuzzer
fi
work=$root/target/fuzz-readers
mkdir -p "$work/tmp"
path="$root/target/cli-test-classes:$root/target/cli-classes:$root/target/classes:$root/target/fuzz-lib/*"
path+=":$root/target/natives/*:$root/target/test-lib/*"
java=("$JAVA_HOME/bin/java" -ea -Xmx256m -XX:MaxDirectMemorySize=64m -Djava.awt.headless=true "-Djava.io.tmpdir=$work/tmp"
  -XX:+EnableDynamicAgentLoading --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow
  -cp "$path")

"${java[@]}" io.github.colonnade.readers.Seeds "$work/seeds"
for reader in "${readers[@]}"; do
  mkdir -p "$work/$reader/corpus"
  log=$work/$reader/log
  arguments=(
    "--target_class=io.github.colonnade.${targets[$reader]}" "--instrumentation_includes=io.github.colonnade.**"
    "-artifact_prefix=$work/$reader/" -rss_limit_mb=2048 -timeout=20
  )
  if [[ -n $file ]]; then
    "${java[@]}" com.code_intelligence.jazzer.Jazzer "${arguments[@]}" "$file"
    continue
  fi
  arguments+=(-max_len=16384 "-max_total_time=$seconds" "$work/$reader/corpus" "$work/seeds/$reader")
  if ! (cd "$work/$reader" && "${java[@]}" com.code_intelligence.jazzer.Jazzer "${arguments[@]}") >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    crash=$(sed -n 's/^.*Test unit written to \(.*\)$/\1/p' "$log" | tail -n 1)
    echo "failed: scripts/fuzz-readers.sh $reader ${crash:-, see $log}" >&2
    exit 1
  fi
  echo "$reader: $(sed -n 's/^Done \([0-9]*\) runs.*/\1/p' "$log") files, $(find "$work/$reader/corpus" -type f | wc -l) that reach new branches"
done
