"""One design, two ways: what `provision` makes and what the rendered Terraform makes are the same AWS;
and either takes over what the other made.

There are two motos: one that `provision` applied to, one that Terraform did. Each system has them empty.
"""

import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import counting
import servers
from cli import MIYABI, Cli, at, copied
from documents import pages
from reading import Aws
from servers import Server, emptied
from terraform import Terraform, holding
from world import World, differences, statements

MANIFESTS = Path(__file__).with_name("manifests")
REGIONS = {
    "miyabi": ["us-west-2"],
    "pr-agent": ["us-east-1"],
    "agent-etl": ["us-west-2", "us-east-1"],
}
ENVIRONMENTS = ("dev", "prod")
# what Terraform keeps for itself and no API tells, so that its state learns it after an import
OF_TERRAFORM = {
    "block_public_policy",
    "bypass_policy_lockout_safety_check",
    "deletion_window_in_days",
    "force_destroy",
    "force_detach_policies",
    "force_overwrite_replica_secret",
    "recovery_window_in_days",
    "rotate_immediately",
    "skip_destroy",
}
# a secret that rotates needs a value first: its name, and a key of it
ROTATED = {"agent-etl": ("database", "password")}
CANARY = "canary-7Hq2-{}"


@dataclass
class Built:
    """A system in two AWS's."""

    name: str
    folder: Path
    provisioned: str
    terraformed: str
    commands: dict[str, Cli] = field(default_factory=dict)
    roots: dict[str, Terraform] = field(default_factory=dict)

    def world(self, url: str) -> dict:
        return World(url, REGIONS[self.name]).read()

    def cli(self, url: str, environment: str) -> Cli:
        return self.commands[environment].with_option("--endpoint-url", url)

    def values(self, environment: str) -> dict[str, str]:
        """What Terraform is to write: ephemeral values, and the numbers that say which."""
        if self.name not in ROTATED:
            return {}
        secret, key = ROTATED[self.name]
        value = json.dumps({key: CANARY.format(environment)})
        return {
            "TF_VAR_values": json.dumps({secret: value}),
            "TF_VAR_value_versions": json.dumps({secret: 1}),
        }


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Server]]:
    """Two motos: for what `provision` makes, and for what Terraform makes."""
    folders = [tmp_path_factory.mktemp(name) for name in ("provisioned", "terraformed")]
    with (
        servers.moto(folders[0], repaired=True) as provisioned,
        servers.moto(folders[1], repaired=True) as terraformed,
    ):
        yield provisioned, terraformed


@pytest.fixture(scope="module")
def built(
    request: pytest.FixtureRequest, pair: tuple[Server, Server], tmp_path_factory: pytest.TempPathFactory
) -> Built:
    name = request.param
    first, second = map(emptied, pair)
    system = Built(name, tmp_path_factory.mktemp(name), first.url, second.url)
    manifest(system)
    for url in (first.url, second.url):
        Aws(url, REGIONS[name][0]).client("logs").create_log_group(logGroupName="cloudtrail")
    for environment in ENVIRONMENTS:
        system.commands[environment] = at(first, system.folder / "manifest", environment)
        provision(system, environment)
    with ThreadPoolExecutor(len(ENVIRONMENTS)) as pool:
        roots = pool.map(lambda environment: apply(system, environment), ENVIRONMENTS)
        system.roots.update(zip(ENVIRONMENTS, roots, strict=True))
    return system


def manifest(system: Built) -> None:
    target = system.folder / "manifest"
    if system.name == "miyabi":
        copied(target)
    else:
        target.mkdir()
        shutil.copy(MANIFESTS / f"{system.name}.yaml", target / "secrets.yaml")


def provision(system: Built, environment: str) -> None:
    cli = system.commands[environment]
    cli("--yes")
    if system.name in ROTATED:
        cli.set(*ROTATED[system.name], CANARY.format(environment))
        cli("--yes")


def apply(system: Built, environment: str) -> Terraform:
    folder = system.folder / f"terraform-{environment}"
    system.commands[environment]("render", "terraform", "--out", str(folder))
    values = system.values(environment)
    root = Terraform(folder, system.terraformed, REGIONS[system.name][0], values).init()
    root("fmt", "-check", "-recursive", "-diff", "-no-color")
    root.apply()
    return root


