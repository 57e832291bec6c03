# shellcheck shell=bash
# `weir test`: prepares what the tests need, runs all of them, and counts.

test_log=$root/target/test.log

# run_tests [--fast] [-- MAVEN ARGS]
# run_tests sim [SIMULATION ARGS]
run_tests() {
  if [[ ${1:-} == sim ]]; then
    shift
    run_simulation "$@"
  fi
  local fast='' arguments=() scripts_too=yes began=$SECONDS etcd_ways
  while [[ $# -gt 0 ]]; do
    case $1 in
      --fast) fast=yes ;;
      --)
        shift
        arguments=("$@") scripts_too=''
        break
        ;;
      *)
        say "weir test knows sim, --fast and -- MAVEN ARGS, not '$1'"
        exit 2
        ;;
    esac
    shift
  done
  # Modules named by the caller are all that is tested.
  if [[ $fast && " ${arguments[*]-} " != *' -pl '* ]]; then
    arguments=(-pl '!e2e' ${arguments[@]+"${arguments[@]}"})
  fi
  find_jdk build
  say "JDK $JDK_VERSION in $JDK"
  if [[ $fast ]]; then
    etcd_ways="not prepared (--fast)"
    unset WEIR_TEST_ETCD_IMAGE
  else
    prepare_etcd
    prepare_name_server
  fi
  say "etcd: $etcd_ways"
  # What e2e runs has to be there before its tests.
  case " ${arguments[*]-} " in
    *' -pl '*) ;;
    *) build_if_changed e2e ;;
  esac
  forget_reports
  # The tests run weir, too: what was just built, without a thought of building it again.
  export WEIR_NO_BUILD=1
  with_lock test_everything ${arguments[@]+"${arguments[@]}"} || test_status=$?
  say "took $((SECONDS - began)) s; all Maven said is in target/test.log"
  summarize
}

# One that is not of our making, for the test that asks it; without it that test is skipped.
prepare_name_server() {
  local log=$root/target/apt.log
  if type -P unbound >/dev/null || [[ -x /usr/sbin/unbound || $(id -u) != 0 ]] || ! type -P apt-get >/dev/null; then
    return 0
  fi
  say "there is no unbound: installing the distribution's package (log: target/apt.log)…"
  mkdir -p "$root/target"
  apt_install "$log" unbound || say "unbound could not be installed; the test that asks it is skipped"
}

# The fleet in virtual time, by itself.
run_simulation() {
  local class_path
  build_if_changed e2e
  find_jdk run
  set_class_path e2e
  exec "$JDK/bin/java" "${JVM_QUIET[@]}" -XX:+UseParallelGC -Xmx1g \
    -cp "$class_path" io.weir.e2e.sim.fleet.SimMain "$@"
}

forget_reports() {
  rm -rf "$root/target/surefire-reports" "$root"/*/target/surefire-reports
  test_status=0
}

# A failed test must not hide those of the modules that depend on it, so Maven goes on (test.failure.ignore) and
# the reports decide. A hung or dead test JVM is looked for in the log, as ignoring failures hides it as well.
test_everything() {
  local status=0
  if [[ $scripts_too ]]; then
    check_scripts || status=1
  fi
  # Two modules at a time where they do not need each other, as tests wait for much.
  maven verify -T 2 -fae -Dmaven.test.failure.ignore=true -Dsurefire.timeout=1200 "$@" 2>&1 |
    tee "$test_log" | show_progress || status=${PIPESTATUS[0]}
  return "$status"
}

# Lets through what a person waits for: which module, which class, what broke.
show_progress() {
  awk '
    /^\[INFO\] Building .*\[[0-9]+\/[0-9]+\]/ { print "== " $3 " " $4; fflush(); next }
    /Tests run:.* in / { sub(/^\[[A-Z]+\] /, ""); sub(/ -- in /, "  "); print "  " $0; fflush(); next }
    # A warning about a source is an error in this build.
    /^\[(WARNING|ERROR)\] \/.*\.java:/ && !told[$0]++ { print; fflush(); next }
    /^\[ERROR\] *$/ || /re-run Maven|Re-run Maven|^\[ERROR\] \[Help|For more information about/ { next }
    /^\[ERROR\]/ && errors++ < 200 { print; fflush() }
  '
}

# The scripts have tests of their own, and shellcheck judges them where there is one.
check_scripts() {
  local status=0
  if type -P shellcheck >/dev/null; then
    (cd "$root" && shellcheck -x -a weir .ci/run deploy/scripts/test/*.sh) >&2 || {
      say "shellcheck found fault with the scripts"
      status=1
    }
  else
    say "shellcheck is not installed: the scripts were not looked through"
  fi
  say "testing the scripts…"
  WEIR_NO_BUILD='' bash "$root/deploy/scripts/test/weir-script-test.sh" "$root/target/surefire-reports" >&2 || status=1
  return "$status"
}

# Prints what ran and exits: 0 only if everything was built, something was tested and nothing failed.
summarize() {
  local reports=() report crashed=0 status=0
  for report in "$root"/target/surefire-reports/TEST-*.xml "$root"/*/target/surefire-reports/TEST-*.xml; do
    [[ ! -f $report ]] || reports+=("$report")
  done
  crashed=$(grep -cE 'There was an error in the forked process|There was a timeout in the fork' "$test_log") || true
  if ((test_status != 0)); then
    say "not everything could be built or run; see target/test.log"
  fi
  if ((${#reports[@]} == 0)); then
    say "no test ran"
    printf '0 passed, 0 failed, 0 skipped\n'
    exit 1
  fi
  awk -v root="$root/" -v crashed="$crashed" -f "$scripts/surefire-summary.awk" "${reports[@]}" || status=$?
  ((test_status == 0)) || status=1
  exit $status
}
