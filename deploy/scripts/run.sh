# shellcheck shell=bash
# Starts the processes: thin jars on the class path of one JVM, which replaces this shell (exec), so that
# signals and the exit status are the process's own.

JVM_QUIET=(--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow)
# Little memory: a small heap to begin with and a smaller part of it for what is young, which is little; headers of
# objects in half the space, native memory that the compilers leave behind given back, a table of strings for
# thousands of them, none of the classes by which Netty tells a flight recorder of its buffers, buffers in pieces of
# 512 KiB instead of 4 MiB. No collection of everything, 30 ms, because 7 MB of code were compiled: that is all there is.
# A collection of everything, as the agent asks for once it is warm and when the heap has grown, leaves no gaps, forgets
# what can be made again and gives back what is not needed; a collector that can does it beside the work.
JVM_AGENT=(-XX:+UseCompactObjectHeaders -XX:ReservedCodeCacheSize=48m -XX:SweeperThreshold=50
  -XX:TrimNativeHeapInterval=10000 -XX:-UsePerfData -Xms8m -XX:StringTableSize=8192
  -XX:MinHeapFreeRatio=5 -XX:MaxHeapFreeRatio=10 -XX:-ShrinkHeapInSteps
  -XX:SoftRefLRUPolicyMSPerMB=1 -XX:+ExplicitGCInvokesConcurrent
  -Dio.netty.jfr.enabled=false -Dio.netty.allocator.maxOrder=6)
# The data path barely allocates, so the simplest collector is the best one.
JVM_AGENT_COLLECTOR='-XX:+UseSerialGC -XX:NewSize=2500k -XX:NewRatio=5 -XX:MarkSweepDeadRatio=0'
# Room for what a change to thousands of agents makes while they answer, so that it is not taken for what stays.
JVM_CONTROLLER=(-Xms128m -XX:NewSize=64m)
# A process out of memory ends, and whoever supervises it starts it again.
JVM_SERVER=(-XX:+ExitOnOutOfMemoryError -XX:MaxRAMPercentage=25)
# Made for a person who types: no time for a second compiler or more than one thread of collector.
# The JVM logs about its caches to standard output, where the answer belongs.
JVM_CTL=(-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData -Xlog:disable)

MAIN_CTL=io.weir.cli.Main
MAIN_PKI=io.weir.cli.PkiMain
MAIN_AGENT=io.weir.agent.AgentMain

# Sets class_path to the jars of process $1, Weir's own first. Always the same string for the same jars,
# as a cache of loaded classes is valid for one class path only.
set_class_path() {
  local jars=("$dist/$1"/weir-*.jar "$dist/$1"/*.jar) jar
  # What was built for hooks, if anything.
  [[ $1 != controller ]] || jars+=("$dist"/hooks/*/*.jar)
  [[ -e ${jars[0]} ]] || die "there is no $dist/$1/weir-*.jar: ${checkout:+run ./weir build}${checkout:-this copy of Weir is incomplete}"
  class_path=''
  for jar in "${jars[@]}"; do
    [[ -e $jar ]] || continue
    case :$class_path: in
      *":$jar:"*) ;;
      *) class_path+=${class_path:+:}$jar ;;
    esac
  done
}

# Builds process $1 if its sources changed; in the archive there is nothing to build.
ensure_built() {
  if [[ $checkout && -z ${WEIR_NO_BUILD:-} ]]; then
    # Hooks that are there were made for the controller before; with them it is built, too.
    [[ $1 != controller || ! -d $dist/hooks ]] || build_if_changed hooks
    build_if_changed "$1"
  fi
}

# start_server PROCESS MAIN ARGS...; the options of its JVM are in server_options.
start_server() {
  local process=$1 main=$2
  shift 2
  exec "$JDK/bin/java" "${server_options[@]}" -cp "$class_path" "$main" "$@"
}

# set_server_options COLLECTOR OPTIONS... sets server_options; the collector, with options of its own, gives way to one
# of WEIR_JAVA_OPTS: two are an error.
set_server_options() {
  local collector=() extra=()
  read -r -a collector <<<"$1" || true
  shift
  read -r -a extra <<<"${WEIR_JAVA_OPTS:-}" || true
  server_options=("${JVM_QUIET[@]}" "${JVM_SERVER[@]}" "$@")
  [[ ${WEIR_JAVA_OPTS:-} == *-XX:+Use*GC* ]] || server_options+=(${collector[@]+"${collector[@]}"})
  server_options+=(${extra[@]+"${extra[@]}"})
}

