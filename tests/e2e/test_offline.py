"""The commands that need no AWS: init, check, schema, completions, and the shape of the JSON."""

import json
import subprocess
from pathlib import Path

import jsonschema
import pytest
import yaml

from cli import MIYABI, Cli


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path)


def test_the_starter_manifest_is_a_good_one_and_refers_to_the_schema(cli: Cli) -> None:
    cli("init", "demo")
    text = (cli.folder / "secrets.yaml").read_text()
    assert "yaml-language-server: $schema=" in text.splitlines()[0]
    assert yaml.safe_load(text)["project"] == "demo"
    cli("check")
    cli("--env", "dev", "--local", "--yes")


def test_init_never_writes_over_a_file(cli: Cli) -> None:
    (cli.folder / "secrets.yaml").write_text("mine")
    cli("init", "demo", code=3).says("hint:")
    assert (cli.folder / "secrets.yaml").read_text() == "mine"


def test_the_example_is_good(cli: Cli) -> None:
    cli("check", "--file", str(MIYABI / "secrets.yaml"))


def test_check_finds_what_apply_would_refuse(cli: Cli) -> None:
    text = (MIYABI / "secrets.yaml").read_text().replace("reads: [api-keys", "reads: [api-keyz")
    (cli.folder / "secrets.yaml").write_text(text)
    cli("check", code=2).says("secrets.yaml:33:13", "did you mean `api-keys`?")


def test_the_schema_takes_the_example_and_refuses_a_mistake(cli: Cli) -> None:
    schema = cli("schema").json()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    example = yaml.safe_load((MIYABI / "secrets.yaml").read_text())
    assert list(validator.iter_errors(example)) == []
    example["secrets"]["api-keys"]["keyz"] = []
    assert list(validator.iter_errors(example)) != []


def test_what_is_printed_as_json_keeps_to_its_schema(example: Path) -> None:
    cli = Cli(example, ("--output", "json"))
    schema = cli("schema", "output").json()
    validator = jsonschema.Draft202012Validator(schema)
    for command, code in [
        (["plan", "--env", "dev", "--local"], 0),
        (["check"], 0),
        (["cost", "--reads", "1000"], 0),
        (["doctor", "--env", "dev", "--local"], 2),
        (["plan", "--env", "nowhere", "--local"], 1),
    ]:
        document = json.loads(cli(*command, code=code).stdout)
        assert list(validator.iter_errors(document)) == [], command


@pytest.mark.parametrize(("shell", "syntax"), [("bash", ["bash", "-n"]), ("zsh", None), ("fish", None)])
def test_completions_are_printed(shell: str, syntax: list[str] | None, cli: Cli) -> None:
    script = cli("completions", shell).stdout
    assert "detailed-exitcode" in script
    if syntax:
        subprocess.run(syntax, input=script, text=True, check=True)


def test_help_goes_to_stdout_and_names_the_exit_codes(cli: Cli) -> None:
    shown = cli("--help")
    assert "Exit codes" in shown.stdout and shown.stderr == ""
    assert cli("--version").stdout.startswith("provision ")
