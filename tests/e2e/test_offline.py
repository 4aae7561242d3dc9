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


@pytest.mark.parametrize(
    ("folder", "project"), [("shop", "shop"), ("My Shop", "my-shop"), ("2024-site", "site"), ("...", "my-project")]
)
def test_init_in_an_empty_folder_needs_no_name(folder: str, project: str, cli: Cli) -> None:
    place = cli.folder / "projects" / f"{folder} "
    place.mkdir(parents=True)
    Cli(place)("init").says("wrote secrets.yaml", "--env dev --local")
    assert yaml.safe_load((place / "secrets.yaml").read_text())["project"] == project


def test_who_stands_in_the_wrong_folder_is_told_the_way(cli: Cli) -> None:
    cli("init", "demo")
    below = cli.folder / "src" / "app"
    below.mkdir(parents=True)
    wrong = Cli(below)
    wrong("--env", "dev", "--local", code=1).says("hint:", "`--file ../../secrets.yaml`")
    wrong("check", "--file", "../../secrets.yaml")


def test_what_a_stranger_mistypes_is_told_with_what_was_meant(cli: Cli) -> None:
    cli("init", "demo")
    cli("plan", "--env", "dve", "--local", code=1).says("did you mean `dev`?", "Declared are `dev`, `prod`")
    cli("plan", "--env", "dev", "--profile", "absent", code=1).says("no profile `absent`", "hint:")
    cli("plan", "--env", "dev", "--endpoint-url", "127.0.0.1:9", code=64).says("http://")


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


def test_every_command_has_a_manual_page(cli: Cli) -> None:
    cli("man", "share/man1")
    pages = {page.name for page in (cli.folder / "share" / "man1").iterdir()}
    assert {"provision.1", "provision-plan.1", "provision-set.1"} <= pages
    text = (cli.folder / "share" / "man1" / "provision-plan.1").read_text()
    assert text.startswith(".") and "detailed\\-exitcode" in text and ".SH EXAMPLES" in text


def test_help_goes_to_stdout_and_names_the_exit_codes(cli: Cli) -> None:
    shown = cli("--help")
    assert "Exit codes" in shown.stdout and shown.stderr == ""
    assert cli("--version").stdout.startswith("provision ")
