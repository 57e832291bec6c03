# shellcheck shell=bash
# Builds a process's jars into target/dist when its sources changed since they were built.
#
# For each process there are three files in target/.weir: PROCESS.since is as old as the start of the last good
# build, PROCESS.built as its end, and PROCESS.sources lists every input with its checksum. Inputs whose inode
# changed after the first, or jars that changed after the second (somebody called Maven), are looked at
# closer, by checksum. So it costs one `find` when nothing changed. The change time is asked because, unlike
# the modification time, no copy, checkout or touch can set it back.

# What a controller may have beside its own jars; built when asked for, as it is large.
HOOK_MODULES=(hooks-aws hooks-gcp)

state=$root/target/.weir
build_log=$root/target/build.log

# Sets modules and inputs (paths below root) of process $1.
set_inputs() {
  local module input
  case $1 in
    e2e) modules=(proto controller agent cli e2e) ;;
    hooks) modules=(proto controller "${HOOK_MODULES[@]}") ;;
    *) modules=(proto "$1") ;;
  esac
  inputs=(pom.xml .mvn)
  for module in "${modules[@]}"; do
    for input in "$module/pom.xml" "$module/src/main"; do
      [[ ! -e $root/$input ]] || inputs+=("$input")
    done
  done
}

# True if nothing happened to inputs or jars of process $1 since they were built.
untouched() {
  local modules inputs folder=$dist/$1 touched
  [[ -f $state/$1.since && -f $state/$1.built && -d $folder ]] || return 1
  set_inputs "$1"
  touched=$(find "${inputs[@]/#/$root/}" "$folder" \
    \( -path "$folder*" -cnewer "$state/$1.built" -o ! -path "$folder*" -cnewer "$state/$1.since" \) \
    -print -quit 2>&1) && [[ -z $touched ]]
}

build_if_changed() {
  untouched "$1" || with_lock build_changed "$1" || exit 1
}

# build_everything [hooks]
build_everything() {
  local class_path server_options
  case ${1:-} in
    '') ;;
    hooks)
      build_if_changed hooks
      say "target/dist/hooks is up to date"
      return
      ;;
    *)
      say "weir build knows hooks, not '$1'"
      exit 2
      ;;
  esac
  build_if_changed e2e
  find_jdk run
  set_class_path cli
  ensure_start_cache cli train_cli
  set_class_path agent
  set_server_options -XX:+UseSerialGC "${JVM_AGENT[@]}"
  ensure_start_cache agent train_agent
  say "target/dist is up to date"
}

format_code() {
  find_jdk build
  with_lock maven -q com.diffplug.spotless:spotless-maven-plugin:apply
}

# Runs a function while no other weir builds in this checkout.
with_lock() {
  local lock=$root/target/build.lock status=0 owner told=''
  mkdir -p "$root/target"
  if type -P flock >/dev/null; then
    exec 9>>"$lock"
    if ! flock -n 9; then
      say "waiting for another weir that builds in this checkout…"
      flock 9
    fi
    # Only this shell holds the lock: a child that outlives it must not.
    "$@" 9>&- || status=$?
    exec 9>&-
    return "$status"
  fi
  until mkdir "$lock.d" 2>/dev/null; do
    [[ $told ]] || say "waiting for another weir that builds in this checkout…"
    told=yes
    sleep 0.2
    owner=$(cat "$lock.d/pid" 2>/dev/null) || continue
    kill -0 "$owner" 2>/dev/null || rm -rf "$lock.d"
  done
  echo $$ >"$lock.d/pid"
  "$@" || status=$?
  rm -rf "$lock.d"
  return "$status"
}

# Builds process $1, holding the lock, unless another weir just did or only times changed.
build_changed() {
  local process=$1 processes one changed
  untouched "$process" && return
  case $process in
    e2e) processes=(controller agent cli e2e) ;;
    hooks) processes=(controller hooks) ;;
    *) processes=("$process") ;;
  esac
  mkdir -p "$state"
  # Made before the sums: whatever is edited from here on is newer.
  : >"$state/since"
  for one in "${processes[@]}"; do
    checksums "$one" >"$state/$one.new" || return 1
  done
  changed=$(changed_inputs "$process")
  if [[ $changed ]] || jars_touched "$process"; then
    forget_old_output "$process" "$changed"
    run_build "$process" "$changed" || return 1
    for one in "${processes[@]}"; do : >"$state/$one.built"; done
  fi
  for one in "${processes[@]}"; do
    mv -f "$state/$one.new" "$state/$one.sources"
    touch -r "$state/since" "$state/$one.since"
  done
}

checksums() {
  local modules inputs sum=(sha256sum)
  type -P sha256sum >/dev/null || sum=(shasum -a 256)
  set_inputs "$1"
  (cd "$root" && find "${inputs[@]}" -type f | LC_ALL=C sort | tr '\n' '\0' | xargs -0 "${sum[@]}")
}