run_controller() {
  local server_options class_path
  ensure_built controller
  find_jdk run
  set_class_path controller
  set_server_options '' "${JVM_CONTROLLER[@]}"
  start_server controller io.weir.controller.ControllerMain "$@"
}

run_agent() {
  local server_options class_path
  ensure_built agent
  find_jdk run
  set_class_path agent
  set_server_options "$JVM_AGENT_COLLECTOR" "${JVM_AGENT[@]}"
  # A cache is of use only to a JVM with the same options; help needs none.
  if [[ -z ${WEIR_JAVA_OPTS:-} && " $* " != *' --help '* && " $* " != *' --version '* ]]; then
    ensure_start_cache agent train_agent
    [[ ! -s $dist/agent.aot ]] || server_options+=("-XX:AOTCache=$dist/agent.aot" -Xlog:disable)
  fi
  start_server agent "$MAIN_AGENT" "$@"
}

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
  ensure_start_cache cli train_cli
  [[ -s $dist/cli.aot ]] && aot=("-XX:AOTCache=$dist/cli.aot")
  exec "$JDK/bin/java" "${JVM_QUIET[@]}" "${JVM_CTL[@]}" ${aot[@]+"${aot[@]}"} \
    -cp "$class_path" "$MAIN_CTL" "$@"
}

run_pki() {
  local class_path
  ensure_built cli
  find_jdk run
  set_class_path cli
  exec "$JDK/bin/java" "${JVM_QUIET[@]}" "${JVM_CTL[@]}" -cp "$class_path" "$MAIN_PKI" "$@"
}

# Makes the JVM's ahead-of-time cache for a process, so that it starts in half the time and runs compiled code
# sooner. It belongs to one JDK and one set of jars; where it cannot be had (a folder of somebody else, another
# vendor's JVM), the process is slower at first.
# ensure_start_cache PROCESS TRAIN: TRAIN FILE runs the process such that it writes FILE.
ensure_start_cache() {
  local process=$1 train=$2 new=$dist/$1.aot.$$
  start_cache_is_current "$process" && return
  [[ -w $dist && -z ${WEIR_NO_BUILD:-} ]] || return 0
  say "preparing a faster start of weir $([[ $process == cli ]] && echo ctl || echo "$process") for this JDK (once)…"
  "$train" "$new" >"$dist/$process.aot.log" 2>&1 || true
  rm -f "$new.config"
  if [[ -s $new ]]; then mv -f "$new" "$dist/$process.aot"; else rm -f "$new" "$dist/$process.aot"; fi
  printf '%s\n' "$JDK $JDK_VERSION $class_path" >"$new.for"
  mv -f "$new.for" "$dist/$process.aot.for"
}

# True if the cache was made (or given up) for this JDK and these jars.
start_cache_is_current() {
  local process=$1 made_for='' jar
  [[ -r $dist/$process.aot.for ]] || return 1
  IFS= read -r made_for <"$dist/$process.aot.for" || true
  [[ $made_for == "$JDK $JDK_VERSION $class_path" ]] || return 1
  for jar in "$dist/$process"/*.jar; do
    [[ ! $jar -nt $dist/$process.aot.for ]] || return 1
  done
}

# By a command that does what most do: parse a command line and YAML, make messages, connect. Nobody answers on
# that port; if somebody did, a dry run changes nothing.
train_cli() {
  "$JDK/bin/java" "${JVM_QUIET[@]}" "${JVM_CTL[@]}" -XX:AOTCacheOutput="$1" \
    -cp "$class_path" "$MAIN_CTL" --controller 127.0.0.1:1 --timeout 2s apply --dry-run -f - <<'YAML'
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
}

# By some seconds of requests through itself, without a controller.
train_agent() {
  local data=$1.data status=0
  "$JDK/bin/java" "${server_options[@]}" -XX:AOTCacheOutput="$1" -cp "$class_path" "$MAIN_AGENT" \
    --train --warm-up 8s --event-loops 2 --name training --data-dir "$data" --controller 127.0.0.1:1 \
    --access-log off || status=$?
  rm -rf "$data"
  return "$status"
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
