"""Who can read what, with the policies that AWS has: what somebody added by hand is found and named."""

import json

from cli import Cli
from reading import ACCOUNT, Aws

ROLE = "miyabi-dev-miyabi-app"
SECRET = "miyabi/dev/api-keys"
ALIAS = "alias/miyabi-secrets-dev"
READ = "secretsmanager:GetSecretValue"
DECRYPT = "kms:Decrypt"


def policy(*statements: dict) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(sid: str, actions: list[str], **more: object) -> dict:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": "*", **more}


def proof(cli: Cli, code: int) -> dict:
    return cli("access", "--prove", "--live", "--output", "json", code=code).json()


def cited(proof: dict, role: str) -> set[tuple[str, str]]:
    """The statements that findings on a role rest on, each with its place."""
    return {
        (statement["place"], statement["sid"])
        for finding in proof["findings"]
        if finding["role"] == role
        for statement in finding["statements"]
    }


def mends(proof: dict, role: str) -> str:
    found = [finding for finding in proof["findings"] if finding["role"] == role]
    return " ".join(command for finding in found for command in finding["mend"])


def test_what_is_live_is_proven_and_what_was_added_by_hand_is_found(dev: Cli, aws: Aws) -> None:
    dev("--yes")
    clean = proof(dev, 0)
    assert clean["findings"] == [] and clean["decisions"] > 200

    # into the role's own policy, beside it, on the key, on a secret, and for somebody else
    own = aws.iam.get_role_policy(RoleName=ROLE, PolicyName="secrets-access")["PolicyDocument"]
    aws.iam.put_role_policy(
        RoleName=ROLE, PolicyName="secrets-access",
        PolicyDocument=policy(*own["Statement"], allow("Slipped", [READ])),
    )
    attached = aws.iam.create_policy(
        PolicyName="helpful", PolicyDocument=policy(allow("Attached", [DECRYPT]))
    )["Policy"]["Arn"]
    aws.iam.attach_role_policy(RoleName=ROLE, PolicyArn=attached)
    key = aws.key(ALIAS)
    everybody = allow("Everybody", [DECRYPT], Principal={"AWS": "*"})
    aws.kms.put_key_policy(
        KeyId=key["arn"], PolicyName="default",
        Policy=policy(*key["policy"]["Statement"], everybody),
    )
    guest = f"arn:aws:iam::{ACCOUNT}:role/guest"
    trust = policy({"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"})
    aws.iam.create_role(RoleName="guest", AssumeRolePolicyDocument=trust)
    aws.secrets.put_resource_policy(
        SecretId=SECRET, ResourcePolicy=policy(allow("Guest", [READ], Principal={"AWS": guest}))
    )
    aws.iam.create_user(UserName="eve")
    aws.iam.put_user_policy(
        UserName="eve", PolicyName="all", PolicyDocument=policy(allow("All", ["secretsmanager:*", "kms:*"]))
    )

    found = proof(dev, 2)
    assert ("inline", "Slipped") in cited(found, ROLE)
    assert ("attached", "Attached") in cited(found, ROLE)
    assert ("key", "Everybody") in cited(found, "stranger")
    assert ("secret", "Guest") in cited(found, "guest")
    assert ("inline", "All") in cited(found, "eve")
    assert "--env dev" in mends(found, ROLE)
    assert "apply --prune" in mends(found, "guest")
    assert "aws iam delete-user-policy --user-name eve --policy-name all" in mends(found, "eve")
    text = dev("access", "--prove", "--live", code=2)
    text.says("statement `Slipped`, inline policy `secrets-access`", "statement `Everybody`, key policy")

    # what it says mends it
    aws.iam.delete_user_policy(UserName="eve", PolicyName="all")
    dev("apply", "--prune", "--yes", "--allow-widening")
    assert proof(dev, 0)["findings"] == []


def test_the_page_of_what_is_live_tells_since_when(dev: Cli) -> None:
    dev("--yes")
    dev.set("api-keys", "GITHUB_TOKEN", "an-entirely-made-up-value")
    dev("access", "--live", "--html", "access.html")
    page = (dev.folder / "access.html").read_text()
    assert "as AWS has it" in page and "last changed <time" in page
    assert not any(value in page for value in dev.values)
