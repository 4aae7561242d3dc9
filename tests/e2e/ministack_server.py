"""ministack, with rotations carried out.

Its own RotateSecret makes the pending version current at once and asks nobody. Here it does what AWS
does: the version is empty and pending, and the rotation function is invoked for each of the four
steps, the next after the one before has ended well.
"""

import threading
import time
from contextvars import copy_context

from ministack import app
from ministack.services import lambda_svc, secretsmanager

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
RULES = ("RotationLambdaARN", "RotationRules")

set_up = secretsmanager._rotate_secret


def rotate(request: dict) -> tuple:
    """Answers RotateSecret; the function runs on behind the answer."""
    _, secret = secretsmanager._resolve(request.get("SecretId"))
    if not secret or secret.get("DeletedDate"):
        return set_up(request)
    secret.update({name: request[name] for name in RULES if name in request})
    secret["RotationEnabled"] = True
    token = request["ClientRequestToken"]
    answer = {"ARN": secret["ARN"], "Name": secret["Name"]}
    if request.get("RotateImmediately", True):
        answer["VersionId"] = token
        secret["Versions"][token] = {
            "SecretString": None,
            "SecretBinary": None,
            "CreatedDate": int(time.time()),
            "Stages": ["AWSPENDING"],
        }
        context = copy_context()
        threading.Thread(target=context.run, args=(run, secret, token), daemon=True).start()
    return secretsmanager.json_response(answer)


def run(secret: dict, token: str) -> None:
    function, _, _ = lambda_svc._get_func_record_for_ref(secret["RotationLambdaARN"])
    for step in STEPS:
        event = {"SecretId": secret["ARN"], "ClientRequestToken": token, "Step": step}
        if lambda_svc._execute_function(function, event).get("error"):
            return


secretsmanager._rotate_secret = rotate

if __name__ == "__main__":
    app.main()
