# shellcheck shell=bash
# `weir dist`: an archive that runs wherever a JDK 25 is, without building. What hooks need is in it if it was
# built (`weir build hooks`).

make_archive() {
  local version name stage process archive jar pack file
  read_version
  build_if_changed e2e
  name=weir-$version stage=$root/target/archive archive=$root/target/$name.tar.gz
  rm -rf "$stage"
  mkdir -p "$stage/$name/bin" "$stage/$name/lib/scripts"
  cp "$root/weir" "$stage/$name/bin/"
  cp "$scripts/jdk.sh" "$scripts/run.sh" "$stage/$name/lib/scripts/"
  printf '%s\n' "$version" >"$stage/$name/lib/VERSION"
  for process in controller agent cli; do
    cp -Rp "$dist/$process" "$stage/$name/lib/"
  done
  if [[ -d $dist/hooks ]]; then
    build_if_changed hooks
    cp -Rp "$dist/hooks" "$stage/$name/lib/"
  fi
  # A jar that two processes use is in the archive once: tar keeps hard links.
  for jar in "$stage/$name/lib/agent"/*.jar "$stage/$name/lib/cli"/*.jar; do
    for process in controller agent; do
      share "$stage/$name/lib/$process/${jar##*/}" "$jar"
    done
  done
  cp -R "$root/deploy/systemd" "$stage/$name/"
  for file in LICENSE README.md CHANGELOG.md; do
    [[ ! -f $root/$file ]] || cp "$root/$file" "$stage/$name/"
  done
  pack=(tar -C "$stage" -czf "$archive.new")
  if tar --version 2>/dev/null | grep -q GNU; then
    pack+=(--sort=name --owner=0 --group=0 --numeric-owner)
  fi
  "${pack[@]}" "$name"
  mv -f "$archive.new" "$archive"
  rm -rf "$stage"
  printf '%s\n' "$archive"
}

# Makes $2 a hard link to $1 if both are the same jar.
share() {
  if [[ -f $1 && ! $1 -ef $2 ]] && cmp -s "$1" "$2"; then
    ln -f "$1" "$2"
  fi
}
