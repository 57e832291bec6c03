# shellcheck shell=bash
# Gets the tests a real etcd: a container image made of the machine's own binary, or the binary itself.
# Needs `say` and `root` of whoever sources it.

ETCD_IMAGE_DEFAULT=weir-test-etcd:local
# Debian asks this program, if there is one, whether a package may start its service.
SERVICE_POLICY=/usr/sbin/policy-rc.d

docker_answers() {
  local limit=()
  ! type -P timeout >/dev/null || limit=(timeout 20)
  type -P docker >/dev/null &&
    ${limit[@]+"${limit[@]}"} docker version --format '{{.Server.Version}}' >/dev/null 2>&1
}

etcd_version() {
  local line
  line=$(etcd --version 2>/dev/null) || return 1
  line=${line%%$'\n'*}
  printf '%s' "${line##* }"
}

# make_etcd_image NAME: imports etcd, etcdctl if there is one, and the libraries they name. No registry is asked.
make_etcd_image() {
  local name=$1 box program path lib
  type -P etcd >/dev/null || {
    say "no image $name can be made: there is no etcd on the PATH"
    return 1
  }
  box=$(mktemp -d)
  mkdir -p "$box/usr/bin"
  mkdir -m 1777 "$box/tmp"
  for program in etcd etcdctl; do
    path=$(type -P "$program") || continue
    cp -L "$path" "$box/usr/bin/"
    # A static binary names none.
    for lib in $(ldd "$path" 2>/dev/null | grep -o '/[^ )]*' || true); do
      mkdir -p "$box${lib%/*}"
      cp -L "$lib" "$box$lib"
    done
  done
  tar -C "$box" -c . | docker import --change 'ENV PATH=/usr/bin' --change "ENV ETCD_UNSUPPORTED_ARCH=$(etcd_arch)" \
    --change "LABEL weir.etcd=$(etcd_version)" - "$name" >/dev/null || {
    rm -rf "$box"
    say "docker import of $name failed"
    return 1
  }
  rm -rf "$box"
}

# etcd 3.4 refuses to run on 64-bit Arm unless told to.
etcd_arch() {
  case $(uname -m) in
    aarch64 | arm64) echo arm64 ;;
  esac
}

# True if the tests can have container image $1, made, pulled or already there.
have_etcd_image() {
  local name=$1 made_of
  if made_of=$(docker image inspect --format '{{index .Config.Labels "weir.etcd"}}' "$name" 2>/dev/null); then
    # Ours follows the machine's etcd; anybody else's is taken as it is.
    [[ $name == "$ETCD_IMAGE_DEFAULT" && $made_of != "$(etcd_version || echo "$made_of")" ]] || return 0
  fi
  if [[ $name == "$ETCD_IMAGE_DEFAULT" ]]; then
    make_etcd_image "$name"
  else
    docker pull -q "$name" >/dev/null
  fi
}

# apt_install LOG PACKAGE...: as root on a Debian-like machine; starts none of the services it brings.
apt_install() (
  log=$1
  shift
  if [[ ! -e $SERVICE_POLICY ]]; then
    trap 'rm -f "$SERVICE_POLICY"' EXIT
    trap 'exit 1' HUP INT TERM
    printf '#!/bin/sh\nexit 101\n' >"$SERVICE_POLICY"
    chmod 755 "$SERVICE_POLICY"
  fi
  export DEBIAN_FRONTEND=noninteractive
  for try in 1 2 3; do
    {
      echo "== try $try: $*"
      # Lists that cannot be renewed may still do.
      timeout 300 apt-get -q -o Acquire::Retries=2 -o DPkg::Lock::Timeout=120 update
      timeout 900 apt-get -q -y -o Acquire::Retries=2 -o DPkg::Lock::Timeout=120 \
        install --no-install-recommends "$@"
    } >>"$log" 2>&1 </dev/null && exit 0
    sleep $((try * 3))
  done
  exit 1
)

# Installs the distribution's etcd, which then runs only when a test starts it.
install_etcd() {
  local log=$root/target/apt.log
  if [[ $(id -u) != 0 ]] || ! type -P apt-get >/dev/null; then
    return 1
  fi
  say "there is no etcd: installing the distribution's package etcd-server (log: target/apt.log)…"
  mkdir -p "$root/target"
  if ! apt_install "$log" etcd-server; then
    tail -n 15 "$log" >&2
    say "etcd-server could not be installed"
    return 1
  fi
  if [[ -d /run/systemd/system ]]; then
    systemctl disable --now --quiet etcd.service 2>/dev/null || true
  fi
}

# Sets etcd_ways to a sentence that says how the tests get their etcd, and exports what they read. When both ways
# are to be had the tests use both.
# shellcheck disable=SC2034 # etcd_ways is the caller's
prepare_etcd() {
  local image=${WEIR_TEST_ETCD_IMAGE:-$ETCD_IMAGE_DEFAULT} process='' container=''
  unset WEIR_TEST_ETCD_IMAGE
  if ! type -P etcd >/dev/null &&
    ! { docker_answers && docker image inspect "$image" >/dev/null 2>&1; }; then
    install_etcd || true
  fi
  if type -P etcd >/dev/null; then
    process="process $(type -P etcd) $(etcd_version)"
    [[ ! $(etcd_arch) ]] || export ETCD_UNSUPPORTED_ARCH=arm64
  fi
  if docker_answers; then
    if have_etcd_image "$image"; then
      container="container $image"
      # Its reaper is an image from a registry; published ports of a local engine are on localhost.
      export WEIR_TEST_ETCD_IMAGE=$image TESTCONTAINERS_RYUK_DISABLED=true TESTCONTAINERS_HOST_OVERRIDE=localhost
    fi
  else
    say "no Docker engine answers: the tests do without etcd in a container"
  fi
  if [[ $process && $container ]]; then
    etcd_ways="$process, and $container"
  elif [[ $process$container ]]; then
    etcd_ways=$process$container
  else
    etcd_ways="none, so its tests are skipped; to have them: apt-get install etcd-server (or any etcd 3.4 or newer \
on the PATH), or a Docker engine with the image $image"
  fi
}
