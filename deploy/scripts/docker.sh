# shellcheck shell=bash
# A Docker engine for the length of a CI run. Needs `say` and `root`, and etcd.sh.

docker_folder='' docker_pid=''

# Sets docker_state to `answers`, or to why there is no engine.
prepare_docker() {
  docker_state=answers
  if docker_answers; then
    say "a Docker engine is already running: using it, and leaving it alone"
    return
  fi
  if [[ $(id -u) != 0 ]]; then
    docker_state="none answers, and only root can start one"
    return
  fi
  install_docker || return 0
  # Where the package's own service came up, there is nothing to start.
  docker_answers || start_docker overlay2 || start_docker vfs || true
}

# Also etcd, in the same call, as the package lists are asked anyway.
install_docker() {
  local packages=() log=$root/target/apt.log
  if ! type -P dockerd >/dev/null || ! type -P docker >/dev/null; then
    packages+=(docker.io containerd runc iptables)
  fi
  type -P iptables >/dev/null || packages+=(iptables)
  type -P etcd >/dev/null || packages+=(etcd-server)
  ((${#packages[@]})) || return 0
  if ! type -P apt-get >/dev/null; then
    docker_state="there is none, nor an apt-get to install one with"
    return 1
  fi
  say "installing ${packages[*]} (log: target/apt.log)…"
  if ! apt_install "$log" "${packages[@]}"; then
    tail -n 15 "$log" >&2
    docker_state="the packages could not be installed"
    return 1
  fi
  # Newer distributions have the client apart.
  if ! type -P docker >/dev/null && ! apt_install "$log" docker-cli; then
    docker_state="the package docker-cli could not be installed"
    return 1
  fi
}

# start_docker STORAGE-DRIVER: an engine with folders and a socket of its own. Its log is kept in target.
start_docker() {
  local driver=$1 log=$root/target/dockerd.log waited
  docker_folder=$(mktemp -d /tmp/weir-docker.XXXXXX)
  say "starting a Docker engine (log: target/dockerd.log)…"
  remember_network
  dockerd --data-root "$docker_folder/data" --exec-root "$docker_folder/exec" --pidfile "$docker_folder/pid" \
    --host "unix://$docker_folder/docker.sock" --storage-driver "$driver" >"$log" 2>&1 </dev/null &
  docker_pid=$!
  export DOCKER_HOST=unix://$docker_folder/docker.sock
  for ((waited = 0; waited < 60; waited++)); do
    if docker_answers; then
      docker_state=answers
      say "Docker $(docker version --format '{{.Server.Version}}') answers"
      return 0
    fi
    kill -0 "$docker_pid" 2>/dev/null || break
    sleep 0.5
  done
  docker_state="dockerd did not start here: $(grep -iE 'fatal|failed|error' "$log" | tail -n 1)"
  stop_docker
  return 1
}

# Stops the engine that start_docker started, if any, with everything in it.
stop_docker() {
  local left waited
  [[ $docker_pid ]] || return 0
  left=$(timeout 20 docker ps -q 2>/dev/null) || left=''
  # shellcheck disable=SC2086 # one argument per container
  [[ ! $left ]] || timeout 30 docker rm -f $left >/dev/null 2>&1 || true
  kill "$docker_pid" 2>/dev/null || true
  for ((waited = 0; waited < 60; waited++)); do
    kill -0 "$docker_pid" 2>/dev/null || break
    sleep 0.5
  done
  kill -9 "$docker_pid" 2>/dev/null || true
  wait "$docker_pid" 2>/dev/null || true
  docker_pid=''
  unset DOCKER_HOST
  # What a killed engine left mounted must not keep its folder.
  awk -v folder="$docker_folder/" 'index($2, folder) == 1 { print $2 }' /proc/mounts | sort -r |
    while IFS= read -r left; do umount -l "$left" 2>/dev/null || true; done
  restore_network
  rm -rf "$docker_folder" || say "could not remove all of $docker_folder"
}

# An engine leaves a bridge and packet filter rules behind, among them one that stops all forwarding.
remember_network() {
  cat /proc/sys/net/ipv4/ip_forward >"$docker_folder/ip_forward"
  [[ ! -e /sys/class/net/docker0 ]] || : >"$docker_folder/docker0"
  iptables-save >"$docker_folder/iptables" 2>/dev/null || true
  # A table without a rule is not listed; named, it is emptied again.
  grep -q '^\*filter' "$docker_folder/iptables" ||
    printf '*filter\n:INPUT ACCEPT\n:FORWARD ACCEPT\n:OUTPUT ACCEPT\nCOMMIT\n' >>"$docker_folder/iptables"
  grep -q '^\*nat' "$docker_folder/iptables" ||
    printf '*nat\n:PREROUTING ACCEPT\n:INPUT ACCEPT\n:OUTPUT ACCEPT\n:POSTROUTING ACCEPT\nCOMMIT\n' \
      >>"$docker_folder/iptables"
}

restore_network() {
  iptables-restore <"$docker_folder/iptables" 2>/dev/null || say "the packet filter rules could not be set back"
  [[ -e $docker_folder/docker0 ]] || ip link delete docker0 2>/dev/null || true
  cat "$docker_folder/ip_forward" >/proc/sys/net/ipv4/ip_forward 2>/dev/null || true
}
