# shellcheck shell=bash
# `weir bench`: gets the other proxies, then runs the benchmark. Needs etcd.sh for apt_install.

# The contenders of --against that distributions have.
BENCH_OTHERS=(caddy trafficserver varnish h2o envoy)
NEWEST_SUITE=trixie

run_bench() {
  local class_path jvm=(-XX:TieredStopAtLevel=1 -Xmx256m)
  # A simulation computes all the time, and draws plots.
  [[ ${1:-} != balance ]] || jvm=(-Xmx512m -Djava.awt.headless=true)
  [[ ${1:-} != health ]] || jvm=(-Xmx1g)
  [[ ${1:-} != scaling ]] || jvm=(-Xmx512m)
  # All of it, the agent's ahead-of-time cache too: it is measured as anyone starts it.
  [[ ${WEIR_NO_BUILD:-} ]] || build_everything
  find_jdk run
  set_class_path e2e
  prepare_bench "$@"
  # The agent that is measured is the one just built.
  export WEIR_NO_BUILD=1 WEIR_HOME=$root WEIR_JAVA_HOME=$JDK
  exec "$JDK/bin/java" "${JVM_QUIET[@]}" -XX:+UseSerialGC "${jvm[@]}" \
    -cp "$class_path" io.weir.e2e.bench.BenchMain "$@"
}

# Installs what the arguments ask for and what can be had; the benchmark itself says what is missing then.
prepare_bench() {
  local wanted=' ' newest='' previous='' argument name
  case " $* " in
    *' proxy '* | *' l4 '* | *' balance '*' --real '*) ;;
    *) return 0 ;;
  esac
  for argument in "$@"; do
    case $argument in
      --help | -h) return 0 ;;
      --newest) newest=yes ;;
      --against=*) wanted+="${argument#*=} " ;;
    esac
    [[ $previous != --against ]] || wanted+="$argument "
    previous=$argument
  done
  [[ $(id -u) == 0 ]] && type -P apt-get >/dev/null || return 0
  mkdir -p "$root/target"
  install_contenders
  for name in "${BENCH_OTHERS[@]}"; do
    if [[ ${wanted//,/ } == *" $name "* ]] && ! have_program "$name"; then
      install_quietly "$name" || say "there is no package $name to be had"
    fi
  done
  [[ ! $newest ]] || make_newest || true
}

install_contenders() {
  local missing=()
  have_program nginx || missing+=(nginx)
  [[ -e /usr/lib/nginx/modules/ngx_stream_module.so ]] || missing+=(libnginx-mod-stream)
  have_program haproxy || missing+=(haproxy)
  have_program wrk || missing+=(wrk)
  ((${#missing[@]} == 0)) || install_quietly "${missing[@]}" || true
}

# True if the program of package $1 is there. Root's PATH may lack the folders for system programs.
have_program() {
  local program=$1
  case $1 in
    varnish) program=varnishd ;;
    trafficserver) program=traffic_server ;;
  esac
  PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin type -P "$program" >/dev/null
}

# install_quietly PACKAGE...: none of their services is started, now or at the next boot.
install_quietly() {
  local log=$root/target/apt.log name
  say "installing $* (log: target/apt.log)…"
  if ! apt_install "$log" "$@"; then
    tail -n 5 "$log" >&2
    return 1
  fi
  if [[ -d /run/systemd/system ]]; then
    for name in "$@"; do
      systemctl disable --now --quiet "$name.service" 2>/dev/null || true
    done
  fi
}

# Prints the mirrors that apt takes packages from, one a line; $1 is apt's folder.
apt_mirrors() {
  local file
  for file in "$1"/sources.list.d/*.sources; do
    [[ ! -r $file ]] || sed -n 's/^URIs:[[:space:]]*\([^[:space:]]*\).*/\1/p' "$file"
  done
  for file in "$1"/sources.list "$1"/sources.list.d/*.list; do
    [[ ! -r $file ]] || sed -n 's/^deb[[:space:]]\{1,\}\(\[[^]]*\][[:space:]]*\)\{0,1\}\([^[:space:]]*\).*/\2/p' "$file"
  done
}

# The first that has Debian itself, not only its security updates or somebody else's packages.
debian_mirror() {
  apt_mirrors "$1" | grep -m 1 '/debian/\{0,1\}$'
}

# Makes target/bench/trixie: a minimal Debian with nginx and HAProxy, to be run by chroot. Nothing is mounted.
make_newest() {
  local folder=$root/target/bench/$NEWEST_SUITE log=$root/target/debootstrap.log mirror
  [[ ! -e $folder/.complete ]] || return 0
  mirror=$(debian_mirror /etc/apt) || {
    say "--newest needs a mirror of Debian among apt's sources, and there is none"
    return 1
  }
  have_program debootstrap || install_quietly debootstrap || return 1
  say "making a folder of Debian $NEWEST_SUITE with its nginx and HAProxy (log: target/debootstrap.log)…"
  rm -rf "$folder"
  mkdir -p "$root/target/bench"
  if ! debootstrap --variant=minbase --include=nginx-light,libnginx-mod-stream,haproxy \
    "$NEWEST_SUITE" "$folder" "$mirror" >"$log" 2>&1 </dev/null; then
    tail -n 5 "$log" >&2
    # A half-made folder may still have these mounted.
    umount "$folder/proc" "$folder/sys" 2>/dev/null || true
    return 1
  fi
  umount "$folder/proc" "$folder/sys" 2>/dev/null || true
  : >"$folder/.complete"
}
