#!/usr/bin/env bash
# Counts the images a second that Spark filters and convolves on one executor of one core and on two, on
# this machine, beside the library alone; prints a table of Markdown.
# usage: bench-spark.sh                                                             (after mvn package)
set -euo pipefail

(($# == 0)) || {
  echo "usage: bench-spark.sh" >&2
  exit 2
}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
source "$root/scripts/find-jdk.sh"
jdk=$(find_jdk)
[[ -n $jdk ]] || {
  echo "bench-spark.sh: needs a JDK $required_jdk or newer: install one, or set JAVA_HOME to it" >&2
  exit 1
}
table=$root/src/spark/target/benchmark.md
rm -f "$table"
JAVA_HOME=$jdk mvn -q -B -ntp -f "$root/src/spark" -Dtest=SparkBenchmark integration-test >&2
cat "$table"
sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | sort | uniq -c
