#!/usr/bin/env bash
# Tests the scripts in copies of the checkout where Maven, the JDK, Docker and etcd are small fakes that write
# down how they were called. `weir-script-test.sh [REPORT-FOLDER [TEST-NAME-PART]]`; the report is a surefire one.
set -uo pipefail
checkout=$(cd "${BASH_SOURCE[0]%/*}/../../.." && pwd -P)
# shellcheck source=deploy/scripts/test/fakes.sh
source "$checkout/deploy/scripts/test/fakes.sh"
unset WEIR_JAVA_HOME WEIR_JAVA_OPTS WEIR_NO_BUILD WEIR_HOME WEIR_TEST_ETCD_IMAGE JAVA_HOME DOCKER_HOST
unset TESTCONTAINERS_RYUK_DISABLED TESTCONTAINERS_HOST_OVERRIDE ETCD_UNSUPPORTED_ARCH MAVEN_OPTS MAVEN_USER_HOME

# --- the JDK

test_a_jdk_25_is_preferred_to_a_newer_one_that_comes_first() {
  fake_jdk 26 26.0.1 && fake_jdk 25 25.0.3
  jdk_among run 26 25
  expect_output "chose $box/jdk/25"
}

test_a_newer_jdk_runs_weir_when_there_is_no_25() {
  fake_jdk 17 17.0.2 && fake_jdk 26 26-ea
  jdk_among run 17 26
  expect_output "chose $box/jdk/26"
}

test_a_newer_jdk_does_not_build_weir() {
  fake_jdk 26 26.0.1
  jdk_among build 26
  expect_status 1
  expect_output "no JDK 25 found, and the build takes exactly that"
  expect_output "26.0.1 at $box/jdk/26"
}

test_a_runtime_without_compiler_does_not_build_weir() {
  fake_jdk 25 25.0.3 && rm "$box/jdk/25/bin/javac"
  jdk_among build 25
  expect_status 1
}

test_without_a_jdk_the_message_says_what_was_found_and_how_to_get_one() {
  fake_jdk 8 1.8.0_402 && fake_jdk 17 17.0.2
  jdk_among run 8 17 nowhere
  expect_status 1
  expect_output "no JDK 25 found."
  expect_output "17.0.2 at $box/jdk/17"
  expect_output "apt-get install openjdk-25-jdk-headless"
}

test_a_wrong_WEIR_JAVA_HOME_is_named_and_not_replaced() {
  WEIR_JAVA_HOME=$box/nowhere weir version
  expect_status 1
  expect_output "WEIR_JAVA_HOME is $box/nowhere, where there is no JDK"
  fake_jdk 17 17.0.2
  WEIR_JAVA_HOME=$box/jdk/17 weir version
  expect_status 1
  expect_output "a JDK 17.0.2; Weir needs 25 or newer"
}

# --- building

test_the_first_start_builds_only_the_process_it_needs() {
  weir ctl get pools
  expect_calls 1
  expect_call "package .*-pl cli -am"
  expect_output "started io.weir.cli.Main get pools"
  [[ ! -e $box/checkout/target/dist/agent ]] || fail "the agent was built, too"
}

test_nothing_is_built_when_nothing_changed() {
  weir ctl get pools && weir ctl get pools
  expect_calls 1
  expect_no_stderr
}

test_a_changed_source_is_built_offline() {
  weir ctl get pools
  echo changed >>"$box/checkout/cli/src/main/java/A.java"
  weir ctl get pools
  expect_calls 2
  expect_call "-o package .*-pl cli -am"
}

test_a_new_and_a_deleted_source_are_built() {
  weir ctl version
  echo new >"$box/checkout/proto/src/main/java/B.java"
  weir ctl version
  expect_calls 2
  rm "$box/checkout/proto/src/main/java/B.java"
  weir ctl version
  expect_calls 3
}

test_a_source_replaced_by_an_older_file_is_built() {
  echo older >"$box/older.java" && touch -d '2001-01-01' "$box/older.java"
  weir ctl version
  cp -p "$box/older.java" "$box/checkout/cli/src/main/java/A.java"
  mkdir -p "$box/checkout/cli/target/classes"
  weir ctl version
  expect_calls 2
  [[ ! -e $box/checkout/cli/target/classes ]] || fail "Maven, which goes by times, would keep the old class"
}