# Prints the inputs of process $1 that differ from those of the last good build; `everything` if there is none.
changed_inputs() {
  if [[ -f $state/$1.built && -f $state/$1.sources ]]; then
    LC_ALL=C diff "$state/$1.sources" "$state/$1.new" | sed -n 's/^[<>] [0-9a-f]* [ *]//p' | LC_ALL=C sort -u
  else
    echo everything
  fi
}

jars_touched() {
  local touched
  touched=$(find "$dist/$1" -cnewer "$state/$1.built" -print -quit 2>&1) && [[ -z $touched ]] && return 1
  return 0
}

# Removes what Maven would not: it goes by modification times, and never takes a dependency's old version out
# of target/dist. Jars are unlinked, never overwritten, so that processes that run from them are not disturbed.
forget_old_output() {
  local process=$1 path folders=("$dist/$1") modules inputs module stale=() folder
  [[ $process != e2e ]] || folders=("$dist/controller" "$dist/agent" "$dist/cli" "$dist/e2e")
  [[ $process != hooks ]] || folders=("$dist/controller" "$dist/hooks/aws" "$dist/hooks/gcp")
  if [[ $2 == everything || $'\n'$2 == *$'\n'*pom.xml* || $'\n'$2 == *$'\n'.mvn/* ]]; then
    rm -rf "${folders[@]}"
  fi
  set_inputs "$process"
  while IFS= read -r path; do
    case $path in
      '') ;;
      proto/* | everything | pom.xml | .mvn/*) stale=("${modules[@]}") && break ;;
      *) stale+=("${path%%/*}" e2e) ;;
    esac
  done <<<"$2"
  for module in ${stale[@]+"${stale[@]}"}; do
    rm -rf "$root/$module/target/classes" "$root/$module/target/maven-status"
    for folder in "${folders[@]}"; do rm -f "$folder/weir-$module"-[0-9]*.jar; done
  done
}

# run_build PROCESS CHANGED-INPUTS
run_build() {
  local process=$1 goals offline=-o began=$SECONDS
  # Format and versions are judged by `weir test`, and its tests compiled there. (A module whose tests need
  # another's test-jar would want skipTests here.)
  goals=(package -Dmaven.test.skip=true -Dspotless.check.skip=true -Denforcer.skip=true -Dmaven.site.skip=true)
  case $process in
    e2e) goals+=(-pl "$(printf '!%s,' "${HOOK_MODULES[@]}")") ;;
    hooks) goals+=(-pl "$(printf '%s,' "${HOOK_MODULES[@]}")" -am) ;;
    *) goals+=(-pl "$process" -am) ;;
  esac
  if [[ $2 == everything ]]; then
    offline=''
    say "building $(shown "$process") (the first time downloads what it needs: a minute or two)…"
  else
    [[ $2 != *pom.xml* && $2 != *.mvn/* ]] || offline=''
    say "building $(shown "$process")…"
  fi
  find_jdk build
  if ! maven -q ${offline:+"$offline"} "${goals[@]}" >"$build_log" 2>&1; then
    # Without a network the first try has to do, with one the second brings what the local repository lost.
    if [[ ! $offline ]] || ! grep -q 'offline mode' "$build_log" ||
      ! maven -q "${goals[@]}" >"$build_log" 2>&1; then
      grep -v '^WARNING:' "$build_log" | tail -n 80 >&2 || true
      say "the build failed; all it said is in $build_log"
      return 1
    fi
  fi
  say "built in $((SECONDS - began)) s"
}

shown() {
  if [[ $1 == e2e ]]; then echo weir; else echo "weir's $1"; fi
}

# Sets mvn. The wrapper brings Maven from Maven Central; where it cannot, the distribution's is good enough.
find_maven() {
  local name
  mvn=$root/mvnw
  name=$(sed -n 's|^distributionUrl=.*/\(.*\)-bin\.zip.*|\1|p' "$root/.mvn/wrapper/maven-wrapper.properties")
  if [[ ! -d ${MAVEN_USER_HOME:-${HOME:-}/.m2}/wrapper/dists/$name ]] &&
    ! (cd "$root" && JAVA_HOME=$JDK "$mvn" --version) >"$root/target/mvnw.log" 2>&1; then
    mvn=$(type -P mvn) || {
      cat "$root/target/mvnw.log"
      echo "Maven could not be downloaded, and there is no mvn on the PATH"
      return 1
    }
  fi
}

# Runs Maven on the JDK that `find_jdk build` found, with nothing to read.
maven() {
  local mvn
  find_maven || return 1
  (
    cd "$root" || exit 1
    export JAVA_HOME=$JDK
    export MAVEN_OPTS="--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
-XX:TieredStopAtLevel=1 -XX:+UseSerialGC ${MAVEN_OPTS:-}"
    exec "$mvn" -B -ntp "$@" </dev/null
  )
}
