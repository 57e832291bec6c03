# shellcheck shell=bash
# Starts the processes: thin jars on the class path of one JVM, which replaces this shell (exec), so that
# signals and the exit status are the process's own.

JVM_QUIET=(--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow)
# A process out of memory ends, and whoever supervises it starts it again.
JVM_SERVER=(-XX:+ExitOnOutOfMemoryError -XX:MaxRAMPercentage=25 -Xms32m)
# Made for a person who types: no time for a second compiler or more than one thread of collector.
# The JVM logs about its caches to standard output, where the answer belongs.
JVM_CTL=(-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData -Xlog:disable)

MAIN_CTL=io.weir.cli.Main

# Sets class_path to the jars of process $1, Weir's own first. Always the same string for the same jars,
# as a cache of loaded classes is valid for one class path only.
set_class_path() {
  local jars=("$dist/$1"/weir-*.jar "$dist/$1"/*.jar) jar
  [[ -e ${jars[0]} ]] || die "there is no $dist/$1/weir-*.jar: ${checkout:+run ./weir build}${checkout:-this copy of Weir is incomplete}"
  class_path=''
  for jar in "${jars[@]}"; do
    case :$class_path: in
      *":$jar:"*) ;;
      *) class_path+=${class_path:+:}$jar ;;
    esac
  done
}

# Builds process $1 if its sources changed; in the archive there is nothing to build.
ensure_built() {
  if [[ $checkout && -z ${WEIR_NO_BUILD:-} ]]; then
    build_if_changed "$1"
  fi
}

# start_server PROCESS MAIN COLLECTOR ARGS...
start_server() {
  local process=$1 main=$2 collector=$3 extra=() class_path
  shift 3
  ensure_built "$process"
  find_jdk run
  set_class_path "$process"
  read -r -a extra <<<"${WEIR_JAVA_OPTS:-}" || true
  # Two collectors on one command line are an error, so ours gives way.
  [[ $collector && ${WEIR_JAVA_OPTS:-} != *-XX:+Use*GC* ]] && extra=("$collector" ${extra[@]+"${extra[@]}"})
  exec "$JDK/bin/java" "${JVM_QUIET[@]}" "${JVM_SERVER[@]}" ${extra[@]+"${extra[@]}"} \
    -cp "$class_path" "$main" "$@"
}

run_controller() { start_server controller io.weir.controller.ControllerMain '' "$@"; }

# The data path barely allocates, so the collector with the least memory is the best one.
run_agent() { start_server agent io.weir.agent.AgentMain -XX:+UseSerialGC "$@"; }

run_demo() {
  local class_path
  ensure_built e2e
  find_jdk run
  set_class_path e2e
  # The demo starts the other processes; they shall be the ones just built, on the same JDK.
  export WEIR_NO_BUILD=1 WEIR_HOME=$root WEIR_JAVA_HOME=$JDK
  exec "$JDK/bin/java" "${JVM_QUIET[@]}" -cp "$class_path" io.weir.e2e.demo.Demo "$@"
}

run_origin() {
  local class_path
  ensure_built e2e
  find_jdk run
  set_class_path e2e
  exec "$JDK/bin/java" "${JVM_QUIET[@]}" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
    -cp "$class_path" io.weir.e2e.demo.Origin "$@"
}

run_ctl() {
  local class_path aot=()
  ensure_built cli
  find_jdk run
  set_class_path cli
  ensure_start_cache
  [[ -s $dist/cli.aot ]] && aot=("-XX:AOTCache=$dist/cli.aot")
  exec "$JDK/bin/java" "${JVM_QUIET[@]}" "${JVM_CTL[@]}" ${aot[@]+"${aot[@]}"} \
    -cp "$class_path" "$MAIN_CTL" "$@"
}

# True if the cache was made (or given up) for this JDK and these jars.
start_cache_is_current() {
  local made_for='' jar
  [[ -r $dist/cli.aot.for ]] || return 1
  IFS= read -r made_for <"$dist/cli.aot.for" || true
  [[ $made_for == "$JDK $JDK_VERSION $class_path" ]] || return 1
  for jar in "$dist"/cli/*.jar; do
    [[ ! $jar -nt $dist/cli.aot.for ]] || return 1
  done
}

# Makes the JVM's ahead-of-time cache for weir ctl, which halves its start-up. It belongs to one JDK and one
# set of jars; where it cannot be had (a folder of somebody else, another vendor's JVM), weir ctl is slower.
ensure_start_cache() {
  start_cache_is_current && return
  [[ -w $dist && -z ${WEIR_NO_BUILD:-} ]] || return 0
  say "preparing a faster start of weir ctl for this JDK (once)…"
  local new=$dist/cli.aot.$$
  # Trained by a command that does what most do: parse a command line and YAML, make messages, connect. Nobody
  # answers on that port; if somebody did, a dry run changes nothing.
  "$JDK/bin/java" "${JVM_QUIET[@]}" "${JVM_CTL[@]}" -XX:AOTCacheOutput="$new" \
    -cp "$class_path" "$MAIN_CTL" --controller 127.0.0.1:1 --timeout 2s apply --dry-run -f - \
    >"$dist/cli.aot.log" 2>&1 <<'YAML' || true
kind: Pool
name: backend
endpoints:
- {address: "10.10.10.2:80", weight: 1}
health: {http: {path: /healthz}, interval: 1s, timeout: 500ms, rise: 2, fall: 3}
---
kind: Listener
name: web
bind: "0.0.0.0:8080"
protocol: http
routes:
- {hosts: [localhost], path_prefix: /, pool: backend}
YAML
  rm -f "$new.config"
  if [[ -s $new ]]; then mv -f "$new" "$dist/cli.aot"; else rm -f "$new" "$dist/cli.aot"; fi
  printf '%s\n' "$JDK $JDK_VERSION $class_path" >"$new.for"
  mv -f "$new.for" "$dist/cli.aot.for"
}

# Sets version from where it is written, without a JVM.
read_version() {
  local line
  version=''
  if [[ ! $checkout ]]; then
    IFS= read -r version <"$root/lib/VERSION"
    return
  fi
  while IFS= read -r line; do
    if [[ $line == *'<version>'* ]]; then
      line=${line#*<version>}
      version=${line%%</version>*}
      return
    fi
  done <"$root/pom.xml"
}

show_version() {
  local version
  read_version
  printf 'weir %s\n' "$version"
  find_jdk run
  printf 'JDK %s in %s\n' "$JDK_VERSION" "$JDK"
}