@pytest.mark.parametrize("built", REGIONS, indirect=True)
def test_terraform_makes_the_same_aws_as_provision(built: Built) -> None:
    provisioned, terraformed = built.world(built.provisioned), built.world(built.terraformed)
    assert provisioned["roles"] and provisioned[REGIONS[built.name][0]]["secrets"]
    assert differences(terraformed, provisioned) == []


@pytest.mark.parametrize("built", REGIONS, indirect=True)
def test_a_second_plan_is_empty_and_no_state_holds_a_value(built: Built) -> None:
    for environment, root in built.roots.items():
        # the value is needed only where its number is new
        numbers = {k: v for k, v in root.variables.items() if k != "TF_VAR_values"}
        Terraform(root.folder, root.url, root.region, numbers).plan("-out=plan", code=0)
        assert holding(root.folder, CANARY.format(environment).encode()) == []
        if root.variables:
            secret, key = ROTATED[built.name]
            written = Aws(built.terraformed).value(f"{built.name}/{environment}/{secret}")
            assert json.loads(written) == {key: CANARY.format(environment)}


@pytest.fixture(scope="module")
def imported(built: Built) -> Terraform:
    """A root for what `provision` made in production, before anything is imported."""
    folder = built.folder / "imported"
    built.cli(built.provisioned, "prod")("render", "terraform", "--import", "--out", str(folder))
    return Terraform(folder, built.provisioned, REGIONS[built.name][0]).init()


@pytest.mark.parametrize("built", REGIONS, indirect=True)
def test_terraform_takes_over_what_provision_made(built: Built, imported: Terraform) -> None:
    before = built.world(built.provisioned)
    assert imports_only(imported.planned()) == []
    imported("apply", "-input=false", "-no-color", "plan")
    imported.plan(code=0)
    assert differences(built.world(built.provisioned), before) == []
    # the owner is the same as before: `provision` finds nothing to do
    built.cli(built.provisioned, "prod")("plan", "--detailed-exitcode")


@pytest.mark.parametrize("built", ["pr-agent"], indirect=True)
def test_ownership_goes_to_terraform_for_good(built: Built, imported: Terraform) -> None:
    cli = built.cli(built.provisioned, "prod")
    aws = Aws(built.provisioned, REGIONS[built.name][0])
    aws.secrets.tag_resource(SecretId="pr-agent-secrets-prod", Tags=[{"Key": "team", "Value": "bots"}])
    before = built.world(built.provisioned)
    cli("render", "terraform", "--out", str(imported.folder)).says("removed", "imports.tf")
    (imported.folder / "providers_override.tf").write_text(shown("providers_override.tf"))
    changes = imported.planned()["resource_changes"]
    done = [change["change"] for change in changes if change["change"]["actions"] not in (["no-op"], ["read"])]
    assert done and {action for change in done for action in change["actions"]} == {"update"}
    assert {field for change in done for field in different(change)} == {"tags", "tags_all"}
    imported("apply", "-input=false", "-no-color", "plan")
    imported.plan(code=0)
    # nothing but the owner's tag, which a world leaves out
    assert differences(built.world(built.provisioned), before) == []
    cli("plan", code=1).says("hint:", "adopt")


def meaning(value):
    """A policy as its statements, and everything else as it is."""
    is_policy = isinstance(value, str) and value.startswith("{") and "Statement" in value
    return statements(json.loads(value)) if is_policy else value


def imports_only(plan: dict) -> list[str]:
    """What a plan would do besides importing."""
    found = []
    for change in plan["resource_changes"]:
        if change["mode"] != "managed":
            continue
        made = change["change"]
        fields = different(made)
        if "importing" not in made or not fields <= OF_TERRAFORM:
            found.append(f"{change['address']}: {made['actions']} {sorted(fields)}")
    return found


def different(change: dict) -> set[str]:
    """The fields that a change of Terraform's plan changes."""
    before, after = change["before"] or {}, change["after"] or {}
    return {
        field
        for field in {*before, *after}
        if meaning(before.get(field)) != meaning(after.get(field))
    }


@pytest.mark.parametrize("built", REGIONS, indirect=True)
def test_provision_takes_over_what_terraform_made(built: Built) -> None:
    before = built.world(built.terraformed)
    for environment in ENVIRONMENTS:
        cli = built.cli(built.terraformed, environment)
        cli("plan", code=1).says("hint:", "adopt")
        adopted = cli("adopt", "--yes", "--output", "json").json()["plan"]["changes"]
        assert adopted and {kind for change in adopted for kind in change["action"]} == {"tag"}
        cli("plan", "--detailed-exitcode")
    # nothing but the owner's tag, which a world leaves out
    assert differences(built.world(built.terraformed), before) == []


