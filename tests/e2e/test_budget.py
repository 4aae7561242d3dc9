"""How many API calls a plan and an apply make, counted on the way to the server."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import counting
import servers
from cli import TEST_CREDENTIALS, Cli

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


def told(what: str, calls: Counter[str]) -> str:
    parts = ", ".join(f"{name} {number}" for name, number in sorted(calls.items()))
    return f"{what}: {calls.total()} calls ({parts})"
