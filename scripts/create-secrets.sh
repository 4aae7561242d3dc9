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
if [ $# -gt 0 ] && [[ $1 != -* ]]; then
  stage=$1
  shift
fi
# never empty: the bash of macOS takes an empty array for an unset one
common=(--file "$root/sam/secrets.yaml" --env "$stage")
while [ $# -gt 0 ]; do
  case $1 in
    --local) common+=(--local) ;;
    --endpoint-url)
      [ $# -gt 1 ] || usage
      common+=(--endpoint-url "$2")
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

if [ -t 0 ]; then
  "$provision" "${common[@]}"
else
  # the key comes on stdin, so the question of `apply` cannot be answered there
  "$provision" "${common[@]}" --yes </dev/null
fi
exec "$provision" set openai api_key "${common[@]}"
