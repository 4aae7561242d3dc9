"""The page of `access --html` in a browser: two sizes, two themes, the keyboard, axe-core, no network.

The pictures stay in `target/page`, to be looked at.
"""

import json
import os
import subprocess
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from cli import NO_CREDENTIALS, ROOT, Cli

LOOK = ROOT / "tests" / "page" / "look.mjs"
TOOLS = ROOT / ".tools" / "page"
PICTURES = ROOT / "target" / "page"
NO_BROWSER = 69
MANIFEST = """\
project: miyabi
region: us-west-2
environments:
  dev: {}
  prod:
    account: "123456789012"
    protected: true
    replicas: [us-east-1]
access:
  provisioner: ["arn:aws:iam::123456789012:user/admin"]
  planner: ["arn:aws:iam::123456789012:role/ci"]
  writer: ["arn:aws:iam::123456789012:user/ada"]
  break_glass: ["arn:aws:iam::123456789012:user/ada"]
  github: { repo: octo/app }
secrets:
  api-keys: { keys: { GITHUB_TOKEN: { required: true }, OAUTH_CLIENT_ID: { default: miyabi-mcp-client } } }
  config:
    keys: [BASE_URL]
    resource_policy: { deny_others: true, readers: ["arn:aws:iam::210987654321:role/reports"] }
  database:
    type: string
    rotation:
      lambda_arn: "arn:aws:lambda:us-west-2:123456789012:function:rotate"
      role_arn: "arn:aws:iam::123456789012:role/rotator"
      every_days: 30
functions:
  miyabi-app: { reads: [api-keys, config] }
  worker: { reads: [database], logs: own }
  webhook: { reads: [api-keys] }
alarms: { log_group: trail, sns_topic_arn: "arn:aws:sns:us-west-2:123456789012:alerts" }
"""


def browser() -> str:
    """Returns a Chromium, which the project's own script installs where it can."""
    setup = subprocess.run([ROOT / "scripts" / "page-setup"], capture_output=True, text=True)
    if setup.returncode == NO_BROWSER:
        pytest.skip("there is no Chromium")
    assert setup.returncode == 0, setup.stderr
    return setup.stdout.strip()


def test_the_page_is_good_to_look_at_and_to_use(tmp_path: Path) -> None:
    chromium = browser()
    (tmp_path / "secrets.yaml").write_text(MANIFEST)
    cli = Cli(tmp_path, variables=NO_CREDENTIALS)
    cli("access", "--prove", "--html", "access.html").says("All as the manifest says")
    page = tmp_path / "access.html"
    made = page.read_bytes()
    cli("access", "--prove", "--html", "access.html")
    assert page.read_bytes() == made

    PICTURES.mkdir(parents=True, exist_ok=True)
    # the browser finds a home of its own, and nothing of the caller's
    home = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    looked = subprocess.run(
        ["node", LOOK, page, PICTURES, chromium, TOOLS],
        capture_output=True, text=True, env=home, timeout=240,
    )
    assert looked.returncode == 0, looked.stderr
    seen = json.loads(looked.stdout)
    assert seen["errors"] == []
    assert seen["requests"] == []
    assert seen["axe"] == {name: [] for name in seen["axe"]} and len(seen["axe"]) == 4
    assert set(seen["overflow"].values()) == {0}, seen["overflow"]
    assert seen["hovered"] > 0 and seen["left"]
    assert seen["lit"] > 0 and seen["letGo"] and seen["statements"] > 0
    assert "may read miyabi/dev/api-keys by" in seen["chosen"]
    assert seen["statement"] and "Effect" in seen["statementText"]
    assert seen["toggled"]
    # the same figures as those of `cost`, and of the same day
    cost = cli("cost", "--output", "json").json()
    prod = cost["environments"][1]
    assert prod["environment"] == "prod"
    cents = Decimal(prod["usd"]).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert f"a month, before any secret is read\n${cents}" in seen["bill"]
    text = page.read_text()
    assert f"${cents} a month</a>" in text and f"as of {cost['prices_as_of'][0]}" in text
    assert "$0.80 a month with its copies" in text and "$1.00 a month" in text
    (tmp_path / "prices.json").write_text('{"prices": {"secrets": {"usd": "9"}}}')
    cli("access", "--html", "priced.html", "--prices", "prices.json")
    assert "$18.00 a month with its copies" in (tmp_path / "priced.html").read_text()
    cli("access", "--prices", "prices.json", code=64).says("--html")
    pictures = {"desk-light", "desk-dark", "phone-light", "phone-dark", "chosen", "statement", "bill"}
    for name in pictures:
        assert (PICTURES / f"{name}.png").stat().st_size > 10_000, name
