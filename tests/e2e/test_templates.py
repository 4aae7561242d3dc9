"""The templates of CloudFormation and SAM, the policies and the workflow that `render` writes: judged by
the tools of others, and held against what `provision` decides."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from cli import BINARY, NO_CREDENTIALS, ROOT, TEST_CREDENTIALS, Cli, copied
from reading import Aws
from servers import Server
from world import statements

MANIFESTS = Path(__file__).with_name("manifests")
SYSTEMS = ("miyabi", "pr-agent", "agent-etl")
ACCOUNT = "123456789012"
TOOL_SECONDS = 120


@pytest.fixture(scope="session")
def tools() -> dict[str, Path]:
    """The programs of SAM and shellcheck, installed where they are not there yet."""
    printed = subprocess.run(
        [sys.executable, ROOT / "scripts" / "sam-setup"], check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    folders = [Path(line) for line in printed.split("\n") if line]
    found = {name: folder / name for name in ("sam", "shellcheck", "python") for folder in reversed(folders)
             if (folder / name).exists()}
    # the Python of SAM has its translator
    return found | {"python": found["sam"].with_name("python")}


def command(tmp_path: Path, system: str) -> Cli:
    folder = tmp_path / "manifest"
    if system == "miyabi":
        copied(folder)
    else:
        folder.mkdir()
        wide, own = MANIFESTS / f"{system}.yaml", ROOT / "examples" / system / "secrets.yaml"
        shutil.copy(wide if wide.exists() else own, folder / "secrets.yaml")
    return Cli(folder, ("--file", "secrets.yaml", "--env", "prod"))


def rendered(cli: Cli, language: str, out: Path) -> Path:
    cli("render", language, "--out", str(out))
    return out


def tool(*arguments: str | Path, cwd: Path = ROOT) -> str:
    finished = subprocess.run(
        arguments, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        timeout=TOOL_SECONDS,
        env={"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(cwd),
             "SAM_CLI_TELEMETRY": "0", "AWS_DEFAULT_REGION": "us-west-2", **NO_CREDENTIALS},
    )
    assert finished.returncode == 0, f"{arguments}: {finished.stdout}"
    return finished.stdout


@pytest.mark.parametrize("system", SYSTEMS)
def test_templates_pass_their_judges(system: str, tmp_path: Path, tools: dict[str, Path]) -> None:
    cli = command(tmp_path, system)
    sam = rendered(cli, "sam", tmp_path / "sam")
    plain = rendered(cli, "cloudformation", tmp_path / "cloudformation")
    translated = tmp_path / "translated.json"
    output = subprocess.run(
        [tools["python"], ROOT / "tests" / "layer" / "translate_template", sam / "template.yaml"],
        stdout=subprocess.PIPE, check=True, timeout=TOOL_SECONDS,
    ).stdout
    translated.write_bytes(output)
    lint = Path(sys.executable).with_name("cfn-lint")
    tool(lint, *sorted(sam.glob("*.yaml")), *sorted(plain.glob("*.yaml")), translated, cwd=tmp_path)
    tool(tools["sam"], "validate", "--lint", "--template", sam / "template.yaml", cwd=sam)


@pytest.mark.parametrize("system", (*SYSTEMS, "meta-agents"))
def test_templates_hold_the_policies_that_provision_writes(
    system: str, tmp_path: Path, tools: dict[str, Path]
) -> None:
    cli = command(tmp_path, system)
    sam = rendered(cli, "sam", tmp_path / "sam")
    policies = rendered(cli, "policies", tmp_path / "policies")
    template = json.loads(subprocess.run(
        [tools["python"], ROOT / "tests" / "layer" / "translate_template", sam / "template.yaml"],
        stdout=subprocess.PIPE, check=True, timeout=TOOL_SECONDS,
    ).stdout)
    found = {}
    for resource in template["Resources"].values():
        of = resource["Properties"]
        match resource["Type"]:
            case "AWS::KMS::Key":
                found[f"keys/{system}-prod"] = of["KeyPolicy"]
            case "AWS::IAM::Role":
                found[f"roles/{of['RoleName']}.trust"] = of["AssumeRolePolicyDocument"]
                for policy in of.get("Policies", []):
                    found[f"roles/{of['RoleName']}.{policy['PolicyName']}"] = policy["PolicyDocument"]
            case "AWS::Lambda::Function":
                variables = of.get("Environment", {}).get("Variables", {})
                wants_layer = bool(variables) and not of["Runtime"].startswith("provided.")
                assert (of.get("Layers") == [{"Ref": "LayerArn"}]) == wants_layer
                assert ("AWS_LAMBDA_EXEC_WRAPPER" in variables) == wants_layer
            case "AWS::IAM::ManagedPolicy":
                found[f"managed/{of['ManagedPolicyName']}"] = of["PolicyDocument"]
            case "AWS::SecretsManager::ResourcePolicy":
                secret = template["Resources"][of["SecretId"]["Ref"]]["Properties"]["Name"]
                found[f"secrets/{secret.replace('/', '_')}"] = of["ResourcePolicy"]
    # keys of other regions are templates of their own
    for path in sam.glob("replica-*.yaml"):
        region = path.stem.removeprefix("replica-")
        key = yaml.safe_load(path.read_text())["Resources"]["Key"]["Properties"]["KeyPolicy"]
        found[f"keys/{system}-prod.{region}"] = key
    wanted = {
        str(path.relative_to(policies).with_suffix("")): json.loads(path.read_text())
        for path in policies.rglob("*.json")
    }
    assert wanted.keys() == found.keys()
    for name, policy in wanted.items():
        assert statements(filled(found[name])) == statements(filled(policy)), name


def filled(value):
    """A policy with the account and the keys filled in, from the marks of either language."""
    if isinstance(value, dict):
        if list(value) == ["Fn::Sub"]:
            return filled(value["Fn::Sub"])
        if list(value) == ["Ref"]:
            return "${%s}" % value["Ref"]
        return {key: filled(of) for key, of in value.items()}
    if isinstance(value, list):
        return [filled(one) for one in value]
    if isinstance(value, str):
        value = value.replace("${AWS::AccountId}", ACCOUNT).replace("${ACCOUNT}", ACCOUNT)
        value = value.replace("${Key.Arn}", "${KEY_ARN}")
        value = value.replace("${KeyArnUsEast1}", "${KEY_ARN:us-east-1}")
        return value.replace("${KeyArnUsWest2}", "${KEY_ARN:us-west-2}")
    return value


def test_the_same_manifest_gives_the_same_bytes(tmp_path: Path) -> None:
    cli = command(tmp_path, "agent-etl")
    for language in ("terraform", "sam", "cloudformation", "policies", "github"):
        once, again = (
            rendered(cli, language, tmp_path / f"{language}-{time}") for time in ("once", "again")
        )
        files = sorted(path.relative_to(once) for path in once.rglob("*") if path.is_file())
        assert files and files == sorted(
            path.relative_to(again) for path in again.rglob("*") if path.is_file()
        )
        for file in files:
            assert (once / file).read_bytes() == (again / file).read_bytes(), file


def test_a_file_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    cli = command(tmp_path, "pr-agent")
    out = tmp_path / "out"
    out.mkdir()
    (out / "main.tf").write_text("# mine\n")
    cli("render", "terraform", "--out", str(out), code=3).says("main.tf", "hint:", "--out")
    assert [path.name for path in out.iterdir()] == ["main.tf"]
    assert (out / "main.tf").read_text() == "# mine\n"
    # a policy cannot say whose it is: that of a folder which is not ours is somebody else's
    trust = tmp_path / "mine" / "roles" / "pr-agent-prod-bot.trust.json"
    trust.parent.mkdir(parents=True)
    trust.write_text("{}\n")
    cli("render", "policies", "--out", str(tmp_path / "mine"), code=3).says("pr-agent-prod-bot.trust.json", "hint:", "--out")
    assert trust.read_text() == "{}\n"
    # and what was changed in ours is written anew
    ours = rendered(cli, "policies", tmp_path / "policies") / "roles" / trust.name
    written = ours.read_text()
    ours.write_text("{}\n")
    rendered(cli, "policies", tmp_path / "policies")
    assert ours.read_text() == written
    # another environment's root is somebody else's too: its state is another
    rendered(cli, "terraform", tmp_path / "prod")
    dev = cli.with_option("--env", "dev")
    told = dev("render", "terraform", "--out", str(tmp_path / "prod"), code=3)
    told.says("pr-agent prod, made by `provision render terraform --env prod", "a folder of its own")


def test_what_cannot_be_written_is_told_with_its_folder(tmp_path: Path) -> None:
    cli = command(tmp_path, "pr-agent")
    # nothing is there to be read, and no folder can be made there, whatever rights somebody has
    out = tmp_path / "out"
    out.symlink_to(tmp_path / "nowhere" / "deep")
    cli("render", "cloudformation", "--out", str(out), code=1).says(f"cannot write `{out}/template.yaml`")


def test_what_stands_in_the_way_of_a_rendering_is_told_as_what_it_is(tmp_path: Path) -> None:
    cli = command(tmp_path, "pr-agent")
    main = rendered(cli, "terraform", tmp_path / "root") / "main.tf"
    # by hand, so that it no longer says whose it is
    main.write_text(main.read_text().split("\n", 1)[1])
    told = cli("render", "terraform", "--out", str(main.parent), code=3)
    told.says("`main.tf`", "in its first line", "changed")
    assert "environment and format" not in told.stderr
    # a start of another environment, or of another format, is no start of this one
    sam = rendered(cli, "sam", tmp_path / "sam") / "template.yaml"
    written = sam.read_text()
    cli.with_option("--env", "dev")("render", "sam", "--out", str(sam.parent), code=3).says("prod")
    cli("render", "cloudformation", "--out", str(sam.parent), code=3).says("`provision render sam")
    assert sam.read_text() == written


def test_what_may_be_changed_is_kept_and_what_is_stale_goes(tmp_path: Path) -> None:
    cli = command(tmp_path, "pr-agent")
    sam = rendered(cli, "sam", tmp_path / "sam") / "template.yaml"
    sam.write_text(sam.read_text() + "# mine\n")
    cli("render", "sam", "--out", str(sam.parent)).says("kept")
    assert sam.read_text().endswith("# mine\n")
    root = rendered(cli, "terraform", tmp_path / "root")
    first = (root / "main.tf").read_text().splitlines()[0]
    (root / "imports.tf").write_text(first + "\n")
    (root / "backend.tf").write_text("# mine\n")
    cli("render", "terraform", "--out", str(root)).says("removed", "imports.tf")
    assert not (root / "imports.tf").exists() and (root / "backend.tf").exists()


def test_only_terraform_imports(tmp_path: Path) -> None:
    command(tmp_path, "pr-agent")("render", "sam", "--import", code=64).says("hint:")


def test_a_workflow_asks_for_no_key_and_passes_its_judge(tmp_path: Path) -> None:
    cli = command(tmp_path, "miyabi")
    out = rendered(cli, "github", tmp_path / "out")
    text = (out / ".github" / "workflows" / "secrets-prod.yml").read_text()
    workflow = yaml.safe_load(text)
    plan, apply = workflow["jobs"]["plan"], workflow["jobs"]["apply"]
    assert workflow["permissions"] == {}
    for job, environment in ((plan, "prod-plan"), (apply, "prod")):
        assert job["permissions"] == {"contents": "read", "id-token": "write"}
        assert job["environment"] == environment
    assert apply["needs"] == "plan" and apply["if"].startswith("github.ref == 'refs/heads/main' && ")
    # what a plan depends on asks for one: YAML reads `on` as true
    depends = ["secrets.yaml", "policies/miyabi-lambda-github-access.json"]
    assert workflow[True]["pull_request"]["paths"] == workflow[True]["push"]["paths"] == depends
    assert "secrets." not in text.replace("secrets.yaml", "")
    assert "${{ vars.PROVISION_ROLE }}" in text
    # the runner has another folder than this machine
    elsewhere = cli.with_option("--file", str(cli.folder / "secrets.yaml"))
    assert (rendered(elsewhere, "github", tmp_path / "again") / ".github" / "workflows" / "secrets-prod.yml").read_text() == text
    judge = Path(sys.executable).with_name("zizmor")
    tool(judge, "--offline", "--persona=pedantic", "--min-severity=low", out / ".github")


def test_the_workflow_applies_the_plan_that_was_reviewed_and_no_other(moto: Server, tmp_path: Path) -> None:
    """Its own commands, as GitHub's runner gives them to bash."""
    cli = command(tmp_path, "miyabi")
    workflow = yaml.safe_load(
        (rendered(cli, "github", tmp_path / "out") / ".github" / "workflows" / "secrets-prod.yml").read_text()
    )
    output = tmp_path / "output"

    def job(name: str, code: int = 0) -> str:
        (script,) = (step["run"] for step in workflow["jobs"][name]["steps"] if step.get("name") == name)
        output.write_text("")
        finished = subprocess.run(
            ["bash", "-e", "-c", script], cwd=cli.folder, text=True, timeout=TOOL_SECONDS,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={"PATH": f"{BINARY.parent}:/usr/bin:/bin", "RUNNER_TEMP": str(tmp_path), "GITHUB_OUTPUT": str(output),
                 "AWS_ENDPOINT_URL": moto.url, **TEST_CREDENTIALS},
        )
        assert finished.returncode == code, finished.stdout
        return finished.stdout

    job("plan")
    assert output.read_text() == "changes=yes\n"
    # somebody is faster than the review: nothing is changed, and it is said
    client = Aws(moto.url).secrets
    made = client.create_secret(Name="miyabi/prod/config")["ARN"]
    assert "error: " in job("apply", code=3)
    assert [secret["Name"] for secret in client.list_secrets()["SecretList"]] == ["miyabi/prod/config"]
    client.delete_secret(SecretId=made, ForceDeleteWithoutRecovery=True)
    job("apply")
    (tmp_path / "plan.json").unlink()
    job("plan")
    assert output.read_text() == "changes=no\n"


def test_every_script_passes_shellcheck(tools: dict[str, Path]) -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    scripts = [
        path for path in tracked.stdout.splitlines()
        if (ROOT / path).is_file()
        and re.fullmatch(rb"#!.*sh", (ROOT / path).read_bytes()[:80].split(b"\n")[0].rstrip())
    ]
    assert {"scripts/test", "scripts/create-secrets.sh", "examples/miyabi/run", "tests/layer/emulate"} <= {*scripts}
    tool(tools["shellcheck"], "--external-sources", *scripts)