test_a_touched_but_equal_source_is_not_built() {
  weir ctl version
  touch "$box/checkout/cli/src/main/java/A.java" && weir ctl version
  expect_calls 1
}

test_a_source_of_another_process_or_of_a_test_builds_nothing() {
  weir ctl version
  echo changed >>"$box/checkout/agent/src/main/java/A.java"
  mkdir -p "$box/checkout/cli/src/test" && echo changed >"$box/checkout/cli/src/test/T.java"
  weir ctl version
  expect_calls 1
}

test_the_whole_build_covers_each_process() {
  weir build
  expect_calls 1
  weir agent && weir controller && weir ctl version && weir demo
  expect_calls 1
}

test_a_changed_pom_builds_without_the_old_versions_of_libraries() {
  weir agent
  touch "$box/checkout/target/dist/agent/library-0.9.jar" "$box/checkout/target/.weir/agent.built"
  echo '<!-- -->' >>"$box/checkout/agent/pom.xml"
  weir agent
  expect_calls 2
  [[ $(tail -n 1 "$box/calls") != *"-o package"* ]] || fail "a new library cannot be had offline"
  [[ ! -e $box/checkout/target/dist/agent/library-0.9.jar ]] || fail "the old library is still there"
}

test_jars_that_somebody_else_made_are_not_trusted() {
  weir ctl version
  echo other >"$box/checkout/target/dist/cli/weir-cli-1.0.jar"
  weir ctl version
  expect_calls 2
}

test_a_jar_in_use_is_replaced_not_overwritten() {
  weir agent
  exec 8<"$box/checkout/target/dist/agent/weir-agent-1.0.jar"
  echo changed >>"$box/checkout/agent/src/main/java/A.java"
  weir agent
  [[ $(cat <&8) == "jar 1" ]] || fail "the open jar was changed"
  [[ $(cat "$box/checkout/target/dist/agent/weir-agent-1.0.jar") == "jar 2" ]] || fail "there is no new jar"
}

test_what_the_local_repository_lost_is_fetched_again() {
  weir ctl version
  echo changed >>"$box/checkout/cli/src/main/java/A.java"
  FAKE_OFFLINE_FAILS=1 weir ctl version
  expect_status 0
  expect_calls 3
}

test_a_failed_build_shows_its_log_and_starts_nothing() {
  FAKE_MAVEN_FAILS=1 weir agent
  expect_status 1
  expect_output "[ERROR] COMPILATION ERROR"
  expect_output "target/build.log"
  [[ $(cat "$box/out") != *started* ]] || fail "something was started"
  weir agent
  expect_status 0
}

test_an_edit_during_the_build_is_built_next_time() {
  FAKE_MAVEN_EDITS=$box/checkout/cli/src/main/java/A.java weir ctl version
  weir ctl version
  expect_calls 2
}

test_two_at_once_build_once() {
  FAKE_MAVEN_TAKES=1 weir ctl version &
  local other=$!
  wait_for "$box/calls"
  FAKE_MAVEN_TAKES=1 weir ctl version
  wait "$other" || fail "the other one failed"
  expect_calls 1
  expect_output "waiting for another weir"
}

test_a_build_does_not_take_standard_input_away() {
  echo "kind: Pool" | weir ctl apply -f -
  expect_output "read kind: Pool"
}

test_WEIR_NO_BUILD_runs_what_is_there() {
  WEIR_NO_BUILD=1 weir ctl version
  expect_status 1
  expect_output "run ./weir build"
  weir ctl version
  echo changed >>"$box/checkout/cli/src/main/java/A.java"
  WEIR_NO_BUILD=1 weir ctl version
  expect_calls 1
}

# --- running

test_weir_is_found_through_links_and_keeps_the_folder_of_its_caller() {
  mkdir -p "$box/bin" "$box/links" "$box/here"
  ln -s ../checkout/weir "$box/links/weir" && ln -s "$box/links/weir" "$box/bin/weir"
  run env PATH="$box/bin:$PATH" WEIR_JAVA_HOME="$box/jdk/25" bash -c "cd '$box/here' && weir agent"
  expect_output "started io.weir.agent.AgentMain"
  expect_output "in $box/here"
}

