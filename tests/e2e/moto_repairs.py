"""Where moto forgets what it was told, so that two ways to the same resource can be compared there.

Each repair does what AWS documents: the period of a key's rotation is kept, the rotation of a secret
keeps its rules and is refused for one without a value.
No function is invoked for a rotation.
"""

import json

from moto.kms.responses import KmsResponse
from moto.secretsmanager.exceptions import InvalidRequestException
from moto.secretsmanager.models import FakeSecret, SecretsManagerBackend

DEFAULT_PERIOD_DAYS = 365


def repair() -> None:
    keep_rotation_periods()
    keep_rotation_rules()


def keep_rotation_periods() -> None:
    def enable(self: KmsResponse) -> str:
        answer = enable_before(self)
        key = self.kms_backend.keys[self.kms_backend.get_key_id(self._get_param("KeyId"))]
        key.rotation_period = self._get_param("RotationPeriodInDays") or DEFAULT_PERIOD_DAYS
        return answer

    def status(self: KmsResponse) -> str:
        answer = json.loads(status_before(self))
        if answer["KeyRotationEnabled"]:
            key = self.kms_backend.keys[self.kms_backend.get_key_id(self._get_param("KeyId"))]
            answer["RotationPeriodInDays"] = getattr(key, "rotation_period", DEFAULT_PERIOD_DAYS)
        return json.dumps(answer)

    enable_before, KmsResponse.enable_key_rotation = KmsResponse.enable_key_rotation, enable
    status_before, KmsResponse.get_key_rotation_status = (
        KmsResponse.get_key_rotation_status,
        status,
    )


def keep_rotation_rules() -> None:
    def rotate(
        self: SecretsManagerBackend,
        secret_id,
        client_request_token=None,
        rotation_lambda_arn=None,
        rotation_rules=None,
        rotate_immediately=True,
    ):
        secret = self.secrets[secret_id]
        if not secret.versions:
            raise InvalidRequestException("You can't rotate a secret that has no value.")
        secret.rotation_requested = True
        secret.rotation_enabled = True
        secret.rotation_lambda_arn = rotation_lambda_arn or secret.rotation_lambda_arn
        secret.rotation_rules = rotation_rules or {}
        return secret.to_short_dict()

    def to_dict(self: FakeSecret):
        answer = before(self)
        if "RotationRules" in answer:
            answer["RotationRules"] = self.rotation_rules
        return answer

    SecretsManagerBackend.rotate_secret = rotate
    before, FakeSecret.to_dict = FakeSecret.to_dict, to_dict
