#!/usr/bin/env bash
# Creates the secrets of sam/secrets.yaml for a stage and asks for the OpenAI API key.
#
#   scripts/create-secrets.sh [stage] [--local | --endpoint-url URL]
#
# The stage is `dev` unless one is named. The key is taken from a hidden prompt, or from stdin where
# that is no terminal; never from an argument. A second run creates nothing and replaces the key.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
provision=${PROVISION:-provision}

usage() {
  sed -n '2,/^set/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 64
}

stage=dev
options=()
if [ $# -gt 0 ] && [[ $1 != -* ]]; then
  stage=$1
  shift
fi
while [ $# -gt 0 ]; do
  case $1 in
    --local) options+=(--local) ;;
    --endpoint-url)
      [ $# -gt 1 ] || usage
      options+=(--endpoint-url "$2")
      shift
      ;;
    *) usage ;;
  esac
  shift
done

command -v "$provision" >/dev/null || {
  echo "error: \`$provision\` is not on the PATH" >&2
  echo 'hint: cargo install --path crates/provision' >&2
  exit 1
}
common=(--file "$root/sam/secrets.yaml" --env "$stage" "${options[@]}")

if [ -t 0 ]; then
  "$provision" "${common[@]}"
else
  # the key comes on stdin, so the question of `apply` cannot be answered there
  "$provision" "${common[@]}" --yes </dev/null
fi
exec "$provision" set openai api_key "${common[@]}"
