# shellcheck shell=bash
# `weir fuzz` and `weir bench micro`: tools that run on the agent's test classes. Needs build.sh.

tools=$root/agent/target/tools

# Compiles the agent with its tests and sets tool_path to their class path and that of the tools.
prepare_tools() {
  find_jdk build
  mkdir -p "$tools"
  say "compiling the agent's tests…"
  rm -rf "${tools:?}/lib"
  if ! with_lock maven -q -Ptools -pl agent -am process-test-classes \
    -Dspotless.check.skip=true -Denforcer.skip=true >"$tools/build.log" 2>&1; then
    grep -v '^WARNING:' "$tools/build.log" | tail -n 40 >&2 || true
    die "the agent's tests do not compile; all that was said is in $tools/build.log"
  fi
  tool_path=$root/agent/target/test-classes:$root/agent/target/classes:$root/proto/target/classes:"$tools/lib/*"
}

fuzz_help() {
  cat <<'TEXT'
weir fuzz [--for DURATION] [--runs N] [--plain [--seed N]]
  Sends made-up connections through Weir's HTTP/1 parser and through Netty's codec, and fails when Weir takes for
  one message what Netty takes for something else. What was found is kept beside the tests' streams, which the
  tests replay; commit it with the correction.

  --for DURATION   e.g. 90s, 10m, 2h (default 60s, or without end when --runs is given)
  --runs N         how many inputs
  --plain          by a generator that knows HTTP, without looking at coverage: more inputs per second
  --seed N         of the generator; the same seed gives the same inputs
TEXT
}

# Prints DURATION in seconds.
in_seconds() {
  case $1 in
    *[!0-9smh]* | '' | [smh]*) return 1 ;;
    *s) echo "${1%s}" ;;
    *m) echo $((${1%m} * 60)) ;;
    *h) echo $((${1%h} * 3600)) ;;
    *) echo "$1" ;;
  esac
}

run_fuzz() {
  local runs='' seconds='' plain='' seed=$RANDOM$RANDOM streams
  while [[ $# -gt 0 ]]; do
    case $1 in
      --help | -h)
        fuzz_help
        return
        ;;
      --plain) plain=yes ;;
      --for | --runs | --seed)
        [[ $# -gt 1 ]] || die "$1 wants a value; weir fuzz --help tells more"
        case $1 in
          --for) seconds=$(in_seconds "$2") || die "--for wants a duration such as 90s or 10m, not '$2'" ;;
          *)
            [[ $2 != *[!0-9]* && $2 ]] || die "$1 wants a number, not '$2'"
            if [[ $1 == --runs ]]; then runs=$2; else seed=$2; fi
            ;;
        esac
        shift
        ;;
      *) die "weir fuzz does not know '$1'; weir fuzz --help tells more" ;;
    esac
    shift
  done
  [[ $runs || $seconds ]] || seconds=60
  prepare_tools
  streams=$root/agent/src/test/resources/io/weir/agent/http1/streams
  if [[ $plain ]]; then
    exec "$JDK/bin/java" "${JVM_QUIET[@]}" -XX:+UseSerialGC -cp "$tool_path" io.weir.agent.http1.RandomFuzz \
      "${runs:-9223372036854775807}" "${seconds:-3000000}" "$seed" "$streams"
  fi
  fuzz_by_coverage "${runs:--1}" "${seconds:-0}" "$seed" "$streams"
}

# fuzz_by_coverage RUNS SECONDS SEED STREAMS: what was new to coverage is kept in target/tools/corpus, from
# which the next run goes on.
fuzz_by_coverage() {
  local streams=$4 began=$SECONDS status=0 found kept=() instrumented='io.weir.agent.http1.**:io.netty.handler.codec.http.**'
  mkdir -p "$tools/corpus" "$tools/found"
  "$JDK/bin/java" "${JVM_QUIET[@]}" -XX:+EnableDynamicAgentLoading -XX:+UseSerialGC -cp "$tool_path" \
    com.code_intelligence.jazzer.Jazzer --target_class=io.weir.agent.http1.FramingDifferential \
    --instrumentation_includes="$instrumented" --custom_hook_includes="$instrumented" \
    --reproducer_path="$tools/found" -artifact_prefix="$tools/found/" \
    -dict="${streams%/*}/http.dict" -max_len=4096 -timeout=60 -print_final_stats=1 \
    -runs="$1" -max_total_time="$2" -seed="$3" "$tools/corpus" "$streams" 2>&1 |
    tee "$tools/fuzz.log" | show_fuzzing || status=${PIPESTATUS[0]}
  for found in "$tools"/found/{crash,timeout,oom}-*; do
    [[ -f $found ]] || continue
    mv -f "$found" "$streams/${found##*/}.http"
    kept+=("$streams/${found##*/}.http")
  done
  say "$(sed -n 's/^stat::number_of_executed_units: *//p' "$tools/fuzz.log") executions in $((SECONDS - began)) s," \
    "$(sed -n 's/^stat::new_units_added: *//p' "$tools/fuzz.log") of them new to coverage, ${#kept[@]} failures;" \
    "all that was said is in target/tools/fuzz.log"
  if ((${#kept[@]})); then
    printf 'kept: %s\n' "${kept[@]}"
    exit 1
  fi
  exit "$status"
}

# Lets through a line of progress every few seconds, and what went wrong.
show_fuzzing() {
  awk '
    function now() { srand(); return srand() } # the seed before: the time
    /^#[0-9]/ { if (now() - told >= 5) { told = now(); print; fflush() } next }
    /^== Java Exception|^==[0-9]+==/ { failed = 1 }
    failed || /^Done / { print; fflush() }
  '
}

# run_micro JMH ARGS: the annotation processor makes the benchmarks' harness apart from the build.
run_micro() {
  local micro=$tools/micro
  prepare_tools
  rm -rf "$micro"
  mkdir -p "$micro"
  find "$root/agent/src/test/java" -name '*Bench.java' -print0 |
    xargs -0 "$JDK/bin/javac" -d "$micro" -cp "$tool_path" \
      -processor org.openjdk.jmh.generators.BenchmarkProcessor ||
    die "the harness of the benchmarks does not compile"
  exec "$JDK/bin/java" "${JVM_QUIET[@]}" -cp "$micro:$tool_path" org.openjdk.jmh.Main \
    -jvmArgs "${JVM_QUIET[*]} -XX:+UseSerialGC" "$@"
}
