"""The whole of a manifest on moto: made, found again, mended, taken over, given up."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import estate
import servers
import trail
from cli import Cli
from counting import DENIED, Calls, counting
from estate import COPIES, MANIFEST, Estate
from reading import ACCOUNT, REGION

# a plan of the whole manifest with nothing to do: one call more for each secret with a policy of its own
PLAN_BUDGET = 25


@pytest.fixture
def place(moto: servers.Server) -> Estate:
    place = Estate(moto.url)
    place.prepare()
    return place


@pytest.fixture
def calls(place: Estate) -> Iterator[Calls]:
    with counting(place.url) as calls:
        yield calls


@pytest.fixture
def cli(calls: Calls, tmp_path: Path) -> Cli:
    return estate.cli(tmp_path, calls.url)


@pytest.fixture
def applied(cli: Cli, calls: Calls) -> Cli:
    cli("--yes")
    calls.take()
    return cli


def rewritten(cli: Cli, old: str, new: str) -> None:
    assert MANIFEST.count(old) == 1
    (cli.folder / "secrets.yaml").write_text(MANIFEST.replace(old, new))


def planned(cli: Cli, *arguments: str) -> list[str]:
    document = cli("plan", "--output", "json", *arguments).json()
    return [change["id"] for change in document["changes"]]


def test_everything_is_there_and_a_second_plan_finds_nothing(
    applied: Cli, calls: Calls, place: Estate
) -> None:
    state = place.everything()
    [copy] = state["keys"][COPIES]
    assert copy["aliases"] == ["alias/miyabi-secrets"] and copy["rotation"] is True
    secret = state["secrets"]["miyabi/prod/api-keys"]
    assert [(region, status) for region, status, _ in secret["copies"]] == [(COPIES, "InSync")]
    assert secret["rotation"] == [True, estate.ROTATION, {"AutomaticallyAfterDays": 30}]
    assert [s["Sid"] for s in secret["policy"]["Statement"]] == ["AllowReadingFrom210987654321", "DenyInsecure"]
    assert len(state["alarms"]) == len(state["filters"]) == 5
    assert ["/aws/lambda/miyabi-prod-miyabi-app", 30] in state["log groups"]
    applied("plan", "--detailed-exitcode")
    made = calls.take()
    print(f"plan with nothing to do: {made.total()} calls, budget {PLAN_BUDGET}: {dict(sorted(made.items()))}")
    assert made["GetResourcePolicy"] == 1
    assert made.total() <= PLAN_BUDGET


def drifts() -> list:
    """What somebody may have done by hand, and the change that undoes it."""
    key = lambda place, region: place.kms[region].describe_key(KeyId="alias/miyabi-secrets")["KeyMetadata"]["KeyId"]
    api_keys = "miyabi/prod/api-keys"

    def stop_rotation(place: Estate) -> None:
        place.kms[COPIES].disable_key_rotation(KeyId=key(place, COPIES))

    def describe_key(place: Estate) -> None:
        place.kms[REGION].update_key_description(KeyId=key(place, REGION), Description="x")

    def second_alias(place: Estate) -> None:
        place.kms[REGION].delete_alias(AliasName="alias/miyabi-secrets")

    def copy_gone(place: Estate) -> None:
        place.secrets[REGION].remove_regions_from_replication(
            SecretId=api_keys, RemoveReplicaRegions=[COPIES]
        )

    def rotation_changed(place: Estate) -> None:
        place.secrets[REGION].rotate_secret(
            SecretId=api_keys,
            RotationLambdaARN=estate.ROTATION,
            RotationRules={"AutomaticallyAfterDays": 7},
            RotateImmediately=False,
        )

    def policy_gone(place: Estate) -> None:
        place.secrets[REGION].delete_resource_policy(SecretId=api_keys)

    def filter_changed(place: Estate) -> None:
        place.logs.put_metric_filter(
            logGroupName=estate.TRAIL,
            filterName="miyabi-prod-tampering",
            filterPattern="{ $.eventName = x }",
            metricTransformations=[
                {"metricName": "tampering", "metricNamespace": "lambda-secrets/miyabi/prod", "metricValue": "1"}
            ],
        )

    def filter_counts_more(place: Estate) -> None:
        [live] = [f for f in place.logs.describe_metric_filters(logGroupName=estate.TRAIL)["metricFilters"]
                  if f["filterName"] == "miyabi-prod-tampering"]
        [counts] = live["metricTransformations"]
        place.logs.put_metric_filter(
            logGroupName=estate.TRAIL,
            filterName="miyabi-prod-tampering",
            filterPattern=live["filterPattern"],
            metricTransformations=[counts | {"defaultValue": 5.0}],
        )

    def alarm_put(place: Estate, **changed) -> None:
        [live] = place.alarms.describe_alarms(AlarmNames=["miyabi-prod-tampering"])["MetricAlarms"]
        kept = ("AlarmName", "AlarmDescription", "ActionsEnabled", "AlarmActions", "MetricName", "Namespace", "Statistic",
                "Period", "EvaluationPeriods", "Threshold", "ComparisonOperator", "TreatMissingData")
        place.alarms.put_metric_alarm(**{name: live[name] for name in kept}, **changed)

    def alarm_of_a_dimension(place: Estate) -> None:
        alarm_put(place, Dimensions=[{"Name": "a", "Value": "b"}])

    def alarm_of_a_unit(place: Estate) -> None:
        alarm_put(place, Unit="Bytes", OKActions=[f"arn:aws:sns:{REGION}:{ACCOUNT}:calm"])

    def alarm_muted(place: Estate) -> None:
        place.alarms.disable_alarm_actions(AlarmNames=["miyabi-prod-tampering"])

    def alarm_gone(place: Estate) -> None:
        place.alarms.delete_alarms(AlarmNames=["miyabi-prod-tampering"])

    def kept_longer(place: Estate) -> None:
        place.logs.put_retention_policy(logGroupName="/aws/lambda/miyabi-prod-miyabi-app", retentionInDays=90)

    def boundary(place: Estate) -> None:
        place.iam.put_role_permissions_boundary(
            RoleName="miyabi-prod-miyabi-app",
            PermissionsBoundary="arn:aws:iam::aws:policy/AdministratorAccess",
        )

    return [
        pytest.param(stop_rotation, "key alias/miyabi-secrets in us-east-1#rotate_key", id="rotation of a key"),
        pytest.param(describe_key, "key alias/miyabi-secrets#describe_key", id="description of a key"),
        pytest.param(second_alias, "alias alias/miyabi-secrets#create_alias", id="alias"),
        pytest.param(copy_gone, f"secret {api_keys}#replicate_secret", id="copy"),
        pytest.param(rotation_changed, f"secret {api_keys}#set_rotation", id="rotation of a secret"),
        pytest.param(policy_gone, f"secret {api_keys}#put_resource_policy", id="policy on a secret"),
        pytest.param(filter_changed, "metric filter miyabi-prod-tampering#put_metric_filter", id="metric filter"),
        pytest.param(filter_counts_more, "metric filter miyabi-prod-tampering#put_metric_filter", id="filter counts more"),
        pytest.param(alarm_of_a_dimension, "alarm miyabi-prod-tampering#put_alarm", id="dimension"),
        pytest.param(alarm_of_a_unit, "alarm miyabi-prod-tampering#put_alarm", id="unit"),
        pytest.param(alarm_muted, "alarm miyabi-prod-tampering#put_alarm", id="muted"),
        pytest.param(alarm_gone, "alarm miyabi-prod-tampering#create_alarm", id="alarm"),
        pytest.param(kept_longer, "log group /aws/lambda/miyabi-prod-miyabi-app#put_retention", id="retention"),
        pytest.param(boundary, "role miyabi-prod-miyabi-app#delete_boundary", id="boundary"),
    ]


@pytest.mark.parametrize(("drift", "change"), drifts())
def test_drift_is_found_and_mended(drift, change: str, applied: Cli, place: Estate) -> None:
    before = place.everything()
    drift(place)
    assert planned(applied) == [change]
    applied("--yes", "--allow-widening")
    assert planned(applied) == []
    after = place.everything()
    for state in (before, after):
        # moto gives a rotation a version of its own
        state["secrets"]["miyabi/prod/api-keys"].pop("value")
    assert after == before


def test_what_is_no_longer_declared_goes_when_asked_to(applied: Cli, place: Estate) -> None:
    topic = f'alarms: {{ log_group: {estate.TRAIL}, sns_topic_arn: "arn:aws:sns:{REGION}:{ACCOUNT}:alerts" }}\n'
    rewritten(applied, topic, "")
    text = (applied.folder / "secrets.yaml").read_text()
    text = text.replace(f"replicas: [{COPIES}], ", "").replace("  config:\n    keys: [MIYABI_REPO_OWNER]\n", "")
    text = text.replace("reads: [api-keys, config]", "reads: [api-keys]")
    (applied.folder / "secrets.yaml").write_text(text)
    before = place.everything()
    kept = applied("--yes", "--allow-widening").says("is no longer declared")
    assert "miyabi/prod/config" in kept.stdout
    assert place.everything()["alarms"] == before["alarms"]
    assert set(place.everything()["copies"]) == {"miyabi/prod/api-keys", "miyabi/prod/config"}
    applied("apply", "--prune", "--yes", "--allow-widening")
    state = place.everything()
    assert state["alarms"] == state["filters"] == [] and state["copies"] == {}
    assert [key["state"] for key in state["keys"][COPIES]] == ["PendingDeletion"]
    assert list(state["secrets"]) == ["miyabi/prod/api-keys"]
    applied("plan", "--prune", "--detailed-exitcode")


def test_filters_on_the_log_group_of_before_are_told_and_go(applied: Cli, place: Estate) -> None:
    place.logs.create_log_group(logGroupName="other")
    rewritten(applied, f"log_group: {estate.TRAIL}", "log_group: other")
    on = lambda group: len(place.logs.describe_metric_filters(logGroupName=group)["metricFilters"])
    assert len(planned(applied)) == 5
    applied("--yes").says(f"on the log group `{estate.TRAIL}` is no longer declared and is kept")
    assert (on(estate.TRAIL), on("other")) == (5, 5)
    applied("apply", "--prune", "--yes")
    assert (on(estate.TRAIL), on("other")) == (0, 5)
    applied("plan", "--prune", "--detailed-exitcode")
    # and back, without pruning: a destroy leaves none of either
    (applied.folder / "secrets.yaml").write_text(MANIFEST)
    applied("--yes")
    assert (on(estate.TRAIL), on("other")) == (5, 5)
    applied("destroy", "--yes")
    assert (on(estate.TRAIL), on("other")) == (0, 0)


def test_a_filter_of_somebody_else_is_left_alone(cli: Cli, place: Estate) -> None:
    theirs = {"metricName": "x", "metricNamespace": "theirs", "metricValue": "1"}
    place.logs.put_metric_filter(
        logGroupName=estate.TRAIL,
        filterName="miyabi-prod-tampering",
        filterPattern="ERROR",
        metricTransformations=[theirs],
    )
    run = cli("--yes", code=1).says("counts for somebody else, in `theirs`", "delete it by hand")
    assert "adopt" not in run.stdout + run.stderr


def test_alarms_may_come_from_eventbridge_instead(applied: Cli, place: Estate) -> None:
    rewritten(applied, f"log_group: {estate.TRAIL}, ", "via: eventbridge, ")
    applied("apply", "--prune", "--yes")
    rules = place.events.list_rules()["Rules"]
    assert {rule["State"] for rule in rules} == {"ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"}
    assert len(rules) == 5 and place.everything()["alarms"] == []
    patterns = {rule["Name"].removeprefix("miyabi-prod-"): json.loads(rule["EventPattern"]) for rule in rules}
    key = place.kms[REGION].describe_key(KeyId="alias/miyabi-secrets")["KeyMetadata"]["KeyId"]
    for record, rung in trail.rings("miyabi/prod/api-keys", "miyabi/dev/api-keys", key):
        assert rung == {name for name, pattern in patterns.items() if trail.ruled(pattern["detail"], record)}, record
    [target] = place.events.list_targets_by_rule(Rule="miyabi-prod-tampering")["Targets"]
    assert target["Arn"] == f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts"
    applied("plan", "--prune", "--detailed-exitcode")
    place.events.disable_rule(Name="miyabi-prod-tampering")
    assert planned(applied) == ["rule miyabi-prod-tampering#put_rule"]
    applied("--yes")
    # a message that never changes tells nobody what happened
    place.events.put_targets(Rule="miyabi-prod-tampering", Targets=[target | {"Input": '"calm"'}])
    applied("plan", "--detailed-exitcode", code=2).says(f'{target["Arn"]} (always "calm") -> {target["Arn"]}')
    applied("--yes")
    assert place.events.list_targets_by_rule(Rule="miyabi-prod-tampering")["Targets"] == [target]


def test_what_somebody_else_made_is_taken_over_by_its_tags_alone(applied: Cli, place: Estate) -> None:
    """Hands everything over to Terraform by the tag, and takes it back."""
    before = place.everything()
    for region, client in place.kms.items():
        for key in client.list_keys()["Keys"]:
            client.tag_resource(KeyId=key["KeyId"], Tags=[{"TagKey": "managed-by", "TagValue": "terraform"}])
    for name in place.secret_names(REGION):
        place.secrets[REGION].tag_resource(SecretId=name, Tags=[{"Key": "managed-by", "Value": "terraform"}])
    theirs = [{"Key": "managed-by", "Value": "terraform"}]
    place.iam.tag_role(RoleName="miyabi-prod-miyabi-app", Tags=theirs)
    for alarm in place.alarms.describe_alarms()["MetricAlarms"]:
        place.alarms.tag_resource(ResourceARN=alarm["AlarmArn"], Tags=theirs)
    group = "/aws/lambda/miyabi-prod-miyabi-app"
    place.logs.tag_log_group(logGroupName=group, tags={"managed-by": "terraform"})

    applied("plan", code=1).says("belongs to somebody else", "provision adopt")
    foreign = place.everything()
    applied("adopt", "--dry-run").says("managed-by: terraform -> lambda-secrets", "`apply` has nothing to do")
    assert place.everything() == foreign
    document = applied("adopt", "--yes", "--output", "json").json()
    assert {change["id"].rsplit("#", 1)[1] for change in document["plan"]["changes"]} == {"tag"}
    assert place.everything() == before
    assert planned(applied) == []


def test_what_lost_its_tags_is_kept_and_told(calls: Calls, place: Estate, tmp_path: Path) -> None:
    user = f"arn:aws:iam::{ACCOUNT}:user/ada"
    applied = estate.cli(tmp_path, calls.url, MANIFEST + f'access: {{ planner: ["{user}"], provisioner: ["{user}"] }}\n')
    applied("--yes")
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/miyabi/_access/prod/miyabi-prod-boundary"
    place.iam.untag_policy(PolicyArn=boundary, TagKeys=["project"])
    [alarm] = place.alarms.describe_alarms(AlarmNames=["miyabi-prod-tampering"])["MetricAlarms"]
    place.alarms.untag_resource(ResourceARN=alarm["AlarmArn"], TagKeys=["project"])
    lost = ["policy miyabi-prod-boundary", "alarm miyabi-prod-tampering"]

    run = applied("plan", "--prune", code=1).says(*(f"{name} exists and belongs to somebody else" for name in lost))
    run.says("it has no tag `project`", "Blocked: 2 things stand in the way")
    run = applied("destroy", "--yes")
    run.says(*(f"{name} is kept, because its tags say that it is not this environment's" for name in lost))
    assert [alarm["AlarmName"] for alarm in place.alarms.describe_alarms()["MetricAlarms"]] == ["miyabi-prod-tampering"]
    assert place.iam.get_policy(PolicyArn=boundary)["Policy"]["AttachmentCount"] == 0
    # told as often as it is asked
    applied("destroy", "--yes").says(*(f"{name} is kept" for name in lost))


def test_a_secret_of_an_aws_service_or_of_another_environment_is_not_taken_over(
    cli: Cli, place: Estate
) -> None:
    tags = {"managed-by": "lambda-secrets", "project": "other", "environment": "prod"}
    place.secrets[REGION].create_secret(
        Name="miyabi/prod/config", Tags=[{"Key": key, "Value": value} for key, value in tags.items()]
    )
    before = place.everything()
    cli("adopt", "--yes", code=1).says("another environment of this tool: other/prod")
    assert place.everything() == before


def test_force_needs_the_name_and_leaves_no_way_back(applied: Cli, place: Estate) -> None:
    before = place.everything()
    applied("destroy", "--force", "--yes", code=3).says("miyabi/prod", "--confirm miyabi/prod")
    applied("destroy", "--force", "--yes", "--confirm", "miyabi/dev", code=3)
    assert place.everything() == before
    applied("destroy", "--force", "--yes", "--confirm", "miyabi/prod").says("no call brings its value back")
    state = place.everything()
    assert state["secrets"] == state["copies"] == {} and state["alarms"] == []
    assert list(state["roles"]) == ["rotator"]
    for client in place.secrets.values():
        assert client.list_secrets(IncludePlannedDeletion=True)["SecretList"] == []
    assert {key["state"] for keys in state["keys"].values() for key in keys} == {"PendingDeletion"}


def test_a_protected_environment_is_never_destroyed_by_force(applied: Cli, place: Estate) -> None:
    rewritten(applied, "rotate_kms_key_days: 365", "rotate_kms_key_days: 365, protected: true")
    before = place.everything()
    applied("destroy", "--force", "--yes", "--confirm", "miyabi/prod", code=3).says("protected", "without `--force`")
    assert place.everything() == before


def test_a_refusal_to_force_names_who_may(applied: Cli, calls: Calls) -> None:
    calls.refuse("DeleteSecret", DENIED)
    applied("destroy", "--force", "--yes", "--confirm", "miyabi/prod", code=4).says("break_glass")


def test_a_destroyed_estate_comes_back(applied: Cli, place: Estate) -> None:
    before = place.everything()
    applied("destroy", "--yes")
    applied("plan", code=1).says("provision restore")
    applied("restore", "--yes")
    applied("--yes")
    after = place.everything()
    assert after["secrets"] == before["secrets"] and after["roles"] == before["roles"]
    assert after["copies"] == before["copies"] and after["alarms"] == before["alarms"]
    applied("plan", "--detailed-exitcode")


def test_keys_are_rotated_on_demand_and_what_is_left_is_counted(applied: Cli, calls: Calls) -> None:
    applied("rotate-key", code=3).says("left 25 of 25", "--yes")
    assert calls.take()["RotateKeyOnDemand"] == 0
    applied("rotate-key", "--yes").says("left 24 of 25")
    document = applied("rotate-key", "--dry-run", "--output", "json").json()
    assert [(key["region"], key["left"]) for key in document["keys"]] == [(REGION, 24), (COPIES, 24)]


def test_a_policy_on_a_secret_that_is_no_longer_declared_is_told_and_goes_with_prune(
    applied: Cli, calls: Calls, place: Estate
) -> None:
    policy = f'    resource_policy: {{ deny_insecure: true, readers: ["{estate.READER}"] }}\n'
    rewritten(applied, policy, "")
    calls.take()
    applied("plan").says("got a policy of its own that is no longer declared", "--prune")
    assert calls.take()["GetResourcePolicy"] == 0
    applied("apply", "--prune", "--yes", "--allow-widening")
    assert place.everything()["secrets"]["miyabi/prod/api-keys"]["policy"] is None
    run = applied("plan", "--detailed-exitcode")
    assert "policy of its own" not in run.stdout
    # and back: judged first, then put so that AWS itself refuses what is public
    rewritten(applied, policy, policy)
    heard = calls.hear("ValidateResourcePolicy", "PutResourcePolicy")
    applied("--yes", "--allow-widening")
    [(first, judged), (second, put)] = heard
    assert (first, second) == ("ValidateResourcePolicy", "PutResourcePolicy")
    assert put["BlockPublicPolicy"] is True and put["ResourcePolicy"] == judged["ResourcePolicy"]
