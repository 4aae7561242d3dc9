"""Functions that know nothing of the layer, under AWS's own runtime emulator and runtime clients."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

import emulator
import servers
from emulator import FUNCTIONS, LARGE_SECRETS, Runtime
from reading import Aws

ROOT = Path(__file__).resolve().parents[2]
WRAPPER = {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/lambda-secrets"}
MIYABI = WRAPPER | {"LAMBDA_SECRETS_PROJECT": "miyabi", "LAMBDA_SECRETS_ENVIRONMENT": "prod"}
LARGE = ",".join(f"large{number}" for number in range(LARGE_SECRETS))
REFERENCES = WRAPPER | {
    "GITHUB_TOKEN": "secret:miyabi/prod/api-keys#GITHUB_TOKEN",
    "OPENAI__KEY": "secret:miyabi/prod/api-keys#openai.key",
}
DIGEST = hashlib.sha256(b"canary-githubcanary-openai").hexdigest()
PYTHON = (Runtime.python(), FUNCTIONS / "python", "app.handler")
NODE = (Runtime.node(), FUNCTIONS / "node", "index.handler")
runtimes = pytest.mark.parametrize("function", [PYTHON, NODE], ids=["python", "node"])


def succeeds(running: emulator.Lambda) -> None:
    """Checks that the function has the values, and that no log has."""
    for number in (1, 2):
        answer = running.invoke({"number": number})
        assert answer.status == 200, running.logged()
        assert answer.body == {"digest": DIGEST, "event": {"number": number}}
    assert "canary" not in running.logged()


@runtimes
@pytest.mark.parametrize("variables", [MIYABI, REFERENCES], ids=["project", "references"])
def test_an_unchanged_function_has_its_secrets_at_import_time(
    function, variables, opt: Path, secrets: str, tmp_path: Path
) -> None:
    settings = variables | {"AWS_ENDPOINT_URL": secrets}
    with emulator.running(*function, opt, settings, tmp_path) as running:
        succeeds(running)


@runtimes
@pytest.mark.parametrize(
    ("change", "error_type", "says"),
    [
        ({"LAMBDA_SECRETS_PROJECT": "nobody"}, "NotFound", "nobody/prod/api-keys"),
        ({"LAMBDA_SECRETS_NAMES": "broken"}, "BadJson", "miyabi/prod/broken"),
        ({"LAMBDA_SECRETS_NAMES": LARGE}, "EnvironmentTooLarge", "more than Linux passes"),
        ({"LAMBDA_SECRETS_PROJECT": ""}, "InvalidSetting", "LAMBDA_SECRETS_PROJECT"),
        ({"LAMBDA_SECRETS_NEXT_WRAPPER": "/opt/no"}, "NextNotFound", "/opt/no"),
        ({"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"}, "SnapStart", "after the restore"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, "NoRoute", "no connection"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isalpha() else "",
)
def test_the_caller_of_a_function_without_its_secrets_reads_why(
    function, change: dict, error_type: str, says: str, opt: Path, secrets: str, tmp_path: Path
) -> None:
    settings = MIYABI | {"AWS_ENDPOINT_URL": secrets} | change
    with emulator.running(*function, opt, settings, tmp_path) as running:
        running.invoke({}).fails(f"LambdaSecrets.{error_type}", says, "hint: ")
        assert "canary" not in running.logged()


@runtimes
def test_the_caller_of_a_function_that_is_denied_reads_what_to_allow(
    function, opt: Path, denying: str, tmp_path: Path
) -> None:
    with emulator.running(*function, opt, MIYABI | {"AWS_ENDPOINT_URL": denying}, tmp_path) as running:
        says = ("miyabi/prod/api-keys", "hint: ", "secretsmanager:GetSecretValue")
        running.invoke({}).fails("LambdaSecrets.AccessDenied", *says)


def test_a_function_without_any_configuration_tells_what_to_set(opt: Path, tmp_path: Path) -> None:
    with emulator.running(*PYTHON, opt, WRAPPER, tmp_path) as running:
        running.invoke({}).fails("LambdaSecrets.MissingConfiguration", "LAMBDA_SECRETS_PROJECT")


@runtimes
def test_a_file_system_that_takes_no_writes_is_no_obstacle(
    function, opt: Path, secrets: str, tmp_path: Path
) -> None:
    settings = MIYABI | {"AWS_ENDPOINT_URL": secrets}
    with emulator.running(*function, opt, settings, tmp_path, read_only=True) as running:
        succeeds(running)


def test_the_smallest_function_has_memory_enough(opt: Path, secrets: str, tmp_path: Path) -> None:
    settings = MIYABI | {"AWS_ENDPOINT_URL": secrets, "ADDRESS_SPACE_KB": str(128 * 1024)}
    with emulator.running(*PYTHON, opt, settings, tmp_path) as running:
        succeeds(running)


def test_a_container_image_names_the_wrapper_in_its_entry_point(
    opt: Path, secrets: str, tmp_path: Path
) -> None:
    task = emulator.HERE.parents[1] / "examples" / "pr-agent" / "container"
    settings = {"AWS_ENDPOINT_URL": secrets, "LAMBDA_SECRETS_NAMES": "pr-agent/prod/settings"}
    image = (Runtime.image(), task, "app.handler")
    with emulator.running(*image, opt, settings, tmp_path) as running:
        answer = running.invoke({})
        assert answer.body == {"settings": ["OPENAI__KEY", "GITHUB__USER_TOKEN"]}, running.logged()


@pytest.mark.parametrize(
    ("task", "handler", "variables", "answer"),
    [
        (
            "examples/miyabi/python",
            "lambda_handler.handler",
            MIYABI,
            {"GITHUB_TOKEN": True, "MIYABI_ACCESS_TOKEN": False},
        ),
        (
            "sam/functions/python",
            "app.handler",
            WRAPPER | {"OPENAI_API_KEY": "secret:pr-agent/prod/settings#openai.key"},
            {"ready": True},
        ),
    ],
    ids=["miyabi", "meta-agents"],
)
def test_the_functions_of_the_systems_run_as_they_are(
    task: str, handler: str, variables: dict, answer: dict, opt: Path, secrets: str, tmp_path: Path
) -> None:
    function = (Runtime.python(), emulator.HERE.parents[1] / task, handler)
    with emulator.running(*function, opt, variables | {"AWS_ENDPOINT_URL": secrets}, tmp_path) as running:
        assert running.invoke({}).body == answer, running.logged()


def test_on_request_a_function_starts_without_its_secrets(
    opt: Path, secrets: str, tmp_path: Path
) -> None:
    change = {"LAMBDA_SECRETS_ON_ERROR": "continue", "LAMBDA_SECRETS_PROJECT": "nobody"}
    own = {"GITHUB_TOKEN": "canary-github", "OPENAI__KEY": "canary-openai"}
    settings = MIYABI | {"AWS_ENDPOINT_URL": secrets} | change | own
    with emulator.running(*PYTHON, opt, settings, tmp_path) as running:
        succeeds(running)
        assert "going on with the environment as it is" in running.logged()


def test_boto3_in_the_function_reads_the_same_values(
    opt: Path, secrets: str, tmp_path: Path
) -> None:
    task = (Runtime.python(), FUNCTIONS / "python", "with_boto3.handler")
    with emulator.running(*task, opt, {"AWS_ENDPOINT_URL": secrets}, tmp_path) as running:
        succeeds(running)


def test_a_client_of_awss_extension_is_served_by_the_refresher(
    opt_with_refresher: Path, secrets: str, tmp_path: Path
) -> None:
    task = (Runtime.python(), FUNCTIONS / "client", "app.handler")
    port = {"PARAMETERS_SECRETS_EXTENSION_HTTP_PORT": str(emulator.servers.free_port())}
    settings = {"AWS_ENDPOINT_URL": secrets} | port
    with emulator.running(*task, opt_with_refresher, settings, tmp_path) as running:
        succeeds(running)


@pytest.fixture(scope="session")
def published_client() -> Path:
    """A program around a published client of AWS's extension, built where that was not done yet."""
    manifest = emulator.HERE / "published-client" / "Cargo.toml"
    target = ROOT / "target" / "published-client"
    # the system's OpenSSL where its headers are there, else cargo compiles one
    there = subprocess.run(["pkg-config", "--exists", "openssl"], capture_output=True).returncode == 0
    environment = os.environ | ({"OPENSSL_NO_VENDOR": "1"} if there else {})
    command = ["cargo", "build", "--locked", "--quiet", "--manifest-path", manifest, "--target-dir", target]
    subprocess.run(command, check=True, env=environment)
    return target / "debug" / "published-client"


