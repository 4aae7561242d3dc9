# shellcheck shell=bash
# What the examples' `run` scripts share: the programs that they need, a folder that is gone at the
# end, and how a command is shown.
#
#   . prepare.sh SYSTEM PACKAGE...
#
# PROGRAMS names a folder that holds the programs already; without it cargo builds them.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
system=$1
shift

if [ -z "${PROGRAMS:-}" ]; then
  echo "building provision, local-lambda, $*" >&2
  # apart, as the README's first command builds `provision`: together both would have other features of
  # what they share, and all of it would be compiled anew
  for packages in provision "local-lambda $*"; do
    read -ra packages <<<"$packages"
    cargo build --locked --manifest-path "$root/Cargo.toml" --bins "${packages[@]/#/--package=}"
  done
  PROGRAMS=${CARGO_TARGET_DIR:-$root/target}/debug
fi
export PATH="$PROGRAMS:$PATH"
# no setting of the caller's decides what is shown, and no profile is asked
for name in $(compgen -e AWS_) $(compgen -e LAMBDA_SECRETS_); do
  unset "$name"
done
export AWS_EC2_METADATA_DISABLED=true NO_COLOR=1

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$root/examples/$system/secrets.yaml" "$work"
[ ! -d "$root/examples/$system/policies" ] || cp -r "$root/examples/$system/policies" "$work"
cd "$work"

# show COMMAND...: prints it as one would type it, and runs it
show() {
  shown "$@"
  "$@" </dev/null 2>&1 | plain
}

# given VALUE COMMAND...: the same with the value on stdin, which is not shown
given() {
  local value=$1
  shift
  shown printf '%s' … '|' "$@"
  printf '%s' "$value" | "$@" 2>&1 | plain
}

# a function's log may bring colours along
plain() {
  sed 's/\x1b\[[0-9;]*m//g'
}

shown() {
  local word text='$'
  for word in "$@"; do
    word=${word//"$root"\//}
    [[ $word =~ ^[][A-Za-z0-9_./:=,@%+…|#-]+$ ]] || word="'$word'"
    text+=" $word"
  done
  printf '\n%s\n' "$text"
}
