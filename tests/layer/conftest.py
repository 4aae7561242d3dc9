"""What the tests of the layer share: the built zips, unpacked as Lambda does, and a moto with secrets."""

import http.server
import json
import os
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import servers
from emulator import LARGE_SECRETS
from reading import Aws

ROOT = Path(__file__).resolve().parents[2]
VALUES = {"GITHUB_TOKEN": "canary-github", "openai.key": "canary-openai"}


@pytest.fixture(scope="session")
def zips() -> Path:
    """The folder of the built layers; scripts/test builds them before the tests."""
    folder = ROOT / "dist"
    for name in ("lambda-secrets-layer", "lambda-secrets-refresher"):
        if not (folder / f"{name}-x86_64.zip").is_file():
            raise pytest.UsageError("a layer is missing: run `scripts/build-layer`")
    return folder


def unpacked(zip_file: Path, folder: Path) -> Path:
    """Returns the folder, with the zip unpacked and its modes kept, as Lambda does below /opt."""
    with zipfile.ZipFile(zip_file) as archive:
        for entry in archive.infolist():
            path = Path(archive.extract(entry, folder))
            path.chmod(entry.external_attr >> 16 & 0o777)
    return folder


@pytest.fixture(scope="session")
def opt(zips: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What /opt holds with the layer."""
    return unpacked(zips / "lambda-secrets-layer-x86_64.zip", tmp_path_factory.mktemp("opt"))


@pytest.fixture(scope="session")
def opt_with_refresher(zips: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What /opt holds with the refresher alone."""
    folder = tmp_path_factory.mktemp("refresher")
    return unpacked(zips / "lambda-secrets-refresher-x86_64.zip", folder)


@pytest.fixture(scope="session")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a moto that has the secrets of `miyabi` in `prod`."""
    with servers.moto(tmp_path_factory.mktemp("moto")) as server:
        client = Aws(server.url).secrets
        client.create_secret(Name="miyabi/prod/api-keys", SecretString=json.dumps(VALUES))
        client.create_secret(Name="miyabi/prod/config", SecretString='{"BASE_URL":"canary-url"}')
        client.create_secret(Name="miyabi/prod/broken", SecretString='{"GITHUB_TOKEN":"canary')
        for number in range(LARGE_SECRETS):
            client.create_secret(Name=f"miyabi/prod/large{number}", SecretString="canary" * 10_922)
        settings = {"openai.key": "canary-openai", "github.user_token": "canary-token"}
        client.create_secret(Name="pr-agent/prod/settings", SecretString=json.dumps(settings))
        yield server.url


class Denying(http.server.BaseHTTPRequestHandler):
    """A Secrets Manager whose every answer is that the caller may not: moto denies nobody."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        message = "no identity-based policy allows the secretsmanager:GetSecretValue action"
        body = json.dumps({"__type": "AccessDeniedException", "Message": message}).encode()
        self.send_response(400)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def denying() -> Iterator[str]:
    """The address of a Secrets Manager that denies."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Denying) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="session", autouse=True)
def tools() -> None:
    """The emulator and the runtime clients; installs what is not there."""
    subprocess.run([ROOT / "scripts" / "layer-setup"], check=True, env=os.environ)
