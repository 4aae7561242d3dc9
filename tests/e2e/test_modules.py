"""The modules and examples of `terraform/`: laid out, valid, and their own tests, all offline."""

import json
import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from cli import ROOT
from reading import Aws
from servers import Server
from terraform import Terraform, copied, holding
from wrong_inputs import OF_ALL, RIGHT, TOGETHER, WRONG

CODE = ROOT / "terraform"
MODULES = sorted(path.name for path in (CODE / "modules").iterdir())
FOLDERS = sorted(
    str(path.relative_to(CODE)) for kind in ("modules", "examples") for path in (CODE / kind).iterdir()
)


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of all code, so that nothing is left in the clone."""
    root = tmp_path_factory.mktemp("code")
    # the miyabi example reads the policy of the same system
    copied(ROOT / "examples" / "miyabi" / "policies", root / "examples" / "miyabi" / "policies")
    return copied(CODE, root / "terraform")


@pytest.fixture(scope="module")
def judged(code: Path) -> Iterator[dict[str, Future]]:
    """What Terraform says of every folder, two at a time."""

    def judge(folder: str) -> str:
        return Terraform(code / folder).init()("test", "-no-color")

    with ThreadPoolExecutor(2) as pool:
        yield {folder: pool.submit(judge, folder) for folder in FOLDERS}


def test_all_code_is_laid_out() -> None:
    Terraform(CODE)("fmt", "-check", "-recursive", "-diff", "-no-color")


def test_all_code_is_valid(code: Path) -> None:
    """One root that calls every module and every example."""
    calls = {
        folder.replace("/", "-"): {"source": f"./{folder}"} | RIGHT.get(folder.removeprefix("modules/"), {})
        for folder in FOLDERS
    }
    write(code, calls)
    printed = json.loads(Terraform(code).init()("validate", "-json"))
    assert printed["valid"] and printed["diagnostics"] == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_passes_its_own_tests(judged: dict[str, Future], folder: str) -> None:
    printed = judged[folder].result()
    # no test at all would pass as well
    passed = re.search(r"Success! (\d+) passed, 0 failed\.", printed)
    assert passed and int(passed[1]) > 0, printed


@pytest.mark.parametrize("module", MODULES)
def test_a_readme_says_of_every_input_and_output_what_the_code_says(module: str) -> None:
    folder = CODE / "modules" / module
    files = {path.name for path in folder.iterdir() if path.is_file()}
    assert files == {"main.tf", "variables.tf", "outputs.tf", "versions.tf", "README.md"}
    inputs = [
        f"| `{name}` | {kind(of['type'])}, {default(of)} | {text(of['description'])} |"
        for name, of in declared(folder / "variables.tf", "variable").items()
    ]
    outputs = [
        f"| `{name}` | {text(of['description'])} |"
        for name, of in declared(folder / "outputs.tf", "output").items()
    ]
    assert inputs and outputs
    objects = [
        line
        for name, of in declared(folder / "variables.tf", "variable").items() if "object(" in of["type"]
        for line in ("", f"### Fields of `{name}`", "", "```hcl", of["type"].replace("\n  ", "\n"), "```")
    ]
    readme = (folder / "README.md").read_text()
    assert readme.partition("## Inputs\n")[2] == "\n".join([
        "", "| name | type, default | |", "|---|---|---|", *inputs, *objects,
        "", "## Outputs", "", "| name | |", "|---|---|", *outputs, "",
    ])


def test_who_gets_an_input_wrong_reads_our_text(moto: Server, tmp_path: Path) -> None:
    """Every check of every module: what it refuses, and in what words."""
    copied(CODE / "modules", tmp_path / "modules")
    alone = calls({module: [*OF_ALL, *WRONG[module]] for module in MODULES})
    together = calls(TOGETHER)
    write(tmp_path, {**alone, **together})
    root = Terraform(tmp_path, moto.url).init()
    write(tmp_path, alone)
    diagnostics = json.loads(root("validate", "-json", code=1))["diagnostics"]
    write(tmp_path, together)
    lines = map(json.loads, root("plan", "-input=false", "-json", code=1).splitlines())
    diagnostics += [line["diagnostic"] for line in lines if line["type"] == "diagnostic"]
    told: dict[str, set[str]] = {module: set() for module in MODULES}
    for diagnostic in diagnostics:
        text, ours, place = diagnostic["detail"].partition("\n\nThis was checked by the validation rule at ")
        assert ours, f"an error with another text: {diagnostic}"
        told[Path(place).parts[1]].add(text)
    for module in MODULES:
        variables = (CODE / "modules" / module / "variables.tf").read_text()
        for text in re.findall(r'error_message = "(.*)"$', variables, re.MULTILINE):
            pattern = ".+".join(map(re.escape, re.split(r"\$\{[^}]*\}", text)))
            assert any(re.fullmatch(pattern, words) for words in told[module]), f"{module}: nobody reads: {text}"
    # three that people get wrong
    window = "The window in which a deleted secret can be taken back is 7 to 30 days; there is no deletion without one here."
    name = "The name of a secret must be 1 to 256 letters, digits and `/_+=.@-`: AWS takes no other sign."
    unknown = "A function reads, writes or rotates a secret that is not declared: api-keyz. Declared are: api-keys."
    assert {window, name} <= told["secrets"] and unknown in told["function-access"]


def calls(inputs: dict[str, list[dict]]) -> dict[str, dict]:
    """Calls of modules, each with one of its inputs replaced."""
    return {
        f"{module}-{'-'.join(wrong)}-{number}": {"source": f"./modules/{module}"} | RIGHT[module] | wrong
        for module, all_wrong in inputs.items()
        for number, wrong in enumerate(all_wrong)
    }


def write(folder: Path, modules: dict[str, dict]) -> None:
    (folder / "main.tf.json").write_text(json.dumps({"provider": {"aws": {"region": "us-west-2"}}, "module": modules}))


def test_the_miyabi_example_takes_its_own_variables_and_keeps_no_value(
    code: Path, moto: Server, aws: Aws
) -> None:
    """Some by TF_VAR_…, some by the file that the example begins with: in no plan and in no state."""
    folder = copied(code / "examples" / "miyabi", code / "examples" / "applied")
    given = {"github_token": "canary-token", "miyabi_access_token": "canary-access"}
    lines = (folder / "terraform.tfvars.example").read_text().splitlines(keepends=True)
    kept = [line for line in lines if line.split(" ")[0] not in given]
    (folder / "terraform.tfvars").write_text("".join(kept).replace("an-oauth-secret", "canary-oauth"))
    root = Terraform(folder, moto.url, variables={f"TF_VAR_{name}": value for name, value in given.items()}).init()
    root("plan", "-input=false", "-no-color", "-out=plan")
    root("apply", "-input=false", "-no-color", "plan")
    assert json.loads(aws.value("miyabi/prod/api-keys")) == {
        "GITHUB_TOKEN": "canary-token",
        "MIYABI_ACCESS_TOKEN": "canary-access",
        "GITHUB_OAUTH_CLIENT_ID": "Iv1.example",
        "GITHUB_OAUTH_CLIENT_SECRET": "canary-oauth",
        "GITHUB_OAUTH_CALLBACK_URL": "https://api.miyabi-world.com/auth/github/callback",
        "OAUTH_CLIENT_ID": "miyabi-mcp-client",
        "OAUTH_ISSUER": "https://miyabi-mcp.local",
    }
    assert holding(folder, b"canary") == ["terraform.tfvars"]


def test_every_statement_has_a_name_and_no_code_has_a_switch() -> None:
    for module in MODULES:
        main = (CODE / "modules" / module / "main.tf").read_text()
        statements = re.findall(r'^( +)(?:statement|dynamic "statement") {\n(.*?)^\1}', main, re.MULTILINE | re.DOTALL)
        assert len(statements) == len(re.findall(r'\bstatement"? {', main)), module
        for _, statement in statements:
            assert re.search(r"^ +sid +=", statement, re.MULTILINE), f"{module}: {statement}"
        # who wants less calls fewer modules or names less
        assert not re.search(r"^ +count +=", main, re.MULTILINE), module
        inputs = declared(CODE / "modules" / module / "variables.tf", "variable")
        assert not [name for name in inputs if re.match("create|enable", name)], module
        assert all("type" in of and "description" in of for of in inputs.values()), module
        # partition and account come from the provider
        assert not re.search(r"arn:aws\b|[0-9]{12}", main), module


def declared(file: Path, block: str) -> dict[str, dict[str, str]]:
    """The blocks of a file that is laid out, each with its attributes as they are written."""
    found = {}
    for name, body in re.findall(rf'^{block} "(\w+)" {{\n(.*?)^}}', file.read_text(), re.MULTILINE | re.DOTALL):
        attributes = re.findall(r"^  (\w+) += (.*(?:\n    .*|\n  [\])}].*)*)", body, re.MULTILINE)
        found[name] = dict(attributes)
    return found


def kind(written: str) -> str:
    """A type in a word: the fields of an object stand below the table."""
    outer, inner, _ = written.partition("object(")
    if not inner:
        return written
    return "map of objects" if outer == "map(" else "object"


def default(of: dict[str, str]) -> str:
    return f"`{of['default']}`" if "default" in of else "required"


def text(written: str) -> str:
    return json.loads(written)