test_arguments_and_exit_status_are_the_processes_own() {
  FAKE_JAVA_EXIT=7 weir ctl describe "a b" '*'
  expect_status 7
  expect_output "started io.weir.cli.Main describe a b * in"
}

test_options_of_the_user_come_last_and_replace_the_collector() {
  WEIR_JAVA_OPTS="-Xmx99m -XX:+UseZGC" weir agent
  expect_output "-Xmx99m -XX:+UseZGC -cp"
  [[ $(cat "$box/out") != *UseSerialGC* ]] || fail "two collectors"
}

test_the_start_cache_follows_jars_and_jdk() {
  weir ctl version
  expect_output "-XX:AOTCache=$box/checkout/target/dist/cli.aot"
  expect_trainings 1
  weir ctl version
  expect_trainings 1
  echo changed >>"$box/checkout/cli/src/main/java/A.java"
  weir ctl version
  expect_trainings 2
  fake_jdk 25 25.0.4
  weir ctl version
  expect_trainings 3
}

test_a_jvm_that_makes_no_start_cache_is_asked_once() {
  FAKE_JAVA_HAS_NO_AOT=1 weir ctl version
  expect_status 0
  FAKE_JAVA_HAS_NO_AOT=1 weir ctl version
  expect_trainings 1
  [[ $(cat "$box/out") != *AOTCache* ]] || fail "a cache that does not exist was named"
}

test_an_unknown_command_is_a_usage_error() {
  weir frobnicate
  expect_status 2
  expect_output "there is no command 'frobnicate'"
}

# --- the archive

test_the_archive_runs_without_building() {
  weir dist
  expect_status 0
  mkdir "$box/unpacked" && tar -C "$box/unpacked" -xzf "$box/checkout/target/weir-1.0.tar.gz"
  rm -r "$box/checkout"
  run env WEIR_JAVA_HOME="$box/jdk/25" "$box/unpacked/weir-1.0/bin/weir" agent --name a
  expect_output "started io.weir.agent.AgentMain --name a"
  run env WEIR_JAVA_HOME="$box/jdk/25" "$box/unpacked/weir-1.0/bin/weir" version
  expect_output "weir 1.0"
  run env WEIR_JAVA_HOME="$box/jdk/25" "$box/unpacked/weir-1.0/bin/weir" test
  expect_status 1
  expect_output "works in a checkout"
}

test_systemd_accepts_the_units() {
  type -P systemd-analyze >/dev/null || return 0
  mkdir "$box/units"
  for unit in controller agent; do
    # Where the program is unpacked is not this machine's business.
    sed 's|^ExecStart=[^ ]*|ExecStart=/bin/sh|' "$checkout/deploy/systemd/weir-$unit.service" \
      >"$box/units/weir-$unit.service"
  done
  run systemd-analyze verify "$box/units/weir-controller.service" "$box/units/weir-agent.service"
  expect_status 0
  [[ ! -s $box/out ]] || fail "systemd has something to say"
}

# --- weir test

test_passed_failed_and_skipped_are_counted_and_skips_explained() {
  weir_test
  expect_status 0
  expect_last_line "3 passed, 0 failed, 1 skipped"
  expect_output "there is no etcd & no <docker>"
}

test_a_failed_test_fails_the_run_though_maven_went_on() {
  FAKE_TEST_FAILS=1 weir_test
  expect_status 1
  expect_last_line "3 passed, 1 failed, 1 skipped"
  expect_output "expected 1 but was 2"
}

test_a_module_that_does_not_build_fails_the_run() {
  FAKE_VERIFY_STATUS=1 weir_test
  expect_status 1
  expect_last_line "3 passed, 0 failed, 1 skipped"
}

test_a_test_jvm_that_died_fails_the_run() {
  FAKE_FORK_DIES=1 weir_test
  expect_status 1
  expect_last_line "3 passed, 1 failed, 1 skipped"
}

test_no_test_at_all_fails_the_run() {
  FAKE_NO_TESTS=1 weir_test
  expect_status 1
  expect_last_line "0 passed, 0 failed, 0 skipped"
}

