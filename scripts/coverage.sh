#!/usr/bin/env bash
# What the tests reach: the branches of the library's packages that they take, of all tests and the JVMs that they start,
# and the share of mutants of geometry, validation, header parsing and algorithm choice that they kill. Everything counts
# but what jextract writes. The figures are the last lines; details lie in target/coverage and target/mutation. Wants a
# machine that does nothing else: on a busy one it takes hours, and mutants count as killed that were only slow.
# usage: coverage.sh [branches|mutants]
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
source "$root/scripts/find-jdk.sh"
what=${1:-all}
case $what in
  all | branches | mutants) ;;
  *)
    echo "coverage.sh: there is no '$what'; usage: coverage.sh [branches|mutants]" >&2
    exit 2
    ;;
esac

# In io.github.colonnade.
mutated=(
  # Geometry
  'Padding*'
  'Window*'
  'internal.conv.Axis*'
  'internal.conv.ConvGeometry*'
  'internal.border.FilterGeometry*'
  'internal.border.PadGeometry*'
  'internal.pool.*Axis*'
  'internal.pool.PoolGeometry*'
  # Validation
  'Operands*'
  'Shapes*'
  'ConvBuilder*'
  'DilatedBuilder*'
  'PoolBuilder*'
  'PoolingRule*'
  # Headers of files
  'FileSignature*'
  'NpyHeader*'
  'NpyReader*'
  'NpzArchive*'
  'TunedProblem*'
  'TuningFile*'
  # Choice of the algorithm
  'PassChoice*'
  'internal.conv.AlgorithmChoice*'
  'internal.conv.*.*Algorithm'
)
# Those that say right or wrong within seconds.
tests=(
  AlgorithmPassesTest
  Conv2dGoldenTest
  ConvPlanTest
  DenseTest
  Im2colGoldenTest
  MisuseTest
  NonFiniteTest
  NpyTest
  NpzTest
  OperandNamesTest
  OperandsTest
  OperatorMisuseTest
  OutsideNumbersTest
  Pad2dTest
  PoolBehaviourTest
  PoolKnownAnswersTest
  PoolMisuseTest
  ReluTest
  Signal2dTest
  SpecificationTest
  TuningTest
  WindowBuilderTest
  WorkspaceCapTest
  internal.border.PadGeometryTest
  internal.conv.AxisTest
  internal.conv.HugeGeometryTest
  internal.conv.KernelsTest
  internal.conv.PayingProblemsTest
  internal.conv.RefusalsTest
  internal.conv.direct.DirectAlgorithmTest
  internal.conv.im2col.HugeTilingTest
  internal.pool.PoolAxisTest
)

# Prints names, each with the package before it, with commas between.
join() {
  local names=("${@/#/io.github.colonnade.}") IFS=,
  echo "${names[*]}"
}

JAVA_HOME=$(find_jdk)
export JAVA_HOME
cd "$root"

if [[ $what != mutants ]]; then
  rm -f target/jacoco.exec
  # On one processor: two would take the lines of the cache that JaCoCo marks branches in from each other, all the time.
  bound=()
  if command -v taskset > /dev/null; then
    bound=(taskset -c "$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//')")
  fi
  "${bound[@]}" mvn -B -ntp -P coverage test jacoco:report@coverage-report
fi
if [[ $what != branches ]]; then
  mvn -B -ntp -P mutation "-DtargetClasses=$(join "${mutated[@]}")" "-DtargetTests=$(join "${tests[@]}")" \
    test-compile pitest:mutationCoverage@mutants
fi

if [[ $what != mutants ]]; then
  echo
  echo "branches taken, missed or not:"
  # Columns 2, 6 and 7: package, branches missed, branches covered.
  awk -F, '
    NR > 1 { missed[$2] += $6; taken[$2] += $7; allMissed += $6; allTaken += $7 }
    function row(name, part, all) { return sprintf("%6.2f %%  %6d of %6d  %s", 100 * part / all, part, all, name) }
    END {
      for (name in taken) {
        if (taken[name] + missed[name]) print row(name, taken[name], taken[name] + missed[name]) | "sort -k 6"
      }
      close("sort -k 6")
      print row("all packages", allTaken, allTaken + allMissed)
    }' target/coverage/jacoco.csv
fi
if [[ $what != branches ]]; then
  echo
  echo "mutants killed:"
  # Columns 1, 2 and 6: file, class, status.
  awk -F, '
    { name = $2; sub(/\$.*/, "", name); all[name]++; total++ }
    $6 == "TIMED_OUT" { late++ }
    $6 == "KILLED" || $6 == "TIMED_OUT" || $6 == "MEMORY_ERROR" || $6 == "RUN_ERROR" { killed[name]++; dead++ }
    function row(name, part, all) { return sprintf("%6.2f %%  %6d of %6d  %s", 100 * part / all, part, all, name) }
    END {
      for (name in all) print row(name, killed[name], all[name]) | "sort -k 6"
      close("sort -k 6")
      print row("all classes, " late + 0 " of the killed because they ran too long", dead, total)
    }' target/mutation/mutations.csv
fi
