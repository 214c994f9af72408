#!/usr/bin/env bash
# Calls operators with random shapes, values, memory and options, and compares with their definitions: half of the time
# with the portable kernels, half with the Vector API's, whose bits must be the same. --guarded lays every operand
# between pages that nobody may touch; --cases ends after so many with either kernels.
# usage: fuzz.sh [SECONDS | --cases N] [--guarded] [--seed N]                        (after mvn package)
#        fuzz.sh --seed N [--guarded] --case NUMBER [--kernels portable|vector]
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
source "$root/scripts/find-jdk.sh"
usage="usage: fuzz.sh [SECONDS | --cases N] [--guarded] [--seed N] [--case NUMBER [--kernels portable|vector]]"
seconds=60 cases= guarded= seed=$RANDOM$RANDOM number= kernels=portable

fail() {
  echo "fuzz.sh: $1" >&2
  exit 2
}

whole() {
  [[ $2 =~ ^[0-9]{1,18}$ ]] || fail "$1: is '$2', must be a whole number of at most 18 digits; $usage"
}

while (($#)); do
  case $1 in
    --seed | --case | --cases | --kernels)
      (($# > 1)) || fail "$1: has no value; $usage"
      case $1 in
        --seed) seed=$2 && whole --seed "$seed" ;;
        --case) number=$2 && whole --case "$number" ;;
        --cases) cases=$2 seconds=100000 && whole --cases "$cases" ;;
        --kernels) kernels=$2 ;;
      esac
      shift 2
      ;;
    --guarded)
      guarded=--guarded
      shift
      ;;
    *)
      seconds=$1
      whole SECONDS "$seconds"
      shift
      ;;
  esac
done
[[ $kernels == portable || $kernels == vector ]] || fail "--kernels: is '$kernels', must be portable or vector"
[[ -d $root/target/test-classes ]] || fail "nothing is built yet: run mvn package first"

# Of each seed its own, so that several can run at once.
work=$root/target/fuzz/$seed
mkdir -p "$work"

# Runs Fuzz with kernels $1 and arguments $2...
fuzz() {
  "$(find_jdk)/bin/java" -ea --add-modules jdk.incubator.vector "-Dcolonnade.kernels=$1" -Dcolonnade.threads=8 \
    "-Dguarded=${guarded:+true}" \
    --enable-native-access=ALL-UNNAMED "-XX:ErrorFile=$work/crash-%p.log" -XX:-CreateCoredumpOnCrash \
    -cp "$root/target/test-classes:$root/target/classes:$root/target/natives/*:$root/target/test-lib/*" \
    io.github.colonnade.Fuzz "${@:2}" 2> >(grep -v 'incubator modules' >&2)
}

if [[ -n $number ]]; then
  fuzz "$kernels" "$seed" case "$number"
  exit
fi

echo "seed $seed"
for kernels in portable vector; do
  if ! fuzz $kernels "$seed" $((seconds / 2)) "$work/$kernels.txt" ${cases:+"$cases"}; then
    # The last case that the trace names: also where the JVM ended without a word.
    number=$(grep '^case ' "$work/$kernels.txt" | tail -n 1 | sed 's/^case \([0-9]*\):.*/\1/')
    echo "failed: scripts/fuzz.sh --seed $seed${guarded:+ --guarded} --case ${number:-0} --kernels $kernels" >&2
    exit 1
  fi
done

# Line by line what both made, as far as both came.
both=$(paste -d' ' <(grep '^bits ' "$work/portable.txt") <(grep '^bits ' "$work/vector.txt") | awk 'NF == 4')
number=$(awk '$2 != $4 { print NR - 1; exit }' <<< "$both")
if [[ -n $number ]]; then
  echo "failed: other bits with the other kernels: scripts/fuzz.sh --seed $seed${guarded:+ --guarded} --case $number --kernels portable, and vector" >&2
  exit 1
fi
echo "$(cat "$work"/{portable,vector}.txt | grep -c '^bits ') cases${guarded:+ between forbidden pages} passed, $(wc -l <<< "$both") of them with either kind of kernels and the same bits"
rm -r "$work"