test_reports_of_an_earlier_run_do_not_count() {
  mkdir -p "$box/checkout/e2e/target/surefire-reports"
  echo '<testsuite><testcase name="old"/></testsuite>' >"$box/checkout/e2e/target/surefire-reports/TEST-old.xml"
  weir_test
  expect_last_line "3 passed, 0 failed, 1 skipped"
}

test_maven_arguments_are_passed_on() {
  weir_test -pl agent -Dtest=X
  expect_call "verify .*-pl agent -Dtest=X"
  expect_calls 1
}

test_fast_leaves_out_e2e_unless_modules_are_chosen() {
  weir test --fast -- -Dtest=X
  expect_call "verify .*-pl !e2e -Dtest=X"
  expect_calls 1
  rm "$box/calls"
  weir test --fast -- -pl agent
  expect_call "verify .*-pl agent"
  expect_last_line "3 passed, 0 failed, 1 skipped"
}

# --- etcd for the tests

test_with_docker_and_etcd_both_ways_are_used() {
  fake_etcd && fake_docker
  etcd_ways
  expect_output "ways: process $box/bin/etcd 3.4.99, and container weir-test-etcd:local"
  expect_output "image=weir-test-etcd:local ryuk=true host=localhost"
  expect_output "libraries and etcd in the image: yes"
}

test_an_image_that_is_there_is_not_made_again_until_etcd_changes() {
  fake_etcd && fake_docker
  etcd_ways && etcd_ways
  [[ $(grep -c import "$box/docker.calls") == 1 ]] || fail "imported again"
  fake_etcd 3.5.1
  etcd_ways
  [[ $(grep -c import "$box/docker.calls") == 2 ]] || fail "not imported again"
}

test_without_docker_etcd_is_a_process_only() {
  fake_etcd
  etcd_ways
  expect_output "no Docker engine answers"
  expect_output "ways: process $box/bin/etcd 3.4.99"
  expect_output "image= ryuk= host="
}

test_root_gets_the_package_when_there_is_no_etcd() {
  fake_apt_that_brings_etcd
  FAKE_UID=0 etcd_ways
  expect_output "installing the distribution's package etcd-server"
  expect_output "ways: process $box/bin/etcd"
}

test_who_is_not_root_is_told_what_to_install() {
  FAKE_UID=1000 etcd_ways
  expect_output "none, so its tests are skipped"
  expect_output "apt-get install etcd-server"
}

test_a_package_that_cannot_be_had_is_said_and_the_tests_go_on() {
  fake_apt_that_fails
  FAKE_UID=0 etcd_ways
  expect_status 0
  expect_output "etcd-server could not be installed"
  expect_output "none, so its tests are skipped"
}

# --- the benchmark

test_a_benchmark_has_the_other_proxies_installed() {
  bench_script prepare_bench proxy --quick
  expect_output "apt brings nginx "
  expect_output "haproxy wrk"
  ! grep -q caddy "$box/out" || fail "nobody asked for caddy"
  ! grep -q newest "$box/out" || fail "nobody asked for the newest"
}

test_a_benchmark_has_further_contenders_installed_when_they_are_named() {
  bench_script prepare_bench proxy --against caddy,h2o --newest
  expect_output "apt brings caddy"
  expect_output "apt brings h2o"
  expect_output "made the newest"
}

test_help_about_benchmarks_installs_nothing() {
  local arguments
  for arguments in '' proxy 'proxy --against caddy'; do
    # shellcheck disable=SC2086 # one word each
    bench_script prepare_bench $arguments --help
    ! grep -q apt "$box/out" || fail "something was installed"
  done
}

test_the_newest_come_from_the_mirror_that_apt_uses() {
  mkdir -p "$box/apt/sources.list.d"
  printf 'Types: deb\nURIs: http://a.test/debian-security\nSuites: x\n' >"$box/apt/sources.list.d/a.sources"
  printf '# deb http://no.test/debian x main\ndeb [arch=amd64 signed-by=/k] http://b.test/debian x main\n' >"$box/apt/sources.list"
  bench_script debian_mirror "$box/apt"
  expect_output "http://b.test/debian"
  printf 'URIs: http://c.test/debian/\n' >"$box/apt/sources.list.d/c.sources"
  bench_script debian_mirror "$box/apt"
  expect_output "http://c.test/debian/"
}

main "$@"
