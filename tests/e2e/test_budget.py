"""How many API calls a plan and an apply make, counted on the way to the server."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import counting
import estate
import servers
from cli import TEST_CREDENTIALS, Cli
from estate import Estate

SECRETS = 100
FUNCTIONS = 10
PLAN_BUDGET = 25
CALLS_PER_RESOURCE = 1.5


@pytest.fixture
def calls(moto: servers.Server) -> Iterator[counting.Calls]:
    with counting.counting(moto.url) as calls:
        yield calls


@pytest.fixture
def cli(calls: counting.Calls, tmp_path: Path) -> Cli:
    (tmp_path / "secrets.yaml").write_text(manifest())
    return Cli(tmp_path, ("--env", "dev", "--endpoint-url", calls.url), TEST_CREDENTIALS)


def manifest() -> str:
    """Returns a project of many secrets, each function reading ten of its own."""
    lines = ["project: big", "region: us-west-2", "environments:", "  dev: {}", "secrets:"]
    for number in range(SECRETS):
        lines.append(f"  part-{number:03}:")
        lines.append(f"    description: Part {number}")
        lines.append("    keys: { TOKEN: {}, HOST: { default: localhost } }")
    lines.append("functions:")
    for number in range(FUNCTIONS):
        own = (f"part-{part:03}" for part in range(number * 10, number * 10 + 10))
        lines.append(f"  worker-{number}: {{ reads: [{', '.join(own)}] }}")
    return "\n".join(lines) + "\n"


def test_calls_stay_within_the_budget(cli: Cli, calls: counting.Calls) -> None:
    cli("plan", "--detailed-exitcode", code=2)
    plan_from_nothing = calls.take()

    cli("--yes")
    apply_from_nothing = calls.take()

    cli("plan", "--detailed-exitcode")
    plan_of_nothing = calls.take()

    # key, alias, secrets, roles, inline policies
    resources = 1 + 1 + SECRETS + FUNCTIONS + FUNCTIONS
    budget = plan_from_nothing.total() + CALLS_PER_RESOURCE * resources
    print(told("plan from nothing", plan_from_nothing))
    print(told(f"apply from nothing, budget {budget:.0f}", apply_from_nothing))
    print(told(f"plan with nothing to change, budget {PLAN_BUDGET}", plan_of_nothing))

    assert apply_from_nothing["CreateSecret"] == SECRETS
    assert apply_from_nothing["CreateRole"] == FUNCTIONS
    assert apply_from_nothing.total() <= budget
    assert 0 < plan_of_nothing.total() <= PLAN_BUDGET


def with_everything(secrets: int) -> str:
    """Returns a project in which each secret has a copy and every second one a policy and a rotation."""
    rotated = f'rotation: {{ lambda_arn: "{estate.ROTATION}", every_days: 30, role_arn: "arn:aws:iam::123456789012:role/rotator" }}'
    closed = "resource_policy: { deny_insecure: true }"
    lines = [estate.MANIFEST[: estate.MANIFEST.index("secrets:\n")] + "secrets:"]
    for number in range(secrets):
        more = f", {rotated}, {closed}" if number % 2 == 0 else ""
        lines.append(f"  part-{number:03}: {{ keys: {{ HOST: {{ default: localhost }} }}{more} }}")
    lines.append("functions:")
    for first in range(0, secrets, 10):
        own = (f"part-{part:03}" for part in range(first, first + 10))
        lines.append(f"  worker-{first}: {{ reads: [{', '.join(own)}], logs: own }}")
    user = '["arn:aws:iam::123456789012:user/ada"]'
    lines.append(f"access: {{ provisioner: {user}, planner: {user}, writer: {user} }}")
    return "\n".join(lines) + "\n"


def test_calls_stay_within_the_budget_with_everything_on(
    moto: servers.Server, calls: counting.Calls, tmp_path: Path
) -> None:
    """One call more for a secret, and only where it has a policy."""
    Estate(moto.url).prepare()
    secrets = 40
    cli = estate.cli(tmp_path, calls.url, with_everything(secrets))
    changes = len(cli("plan", "--output", "json").json()["changes"])
    plan_from_nothing = calls.take()
    cli("--yes")
    apply_from_nothing = calls.take()
    cli("plan", "--detailed-exitcode")
    plan_of_nothing = calls.take()
    # each copy is a secret of its own over there
    budget = plan_from_nothing.total() + CALLS_PER_RESOURCE * (changes + secrets)
    print(told("plan from nothing", plan_from_nothing))
    print(told(f"apply from nothing, budget {budget:.0f}", apply_from_nothing))
    print(told(f"plan with nothing to change, budget {PLAN_BUDGET} and {secrets // 2}", plan_of_nothing))
    assert plan_of_nothing["GetResourcePolicy"] == secrets // 2
    assert plan_of_nothing.total() <= PLAN_BUDGET + secrets // 2
    assert apply_from_nothing.total() <= budget


def told(what: str, calls: Counter[str]) -> str:
    parts = ", ".join(f"{name} {number}" for name, number in sorted(calls.items()))
    return f"{what}: {calls.total()} calls ({parts})"
