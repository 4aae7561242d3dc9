//! Keys: looking at them, making them, changing them, and naming them.

use super::{
    ASKED, BreakGlass, COPY_KEY, Calls, DELETERS, KEY, MAKERS, NOBODY, OTHER_KEY, OURS, READERS,
    Told,
};

/// Adds the calls that look at keys, make them, and change them
pub(super) fn add(calls: &mut Calls) {
    seen(calls);
    tagged(calls);
    managed(calls);
    aliases(calls);
}

fn on_ours(more: (&'static str, Told)) -> Vec<(&'static str, Told)> {
    [OURS.to_vec(), vec![more]].concat()
}

fn seen(calls: &mut Calls) {
    let seen = [
        "kms:DescribeKey",
        "kms:GetKeyPolicy",
        "kms:GetKeyRotationStatus",
        "kms:ListKeyRotations",
        "kms:ListResourceTags",
    ];
    calls.add(&["kms:ListAliases", "kms:ListKeys"], "*", &[], READERS, NOBODY);
    for key in [KEY, COPY_KEY, OTHER_KEY] {
        calls.add(&seen, key, &[], READERS, NOBODY);
    }
    calls.add(&seen, "arn:aws:kms:us-west-2:210987654321:key/home", &[], NOBODY, NOBODY);
    // a new key changes whom the callers' policies name: that is an administrator's
    calls.add(&["kms:CreateKey"], "*", &ASKED, NOBODY, NOBODY);
}

fn tagged(calls: &mut Calls) {
    // whoever could give a key the tags of ownership could take any key over
    let tag = ["kms:TagResource"];
    calls.add(&tag, "arn:aws:kms:us-west-2:123456789012:key/new", &ASKED, NOBODY, NOBODY);
    calls.add(&tag, OTHER_KEY, &ASKED, NOBODY, NOBODY);

    let noted = |keys| ("aws:TagKeys", Told::Texts(keys));
    let both = ["kms:TagResource", "kms:UntagResource"];
    let notes = on_ours(noted(&["lambda-secrets:unfinished", "lambda-secrets:replicas"]));
    calls.only_with(&both, KEY, &notes, MAKERS);
    calls.add(&both, KEY, &on_ours(noted(&["project"])), NOBODY, NOBODY);
    let mixed = noted(&["lambda-secrets:replicas", "managed-by"]);
    calls.add(&both, KEY, &on_ours(mixed), NOBODY, NOBODY);
}

fn managed(calls: &mut Calls) {
    let managed = [
        "kms:CancelKeyDeletion",
        "kms:CreateAlias",
        "kms:EnableKey",
        "kms:EnableKeyRotation",
        "kms:PutKeyPolicy",
        "kms:RotateKeyOnDemand",
        "kms:UpdateKeyDescription",
    ];
    let deleted = ["kms:DeleteAlias", "kms:ScheduleKeyDeletion"];
    for key in [KEY, COPY_KEY] {
        calls.only_with(&managed, key, &OURS, MAKERS);
        calls.only_with(&deleted, key, &OURS, DELETERS);
    }
    let elsewhere = "arn:aws:kms:eu-west-1:123456789012:key/home";
    calls.add(&managed, elsewhere, &OURS, NOBODY, NOBODY);
    calls.add(&deleted, elsewhere, &OURS, NOBODY, NOBODY);
    let window = |days| on_ours(("kms:ScheduleKeyDeletionPendingWindowInDays", Told::Number(days)));
    calls.add(&["kms:ScheduleKeyDeletion"], KEY, &window(14.0), DELETERS, NOBODY);
    calls.add(&["kms:ScheduleKeyDeletion"], KEY, &window(13.0), &[BreakGlass], MAKERS);
    let bypass = |on| ("kms:BypassPolicyLockoutSafetyCheck", Told::Flag(on));
    calls.add(&["kms:PutKeyPolicy"], KEY, &on_ours(bypass(false)), MAKERS, NOBODY);
    calls.add(&["kms:PutKeyPolicy"], KEY, &on_ours(bypass(true)), NOBODY, MAKERS);
    calls.add(&["kms:DisableKey", "kms:ReplicateKey"], KEY, &OURS, NOBODY, NOBODY);
}

fn aliases(calls: &mut Calls) {
    for region in ["us-west-2", "us-east-1"] {
        let alias = |name: &str| format!("arn:aws:kms:{region}:123456789012:alias/{name}");
        calls.add(&["kms:CreateAlias"], &alias("proj/prod"), &[], MAKERS, NOBODY);
        calls.add(&["kms:CreateAlias"], &alias("proj/production"), &[], NOBODY, NOBODY);
        // its key must be ours as well
        calls.add(&["kms:DeleteAlias"], &alias("proj/old"), &[], DELETERS, NOBODY);
        calls.add(&["kms:UpdateAlias"], &alias("proj/prod"), &[], NOBODY, NOBODY);
    }
}
