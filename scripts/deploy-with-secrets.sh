#!/usr/bin/env bash
# Deploys the functions of sam/template.yaml with their layer, for one stage.
#
#   scripts/deploy-with-secrets.sh <stage> [--yes] [--endpoint-url URL]
#
# Applies sam/secrets.yaml, builds the layer, then builds, checks and deploys with SAM. The key itself
# comes from scripts/create-secrets.sh. With --endpoint-url it ends before the deployment: no
# emulator runs SAM's transform.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
provision=${PROVISION:-provision}
sam=${SAM:-sam}
export SAM_CLI_TELEMETRY=0

usage() {
  sed -n '2,/^set/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 64
}

if [ $# -eq 0 ] || [[ $1 == -* ]]; then
  usage
fi
stage=$1
shift
endpoint=
confirm=()
while [ $# -gt 0 ]; do
  case $1 in
    --yes) confirm=(--yes) ;;
    --endpoint-url)
      [ $# -gt 1 ] || usage
      endpoint=$2
      shift
      ;;
    *) usage ;;
  esac
  shift
done

for program in "$provision" "$sam"; do
  command -v "$program" >/dev/null || {
    echo "error: \`$program\` is not on the PATH" >&2
    echo 'hint: cargo install --path crates/provision; pip install aws-sam-cli cargo-lambda' >&2
    exit 1
  }
done

options=(--file "$root/sam/secrets.yaml" --env "$stage")
[ -z "$endpoint" ] || options+=(--endpoint-url "$endpoint")
"$provision" "${options[@]}" "${confirm[@]}"

"$root/scripts/build-layer" --arch x86_64
cd "$root/sam"
"$sam" validate --lint --region us-east-1
# SAM builds a Python function with the very version that it will run on
python=$(python3 -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
"$sam" build --beta-features --parameter-overrides "Stage=$stage PythonRuntime=$python"
if [ -n "$endpoint" ]; then
  echo "not deployed: no emulator runs SAM's transform" >&2
  exit 0
fi
deploy=(--stack-name "meta-agents-$stage" --resolve-s3 --capabilities CAPABILITY_IAM
  --parameter-overrides "Stage=$stage" "PythonRuntime=$python" --region us-east-1 --no-fail-on-empty-changeset)
[ "${#confirm[@]}" -eq 0 ] || deploy+=(--no-confirm-changeset)
[ "${#confirm[@]}" -gt 0 ] || deploy+=(--confirm-changeset)
exec "$sam" deploy "${deploy[@]}"