@pytest.mark.timeout(600)
def test_on_the_port_of_awss_extension_its_clients_work_unchanged(published_client: Path) -> None:
    command = [emulator.HERE / "own-network", sys.executable, "-m", "pytest", "-q"]
    finished = subprocess.run(
        [*command, emulator.HERE / "default_port.py"],
        cwd=ROOT / "tests",
        env=os.environ | {"PUBLISHED_CLIENT": str(published_client)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        preexec_fn=servers.end_with_the_tests,
    )
    assert finished.returncode == 0, finished.stdout
    assert "2 passed" in finished.stdout, finished.stdout


def test_a_refresher_that_cannot_start_stops_the_function(
    opt_with_refresher: Path, secrets: str, tmp_path: Path
) -> None:
    task = (Runtime.python(), FUNCTIONS / "client", "app.handler")
    settings = {"AWS_ENDPOINT_URL": secrets, "SECRETS_MANAGER_TTL": "soon"}
    with emulator.running(*task, opt_with_refresher, settings, tmp_path) as running:
        answer = running.invoke({})
        assert answer.status != 200 or "errorType" in answer.body, answer
        assert "`SECRETS_MANAGER_TTL` is `soon`" in running.logged()


def test_moto_is_what_the_tests_take_it_for(secrets: str) -> None:
    assert "canary-github" in (Aws(secrets).value("miyabi/prod/api-keys") or "")
