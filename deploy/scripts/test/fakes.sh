# shellcheck shell=bash
# What weir-script-test.sh is made of: a fresh box per test with a small checkout and fakes, expectations, a report.
# shellcheck disable=SC2154 # checkout is set by whoever sources this

run() {
  status=0
  # Standard output last, for the tests that look at the end of it.
  "$@" >"$box/stdout" 2>"$box/stderr" || status=$?
  cat "$box/stderr" "$box/stdout" >"$box/out"
  return $status
}

weir() {
  run env WEIR_JAVA_HOME="${WEIR_JAVA_HOME-$box/jdk/25}" "$box/checkout/weir" "$@"
}

# `weir test` with MAVEN ARGS and no search for etcd; the tests of the scripts themselves are left out.
weir_test() {
  rm -f "$box/calls"
  run env WEIR_JAVA_HOME="$box/jdk/25" "$box/checkout/weir" test -- -pl "${1:+agent}${1:-all}" "${@:2}"
}

jdk_among() {
  local use=$1
  shift
  # shellcheck disable=SC2016 # for the other bash
  run bash -euo pipefail -c '
    source "$1/deploy/scripts/jdk.sh"
    box=$2 use=$3
    shift 3
    folders=("${@/#/$box/jdk/}")
    die() { echo "$@" >&2; exit 1; }
    jdk_candidates() { candidates=("${folders[@]}"); }
    find_jdk "$use"
    echo "chose $JDK"' - "$box/checkout" "$box" "$use" "$@"
}

# --- expectations

fail() {
  printf '%s\n' "$1" >>"$box/failures"
}

expect_status() { [[ $status == "$1" ]] || fail "exit status $status instead of $1"; }
expect_output() { grep -qF -e "$1" "$box/out" || fail "the output lacks: $1"; }
expect_last_line() { [[ $(tail -n 1 "$box/stdout") == "$1" ]] || fail "the last line is not: $1"; }
expect_no_stderr() { [[ ! -s $box/stderr ]] || fail "something on standard error"; }
expect_calls() { [[ $(grep -c . "$box/calls" 2>/dev/null) == "$1" ]] || fail "Maven was not called $1 time(s)"; }
expect_call() { grep -qE -e "$1" "$box/calls" || fail "no call of Maven matches: $1"; }
expect_trainings() {
  [[ $(grep -c . "$box/trainings" 2>/dev/null) == "$1" ]] || fail "the start cache was not made $1 time(s)"
}

wait_for() {
  local waited
  for ((waited = 0; waited < 200; waited++)); do
    [[ ! -s $1 ]] || return 0
    sleep 0.05
  done
  fail "$1 never came"
}

# --- fakes

make_box() {
  local module
  box=$(cd "$(mktemp -d)" && pwd -P)
  mkdir -p "$box/checkout/deploy" "$box/bin" "$box/home"
  cp -R "$checkout/weir" "$checkout/.mvn" "$checkout/LICENSE" "$checkout/CHANGELOG.md" "$box/checkout/"
  cp -R "$checkout/deploy/scripts" "$checkout/deploy/systemd" "$box/checkout/deploy/"
  echo '<project><version>1.0</version></project>' >"$box/checkout/pom.xml"
  for module in proto controller agent cli e2e; do
    mkdir -p "$box/checkout/$module/src/main/java"
    echo "<project/>" >"$box/checkout/$module/pom.xml"
    echo "class A {}" >"$box/checkout/$module/src/main/java/A.java"
  done
  fake_maven
  fake_jdk 25 25.0.3
  export HOME=$box/home FAKE_BOX=$box
}

program() {
  cat >"$1"
  chmod +x "$1"
}

# fake_jdk FOLDER VERSION
fake_jdk() {
  mkdir -p "$box/jdk/$1/bin"
  printf 'IMPLEMENTOR="Nobody"\nJAVA_VERSION="%s"\n' "$2" >"$box/jdk/$1/release"
  program "$box/jdk/$1/bin/java" <<'JAVA'
#!/usr/bin/env bash
for argument; do
  case $argument in
    -XX:AOTCacheOutput=*)
      echo "$*" >>"$FAKE_BOX/trainings"
      [[ ${FAKE_JAVA_HAS_NO_AOT:-} ]] || echo cache >"${argument#*=}"
      exit
      ;;
  esac
