"""What CloudTrail writes, and whether a pattern of an alarm takes it: as CloudWatch Logs and EventBridge read patterns."""

import re

SECRETS, KEYS = "secretsmanager.amazonaws.com", "kms.amazonaws.com"
READ = {"eventSource": SECRETS, "eventName": "GetSecretValue"}
DECRYPT = {"eventSource": KEYS, "eventName": "Decrypt", "userIdentity": {"invokedBy": SECRETS}}


def read(secret: str) -> dict:
    """A read that went well, or would have."""
    return READ | {"requestParameters": {"secretId": secret}}


def failed(secret: str) -> dict:
    words = "Secrets Manager can't find the specified secret."
    return read(secret) | {"errorCode": "ResourceNotFoundException", "errorMessage": words}


def waiting(secret: str) -> dict:
    """A read of a secret that is about to be deleted."""
    words = "You can't perform this operation on the secret because it was marked for deletion."
    return read(secret) | {"errorCode": "InvalidRequestException", "errorMessage": words}


def refusal(action: str, resource: str) -> dict:
    """Without the parameters, and with what was asked for in its words."""
    who = "User: arn:aws:sts::123456789012:assumed-role/x/y is not authorized to perform"
    reason = f"because no identity-based policy allows the {action} action"
    message = f"{who}: {action} on resource: {resource} {reason}"
    return {"requestParameters": None, "errorCode": "AccessDenied", "errorMessage": message}


def denied(secret: str) -> dict:
    """The secret by its name or its ARN, as it was asked for."""
    return READ | refusal("secretsmanager:GetSecretValue", secret)


def not_decrypted(arn: str) -> dict:
    asked = {"requestParameters": {"encryptionContext": {"SecretARN": arn}}}
    return DECRYPT | asked | {"errorCode": "DisabledException"}


def key_denied(key: str) -> dict:
    return DECRYPT | refusal("kms:Decrypt", f"arn:aws:kms:us-west-2:123456789012:key/{key}")


def deleted(secret: str) -> dict:
    return {"eventSource": SECRETS, "eventName": "DeleteSecret", "requestParameters": {"secretId": secret}}


def key_disabled(key: str) -> dict:
    return {"eventSource": KEYS, "eventName": "DisableKey", "requestParameters": {"keyId": key}}


def rings(name: str, other: str, key: str) -> list[tuple[dict, set[str]]]:
    """What happens to a secret, to one of somebody else and to the key, and the alarms that it rings."""
    arn, others = (f"arn:aws:secretsmanager:us-west-2:123456789012:secret:{it}-AbCdEf" for it in (name, other))
    return [
        (read(name), set()),
        (failed(name), {"failed-retrievals"}),
        (failed(arn), {"failed-retrievals"}),
        (denied(name), {"access-denied"}),
        (denied(arn), {"access-denied"}),
        (not_decrypted(arn), {"kms-errors"}),
        (key_denied(key), {"kms-errors"}),
        (waiting(name), {"failed-retrievals", "pending-deletion"}),
        (deleted(arn), {"tampering"}),
        (key_disabled(key), {"tampering"}),
        *((of(it), set()) for of in (failed, denied, waiting, deleted) for it in (other, others)),
        (not_decrypted(others), set()),
        (key_denied("another"), set()),
        (key_disabled("another"), set()),
    ]


def field(record: dict, path: str):
    for part in path.split("."):
        record = record.get(part) if isinstance(record, dict) else None
    return record


def like(pattern: str, text: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text) is not None


TOKEN = re.compile(r'\(|\)|&&|\|\||\$\.[\w.]+ = "[^"]*"')


def filtered(pattern: str, record: dict) -> bool:
    """Whether a metric filter counts the record."""
    assert not TOKEN.sub("", pattern).strip("{ }"), f"more than this reader knows: {pattern}"
    tokens = TOKEN.findall(pattern)

    def group() -> bool:
        """Of a pattern behind its parenthesis."""
        results, words = [value()], set()
        while (word := tokens.pop(0)) != ")":
            words.add(word)
            results.append(value())
        assert len(words) <= 1, "one word in each pair of parentheses"
        return any(results) if "||" in words else all(results)

    def value() -> bool:
        token = tokens.pop(0)
        if token == "(":
            return group()
        path, text = token.removeprefix("$.").split(" = ")
        found = field(record, path)
        return found is not None and like(text.strip('"'), str(found))

    result = value()
    assert not tokens
    return result


def ruled(pattern: dict, record: dict) -> bool:
    """Whether a rule of EventBridge takes the record."""
    for name, wanted in pattern.items():
        if name == "$or":
            if not any(ruled(one, record) for one in wanted):
                return False
        elif isinstance(wanted, dict):
            if not ruled(wanted, record.get(name) or {}):
                return False
        elif not any(taken(one, record.get(name)) for one in wanted):
            return False
    return True


def taken(wanted, found) -> bool:
    if not isinstance(wanted, dict):
        return found == wanted
    [(how, what)] = wanted.items()
    match how:
        case "exists":
            return (found is not None) == what
        case "prefix":
            return found is not None and found.startswith(what)
        case "wildcard":
            return found is not None and like(what, found)
    raise AssertionError(f"more than this reader knows: {wanted}")
