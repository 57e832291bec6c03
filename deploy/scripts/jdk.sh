# shellcheck shell=bash
# Finds a JDK by the `release` file in its folder, so that no JVM is started to ask for a version.

JDK_WANTED=25

# Sets jdk_version and jdk_major of the JDK in folder $1, or returns 1 if there is none.
read_release() {
  local line
  [[ -x $1/bin/java && -r $1/release ]] || return 1
  while IFS= read -r line; do
    if [[ $line == JAVA_VERSION=* ]]; then
      line=${line#*=}
      jdk_version=${line//\"/}
      jdk_major=${jdk_version%%[!0-9]*}
      [[ $jdk_major ]]
      return
    fi
  done <"$1/release"
  return 1
}

# Sets candidates to the folders to look at, best first.
jdk_candidates() {
  local java home=${HOME:-/nonexistent} folder
  candidates=()
  [[ -z ${JAVA_HOME:-} ]] || candidates+=("$JAVA_HOME")
  java=$(type -P java || true)
  if [[ $java ]]; then
    [[ ! -L $java ]] || java=$(readlink -f "$java" 2>/dev/null) || java=''
    candidates+=("${java%/bin/java}")
  fi
  for folder in /usr/lib/jvm/* /usr/java/* /opt/* /opt/java/* \
    "$home"/.sdkman/candidates/java/* "$home"/.jdks/* \
    {,"$home"}/Library/Java/JavaVirtualMachines/*/Contents/Home; do
    [[ ! -d $folder ]] || candidates+=("$folder")
  done
}

no_jdk() {
  local purpose=$1 seen=$2
  {
    printf 'weir: no JDK %s found%s.\n' "$JDK_WANTED" "$purpose"
    printf '  Looked at WEIR_JAVA_HOME, JAVA_HOME, java on the PATH, /usr/lib/jvm, /opt, ~/.sdkman, ~/.jdks.\n'
    [[ -z $seen ]] || printf '  Found only:\n%s' "$seen"
    printf '  One of these brings it:\n'
    printf '    apt-get install openjdk-%s-jdk-headless    where the distribution has it\n' "$JDK_WANTED"
    printf '    sdk install java %s-tem                    with SDKMAN\n' "$JDK_WANTED"
    printf '    Eclipse Temurin %s from Adoptium, unpacked anywhere, with WEIR_JAVA_HOME set to its folder\n' \
      "$JDK_WANTED"
  } >&2
  exit 1
}

# Sets JDK, JDK_VERSION and JDK_MAJOR. $1 = run: 25, or else the first newer one; build: exactly 25 and
# with a compiler, because that is what the sources are checked with.
find_jdk() {
  local use=$1 candidates jdk_version jdk_major newer='' newer_version='' seen='' folder
  if [[ -n ${WEIR_JAVA_HOME:-} ]]; then
    read_release "$WEIR_JAVA_HOME" ||
      die "WEIR_JAVA_HOME is $WEIR_JAVA_HOME, where there is no JDK (no bin/java, or no release file)"
    ((jdk_major >= JDK_WANTED)) ||
      die "WEIR_JAVA_HOME is $WEIR_JAVA_HOME, a JDK $jdk_version; Weir needs $JDK_WANTED or newer"
    if [[ $use == run ]] || { ((jdk_major == JDK_WANTED)) && [[ -x $WEIR_JAVA_HOME/bin/javac ]]; }; then
      set_jdk "$WEIR_JAVA_HOME" "$jdk_version"
      return
    fi
    seen+="    $jdk_version at $WEIR_JAVA_HOME"$'\n'
  fi
  jdk_candidates
  if [[ -d /usr/libexec && -x /usr/libexec/java_home ]]; then
    folder=$(/usr/libexec/java_home -v "$JDK_WANTED" 2>/dev/null) && candidates+=("$folder")
  fi
  for folder in ${candidates[@]+"${candidates[@]}"}; do
    read_release "$folder" || continue
    if ((jdk_major == JDK_WANTED)) && [[ $use == run || -x $folder/bin/javac ]]; then
      set_jdk "$folder" "$jdk_version"
      return
    fi
    [[ $seen == *" $folder"$'\n'* ]] || seen+="    $jdk_version at $folder"$'\n'
    if ((jdk_major > JDK_WANTED)) && [[ -z $newer ]]; then
      newer=$folder newer_version=$jdk_version
    fi
  done
  [[ $use == run ]] || no_jdk ", and the build takes exactly that (not only its java, its javac too)" "$seen"
  [[ $newer ]] || no_jdk '' "$seen"
  set_jdk "$newer" "$newer_version"
}

set_jdk() {
  JDK=$1 JDK_VERSION=$2
  export JDK_MAJOR=${2%%[!0-9]*}
}