done
echo "flags $*"
while [[ $# -gt 0 && $1 != io.weir.* ]]; do shift; done
echo "started $* in $PWD"
[[ $* != *'-f -'* ]] || echo "read $(cat)"
exit "${FAKE_JAVA_EXIT:-0}"
JAVA
  program "$box/jdk/$1/bin/javac" </dev/null
}

fake_maven() {
  mkdir -p "$box/home/.m2/wrapper/dists/$(sed -n 's|^distributionUrl=.*/\(.*\)-bin\.zip.*|\1|p' \
    "$checkout/.mvn/wrapper/maven-wrapper.properties")"
  program "$box/checkout/mvnw" <<'MAVEN'
#!/usr/bin/env bash
echo "$*" >>"$FAKE_BOX/calls"
cat >/dev/null # a thief of standard input
sleep "${FAKE_MAVEN_TAKES:-0}"
[[ ! ${FAKE_MAVEN_EDITS:-} ]] || echo edited >>"$FAKE_MAVEN_EDITS"
if [[ ${FAKE_MAVEN_FAILS:-} ]]; then
  echo "[ERROR] COMPILATION ERROR"
  exit 1
fi
if [[ ${FAKE_OFFLINE_FAILS:-} && $* == *" -o "* ]]; then
  echo "[ERROR] Cannot access central in offline mode"
  exit 1
fi
if [[ $* == *verify* ]]; then
  [[ ! ${FAKE_NO_TESTS:-} ]] || exit 0
  mkdir -p proto/target/surefire-reports agent/target/surefire-reports
  failure='' extra=''
  [[ ! ${FAKE_FORK_DIES:-} ]] || echo "[ERROR] There was an error in the forked process"
  [[ ! ${FAKE_TEST_FAILS:-} ]] || extra='<testcase name="c" classname="io.weir.BTest"><failure message="expected 1 but was 2"><![CDATA[
  <testcase name="not one"> ]]></failure></testcase>'
  cat >proto/target/surefire-reports/TEST-A.xml <<XML
<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="ATest" time="0.5" tests="2">
  <properties><property name="x" value="&lt;testcase"/></properties>
  <testcase name="a" classname="io.weir.ATest" time="0.1"/>
  <testcase name="b" classname="io.weir.ATest" time="0.1"><system-out><![CDATA[<testcase name="c"/> <skipped/>
  <failure message="no"/>]]></system-out></testcase>
</testsuite>
XML
  cat >agent/target/surefire-reports/TEST-B.xml <<XML
<testsuite name="BTest" time="0.5" tests="2">
  <testcase name="a" classname="io.weir.BTest" time="0.1"/>
  <testcase name="b" classname="io.weir.BTest" time="0.1"><skipped message="there is no etcd &amp; no &lt;docker&gt;"/></testcase>
  $extra
</testsuite>
XML
  exit "${FAKE_VERIFY_STATUS:-0}"
fi
processes=(controller agent cli e2e)
while [[ $# -gt 0 ]]; do
  [[ $1 != -pl || $2 == '!'* ]] || processes=("$2")
  shift
done
for process in "${processes[@]}"; do
  mkdir -p "target/dist/$process"
  for jar in "weir-$process-1.0" weir-proto-1.0 library-1.0; do
    # As Maven does it, an existing jar is overwritten in place.
    [[ $jar == library* && -e target/dist/$process/$jar.jar ]] || echo "jar $(grep -c . "$FAKE_BOX/calls")" >"target/dist/$process/$jar.jar"
  done
done
MAVEN
}

# fake_etcd [VERSION]
fake_etcd() {
  program "$box/bin/etcd" <<ETCD
#!/bin/sh
echo "etcd Version: ${1:-3.4.99}"
echo "Git SHA: Not provided"
ETCD
}

# Remembers one image, its label, and what was in the archive it was made of.
fake_docker() {
  program "$box/bin/docker" <<'DOCKER'
#!/usr/bin/env bash
echo "$*" >>"$FAKE_BOX/docker.calls"
case $1 in
  version) echo 20.10 ;;
  image) cat "$FAKE_BOX/image" 2>/dev/null ;;
  import)
    tar -t >"$FAKE_BOX/image.files"
    for argument; do case $argument in *weir.etcd=*) echo "${argument#*weir.etcd=}" >"$FAKE_BOX/image" ;; esac; done
    ;;