@pytest.mark.parametrize("built", ["miyabi"], indirect=True)
def test_terraform_forgets_without_destroying(built: Built) -> None:
    """What the page says to do once `provision` has taken over."""
    before = built.world(built.terraformed)
    root = built.roots["dev"]
    for name in ("main.tf", "outputs.tf"):
        (root.folder / name).unlink()
    (root.folder / "forget.tf").write_text(shown("forget.tf"))
    assert "Plan: 0 to add, 0 to change, 0 to destroy." in root.apply()
    assert [line for line in root("state", "list").split() if not line.startswith("data.")] == []
    assert differences(built.world(built.terraformed), before) == []


def shown(file: str) -> str:
    """A file as the page shows it."""
    page = next(page for page in pages() if page.name == "terraform.md")
    [block] = [block for block in page.blocks if block.settings.get("file") == file]
    return block.body


def text_of(aws: Aws, arn: str) -> dict:
    version = aws.iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    found = aws.iam.get_policy_version(PolicyArn=arn, VersionId=version)
    return found["PolicyVersion"]["Document"]


def granted(aws: Aws, role: str) -> set[tuple[str, str]]:
    """What the managed policies of the environment let a role do with which secret."""
    found = set()
    for arn in aws.role(role)["attached"]:
        if ":aws:policy/" in arn:
            continue
        for statement in text_of(aws, arn)["Statement"]:
            condition = statement.get("Condition", {}).get("StringLike", {})
            names = next(iter(condition.values()), statement["Resource"])
            names = [names] if isinstance(names, str) else names
            found |= {(statement["Action"], name) for name in names}
    return found


def test_policies_past_their_limit_are_split_and_handed_over(
    pair: tuple[Server, Server], tmp_path: Path
) -> None:
    """One function that reads more than one policy can name: both ways, and taken over."""
    secrets = [f"s{n}: {{ name: 'legacy/{n:03}/{'long' * 12}' }}" for n in range(75)]
    secrets = "\n  ".join(secrets)

    def declare(count: int) -> None:
        reads = ", ".join(f"s{n}" for n in range(count))
        (tmp_path / "secrets.yaml").write_text(
            f"project: wide\nregion: us-west-2\nenvironments: {{ dev: {{}} }}\nsecrets:\n  {secrets}"
            f"\nfunctions: {{ all: {{ reads: [{reads}] }} }}\n"
        )

    moto = emptied(pair[0])
    cli = at(moto, tmp_path, "dev")
    declare(5)
    cli("--yes")
    declare(60)
    done = cli("--yes", "--allow-widening", "--output", "json").json()["done"]
    cli("plan", "--detailed-exitcode")
    # a function that starts meanwhile finds its access granted the old way or the new
    [gone] = [n for n, change in enumerate(done) if "delete_role_policy" in change]
    attached = [n for n, change in enumerate(done) if "attach_policy" in change]
    assert len(attached) >= 2 and max(attached) < gone
    aws = Aws(moto.url)
    before = granted(aws, "wide-dev-all")
    assert len(before) == 2 * 60
    declare(75)
    with counting.counting(moto.url) as calls:
        # cut short at the second part that changes: what is granted stays so
        calls.refuse("CreatePolicyVersion", counting.DENIED, passing=1)
        watched = cli.with_option("--endpoint-url", calls.url)
        watched("--yes", "--allow-widening", code=4)
        assert granted(aws, "wide-dev-all") >= before
    cli("--yes", "--allow-widening")
    assert len(granted(aws, "wide-dev-all")) == 2 * 75
    cli("plan", "--detailed-exitcode")
    pages = aws.iam.get_paginator("list_policies").paginate(Scope="Local")
    arns = [policy["Arn"] for page in pages for policy in page["Policies"]]
    assert len(arns) >= 2
    for arn in arns:
        assert len(json.dumps(text_of(aws, arn), separators=(",", ":"))) <= 6144
    folder = tmp_path / "imported"
    cli("render", "terraform", "--import", "--out", str(folder))
    root = Terraform(folder, moto.url).init()
    assert imports_only(root.planned()) == []
