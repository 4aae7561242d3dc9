"""One design, two ways: what `provision` makes and what the rendered Terraform makes are the same AWS;
and either takes over what the other made.

Each system has two motos of its own: one that `provision` applied to, one that Terraform did.
"""

import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import servers
from cli import MIYABI, Cli, at, copied
from reading import Aws
from terraform import Terraform
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
def built(request: pytest.FixtureRequest, tmp_path_factory) -> Iterator[Built]:
    name = request.param
    folder = tmp_path_factory.mktemp(name)
    for server in ("provisioned", "terraformed"):
        (folder / server).mkdir()
    with (
        servers.moto(folder / "provisioned", repaired=True) as first,
        servers.moto(folder / "terraformed", repaired=True) as second,
    ):
        system = Built(name, folder, first.url, second.url)
        manifest(system)
        for url in (first.url, second.url):
            Aws(url, REGIONS[name][0]).client("logs").create_log_group(logGroupName="cloudtrail")
        for environment in ENVIRONMENTS:
            system.commands[environment] = at(first, folder / "manifest", environment)
            provision(system, environment)
        with ThreadPoolExecutor(len(ENVIRONMENTS)) as pool:
            for root in pool.map(lambda environment: apply(system, environment), ENVIRONMENTS):
                assert root
        yield system


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
    root.apply()
    system.roots[environment] = root
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
        canary = CANARY.format(environment).encode()
        kept = [path for path in root.folder.rglob("*") if path.is_file() and not path.is_symlink()]
        assert (root.folder / "terraform.tfstate") in kept
        for path in kept:
            assert canary not in path.read_bytes(), path
        if root.variables:
            secret, key = ROTATED[built.name]
            written = Aws(built.terraformed).value(f"{built.name}/{environment}/{secret}")
            assert json.loads(written) == {key: CANARY.format(environment)}


@pytest.mark.parametrize("built", REGIONS, indirect=True)
def test_terraform_takes_over_what_provision_made(built: Built) -> None:
    before = built.world(built.provisioned)
    folder = built.folder / "imported"
    cli = built.cli(built.provisioned, "prod")
    cli("render", "terraform", "--import", "--out", str(folder))
    root = Terraform(folder, built.provisioned, REGIONS[built.name][0]).init()
    root("plan", "-input=false", "-no-color", "-out=plan")
    assert imports_only(json.loads(root("show", "-json", "plan"))) == []
    root("apply", "-input=false", "-no-color", "plan")
    root.plan(code=0)
    assert differences(built.world(built.provisioned), before) == []
    # the owner is the same as before: `provision` finds nothing to do
    cli("plan", "--detailed-exitcode")


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
        before, after = made["before"] or {}, made["after"] or {}
        fields = {
            field
            for field in {*before, *after}
            if meaning(before.get(field)) != meaning(after.get(field))
        }
        if "importing" not in made or not fields <= OF_TERRAFORM:
            found.append(f"{change['address']}: {made['actions']} {sorted(fields)}")
    return found


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


def test_policies_past_their_limit_are_split_and_handed_over(tmp_path: Path) -> None:
    """One function that reads more than one policy can name: both ways, and taken over."""
    secrets = [f"s{n}: {{ name: 'legacy/{n:03}/{'long' * 12}' }}" for n in range(60)]
    secrets = "\n  ".join(secrets)

    def declare(count: int) -> None:
        reads = ", ".join(f"s{n}" for n in range(count))
        (tmp_path / "secrets.yaml").write_text(
            f"project: wide\nregion: us-west-2\nenvironments: {{ dev: {{}} }}\nsecrets:\n  {secrets}"
            f"\nfunctions: {{ all: {{ reads: [{reads}] }} }}\n"
        )

    with servers.moto(tmp_path, repaired=True) as moto:
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
        pages = aws.iam.get_paginator("list_policies").paginate(Scope="Local")
        arns = [policy["Arn"] for page in pages for policy in page["Policies"]]
        assert len(arns) >= 2
        for arn in arns:
            [version] = aws.iam.list_policy_versions(PolicyArn=arn)["Versions"]
            document = aws.iam.get_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
            text = json.dumps(document["PolicyVersion"]["Document"], separators=(",", ":"))
            assert len(text) <= 6144
        folder = tmp_path / "imported"
        cli("render", "terraform", "--import", "--out", str(folder))
        root = Terraform(folder, moto.url).init()
        root("plan", "-input=false", "-no-color", "-out=plan")
        assert imports_only(json.loads(root("show", "-json", "plan"))) == []