esac
DOCKER
}

fake_apt_that_brings_etcd() {
  program "$box/bin/apt-get" <<'APT'
#!/usr/bin/env bash
[[ $* != *"install"*etcd-server* ]] || printf '#!/bin/sh\necho "etcd Version: 3.4.99"\n' >"$FAKE_BOX/bin/etcd"
[[ ! -e $FAKE_BOX/bin/etcd ]] || chmod +x "$FAKE_BOX/bin/etcd"
APT
}

fake_apt_that_fails() {
  printf '#!/bin/sh\necho "E: Unable to locate package"\nexit 100\n' | program "$box/bin/apt-get"
}

# Runs prepare_etcd with only the fakes and the basic tools on the PATH.
etcd_ways() {
  local tool
  for tool in bash env uname tar mktemp mkdir cp ldd grep rm timeout cat id sed chmod sh tail head dirname; do
    ln -sf "$(type -P "$tool")" "$box/bin/$tool"
  done
  [[ ! ${FAKE_UID:-} ]] || { rm "$box/bin/id" && printf '#!/bin/sh\necho %s\n' "$FAKE_UID" | program "$box/bin/id"; }
  # Neither a pause between tries, nor the machine's own policy about services.
  printf '#!/bin/sh\n' | program "$box/bin/sleep"
  # shellcheck disable=SC2016 # for the other bash
  run env PATH="$box/bin" bash -euo pipefail -c '
    root=$1/checkout
    say() { echo "$@" >&2; }
    source "$root/deploy/scripts/etcd.sh"
    SERVICE_POLICY=$1/policy-rc.d
    prepare_etcd
    echo "ways: $etcd_ways"
    echo "image=${WEIR_TEST_ETCD_IMAGE-} ryuk=${TESTCONTAINERS_RYUK_DISABLED-} host=${TESTCONTAINERS_HOST_OVERRIDE-}"
    grep -q "usr/bin/etcd$" "$1/image.files" 2>/dev/null && echo "libraries and etcd in the image: yes"
    true' - "$box"
}

# Runs a function of bench.sh where nothing is installed and apt only says what it was asked for.
bench_script() {
  # shellcheck disable=SC2016 # for the other bash
  run bash -euo pipefail -c '
    root=$1/checkout
    say() { echo "$@" >&2; }
    id() { echo 0; }
    source "$root/deploy/scripts/bench.sh"
    have_program() { return 1; }
    apt_install() { shift && echo "apt brings $*"; }
    make_newest() { echo "made the newest"; }
    "${@:2}"' - "$box" "$@"
}

# --- running and reporting

escape() {
  local text=$1
  text=${text//&/&amp;}
  text=${text//</&lt;}
  text=${text//\"/&quot;}
  printf '%s' "${text//$'\n'/&#10;}"
}

main() {
  local folder=${1:-} part=${2:-} name title failed=0 passed=0 cases='' began=$SECONDS
  for name in $(declare -F | sed -n "s/^declare -f \(test_.*${part}.*\)/\1/p"); do
    title=${name#test_}
    title=${title//_/ }
    make_box
    status=0
    "$name" || true
    if [[ -s $box/failures ]]; then
      failed=$((failed + 1))
      printf 'FAILED  %s\n' "$title"
      sed 's/^/        /' "$box/failures"
      [[ ! -f $box/out ]] || sed 's/^/        | /' "$box/out"
      cases+="<testcase classname=\"weir\" name=\"$(escape "$title")\"><failure message=\"$(escape "$(cat "$box/failures")")\"/></testcase>"$'\n'
    else
      passed=$((passed + 1))
      cases+="<testcase classname=\"weir\" name=\"$(escape "$title")\"/>"$'\n'
    fi
    rm -rf "$box"
  done
  if [[ $folder ]]; then
    mkdir -p "$folder"
    printf '<testsuite name="weir" time="%s">\n%s</testsuite>\n' "$((SECONDS - began))" "$cases" >"$folder/TEST-weir-script.xml"
  fi
  printf 'scripts: %s passed, %s failed\n' "$passed" "$failed"
  [[ $failed == 0 && $passed != 0 ]]
}
