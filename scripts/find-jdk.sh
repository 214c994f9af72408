# find_jdk, for the scripts beside it to source: prints the home of a JDK that is new enough, or nothing.

required_jdk=25

# Prints the feature version of the JDK in folder $1, or 0 where there is none. The release file
# spares starting a JVM.
jdk_version() {
  local home=$1 version=
  if [[ -x $home/bin/java && -x $home/bin/javac && -r $home/release ]]; then
    version=$(sed -n 's/^JAVA_VERSION="\([0-9][0-9]*\).*/\1/p' "$home/release")
  fi
  printf '%s\n' "${version:-0}"
}

# Prints the home of the java on PATH: what it reports, since it may be a link or a shim.
java_on_path() {
  command -v java >/dev/null || return 0
  java -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.home = //p'
}

find_jdk() {
  local home
  if [[ -n ${JAVA_HOME:-} && $(jdk_version "$JAVA_HOME") -ge $required_jdk ]]; then
    printf '%s\n' "$JAVA_HOME"
    return
  fi
  home=$(java_on_path)
  if [[ -n $home && $(jdk_version "$home") -ge $required_jdk ]]; then
    printf '%s\n' "$home"
    return
  fi
  for home in /usr/lib/jvm/* /opt/* "${HOME:-}"/.sdkman/candidates/java/* "${HOME:-}"/.jdks/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    if [[ $(jdk_version "$home") -ge $required_jdk ]]; then
      printf '%s\n' "$home"
      return
    fi
  done
}
