//! Growth between documents, by example.

use provision_core::policy::Document;
use provision_core::policy::widening::{Grant, growth};
use serde_json::{Value, json};

use crate::estate::{Place, places, roles};

fn document(statements: &[Value]) -> Document {
    Document::from_value(&json!({ "Statement": statements })).unwrap()
}

fn sentences(old: &Document, new: &Document) -> Vec<String> {
    growth(old, new).iter().map(ToString::to_string).collect()
}

fn allow(action: Value, resource: Value) -> Value {
    json!({ "Effect": "Allow", "Action": action, "Resource": resource })
}

fn allow_when(condition: Value) -> Document {
    let mut statement = allow(json!("a:B"), json!("*"));
    statement["Condition"] = condition;
    document(&[statement])
}

#[test]
fn everything_is_growth_against_nothing_and_nothing_against_itself() {
    let nothing = Document::default();
    let documents = roles()
        .into_iter()
        .map(|role| role.policy())
        .chain(places().into_iter().map(Place::key_policy));
    for document in documents.collect::<Vec<_>>() {
        let actions: usize = document.statements.iter().map(|s| s.actions.named().len()).sum();
        assert!(growth(&nothing, &document).len() >= actions);
        assert_eq!(growth(&document, &document), []);
        assert_eq!(growth(&document, &nothing), []);
    }
}

#[test]
fn a_secret_more_is_told_without_the_secrets_that_were_there() {
    let role = roles().into_iter().find(|role| role.name == "proj-prod-app").unwrap();
    let mut more = role.clone();
    more.reads.push("proj/prod/api".into());
    let arn = "arn:aws:secretsmanager:us-west-2:123456789012:secret:proj/prod/api-??????";
    assert_eq!(
        sentences(&role.policy(), &more.policy()),
        [
            format!(
                "may `kms:Decrypt` on `{}` when `kms:CallerAccount` is `123456789012` and \
                 `kms:ViaService` is `secretsmanager.us-west-2.amazonaws.com` and \
                 `kms:EncryptionContext:SecretARN` is like `{arn}`",
                role.place.key()
            ),
            format!("may `secretsmanager:GetSecretValue` on `{arn}`"),
        ]
    );
    assert_eq!(sentences(&more.policy(), &role.policy()), [""; 0]);
}

#[test]
fn a_reader_more_is_told_without_the_readers_that_were_there() {
    let policy = places()[0].key_policy();
    let text = policy.to_string();
    let reader = "arn:aws:iam::123456789012:role/proj/prod/proj-prod-app";
    let fewer = Document::parse(&text.replace(&format!("\"{reader}\","), "")).unwrap();
    assert_ne!(fewer, policy);
    let told = sentences(&fewer, &policy);
    assert_eq!(told.len(), 1, "{told:?}");
    let expected = format!(
        "`arn:aws:iam::123456789012:root` may `kms:Decrypt` on `*` when `aws:PrincipalArn` is \
         `{reader}` and "
    );
    assert!(told[0].starts_with(&expected), "{told:?}");
    assert_eq!(sentences(&policy, &fewer), [""; 0]);
}

#[test]
fn what_allows_more_is_growth_and_the_way_back_is_not() {
    let key = "arn:aws:kms:r:123456789012:key/k";
    let named = |principal: Value| {
        let mut statement = allow(json!("a:B"), json!("*"));
        statement["Principal"] = principal;
        document(&[statement])
    };
    let one = |action: Value, resource: Value| document(&[allow(action, resource)]);
    let role = "arn:aws:iam::123456789012:role/x";
    for (narrow, wide) in [
        (one(json!("kms:Decrypt"), json!(key)), one(json!("kms:decrypt*"), json!(key))),
        (one(json!("kms:Decrypt"), json!(key)), one(json!("kms:Decrypt"), json!("*"))),
        (one(json!("kms:Decrypt"), json!(key)), one(json!(["kms:Decrypt", "s3:Get"]), json!(key))),
        (one(json!("a:B"), json!("s-??????")), one(json!("a:B"), json!("s-*"))),
        (one(json!("a:B"), json!("s-??????")), one(json!("a:B"), json!("s*"))),
        (
            allow_when(json!({ "StringEquals": { "k": "a" }, "Bool": { "m": "true" } })),
            allow_when(json!({ "StringEquals": { "k": "a" } })),
        ),
        (
            allow_when(json!({ "StringEquals": { "k": "a" } })),
            allow_when(json!({ "StringEquals": { "k": ["a", "b"] } })),
        ),
        (
            allow_when(json!({ "StringLike": { "k": "a/b" } })),
            allow_when(json!({ "StringLike": { "k": "a/*" } })),
        ),
        (
            allow_when(
                json!({ "ArnNotLike": { "k": ["arn:aws:iam::1:role/a", "arn:aws:iam::1:role/b"] } }),
            ),
            allow_when(json!({ "ArnNotLike": { "k": "arn:aws:iam::1:role/a" } })),
        ),
        (
            allow_when(json!({ "StringNotLike": { "k": "p/*" } })),
            allow_when(json!({ "StringNotLike": { "k": "p/x" } })),
        ),
        (named(json!({ "AWS": role })), named(json!("*"))),
        (named(json!({ "AWS": role })), named(json!({ "AWS": [role, "123456789012"] }))),
        (
            document(&[
                json!({ "Effect": "Allow", "NotAction": ["s3:*", "a:*"], "Resource": "*" }),
            ]),
            document(&[json!({ "Effect": "Allow", "NotAction": "s3:*", "Resource": "*" })]),
        ),
        (
            one(json!("kms:Decrypt"), json!("*")),
            document(&[json!({ "Effect": "Allow", "NotAction": "s3:*", "Resource": "*" })]),
        ),
        (
            document(&[json!({ "Effect": "Allow", "NotAction": "a:*", "Resource": "*" })]),
            document(&[json!({ "Effect": "Allow", "NotAction": "a:B", "Resource": "*" })]),
        ),
        (
            allow_when(json!({ "StringLikeIfExists": { "k": "a/b" } })),
            allow_when(json!({ "StringLikeIfExists": { "k": "a/*" } })),
        ),
        (
            document(&[json!({ "Effect": "Allow", "Action": "a:B", "NotResource": ["x", "y"] })]),
            document(&[json!({ "Effect": "Allow", "Action": "a:B", "NotResource": "x" })]),
        ),
    ] {
        assert!(!growth(&narrow, &wide).is_empty(), "{narrow} -> {wide}");
        assert_eq!(growth(&wide, &narrow), [], "{wide} -> {narrow}");
    }
}

#[test]
fn other_words_for_the_same_are_no_growth() {
    let named = |principal: &str| {
        let mut statement = allow(json!("a:B"), json!("*"));
        statement["Principal"] = json!({ "AWS": principal });
        document(&[statement])
    };
    for (one, other) in [
        (named("123456789012"), named("arn:aws:iam::123456789012:root")),
        (
            document(&[allow(json!(["a:B", "a:C"]), json!(["x", "y"]))]),
            document(&[
                allow(json!("A:b"), json!(["x", "y"])),
                allow(json!("a:c"), json!("x")),
                allow(json!("a:c"), json!("y")),
            ]),
        ),
        (
            allow_when(json!({ "StringEquals": { "aws:PrincipalArn": "x" } })),
            allow_when(json!({ "StringEquals": { "aws:principalarn": "x" } })),
        ),
        (
            allow_when(json!({ "StringEquals": { "k": ["a", "b"] } })),
            document(&["a", "b"].map(|value| {
                let mut statement = allow(json!("a:B"), json!("*"));
                statement["Condition"] = json!({ "StringEquals": { "k": value } });
                statement
            })),
        ),
    ] {
        assert_eq!(growth(&one, &other), [], "{one} -> {other}");
        assert_eq!(growth(&other, &one), [], "{other} -> {one}");
    }
}

#[test]
fn what_cannot_be_compared_is_growth() {
    let not_principal = |principal: Value| {
        let mut statement = allow(json!("a:B"), json!("*"));
        statement["NotPrincipal"] = json!({ "AWS": principal });
        document(&[statement])
    };
    for (old, new) in [
        (
            allow_when(json!({ "NewOperator": { "k": ["a", "b"] } })),
            allow_when(json!({ "NewOperator": { "k": "a" } })),
        ),
        (
            allow_when(json!({ "ForAllValues:StringEquals": { "k": "a" } })),
            allow_when(json!({ "ForAllValues:StringEquals": { "k": ["a", "b"] } })),
        ),
        (
            allow_when(json!({ "StringEquals": { "k": "a" } })),
            allow_when(json!({ "StringEqualsIfExists": { "k": "a" } })),
        ),
        (
            // a call may bring both values, which neither of the old statements allows
            document(&["a", "b"].map(|value| {
                let mut statement = allow(json!("a:B"), json!("*"));
                statement["Condition"] = json!({ "ForAllValues:StringEquals": { "k": value } });
                statement
            })),
            allow_when(json!({ "ForAllValues:StringEquals": { "k": ["a", "b"] } })),
        ),
        (
            document(&[json!({
                "Effect": "Allow", "Principal": "*", "Action": "a:B", "Resource": "*"
            })]),
            document(&[json!({
                "Effect": "Allow", "Principal": { "Service": "s" }, "Action": "a:B", "Resource": "*"
            })]),
        ),
        (not_principal(json!("x")), not_principal(json!("y"))),
        (
            document(&[allow(json!("a:B"), json!("user/????????????????"))]),
            document(&[allow(json!("a:B"), json!("user/${aws:username}"))]),
        ),
    ] {
        assert!(!growth(&old, &new).is_empty(), "{old} -> {new}");
    }
}

#[test]
fn a_denial_that_goes_or_shrinks_is_growth_and_is_told_as_such() {
    let deny = |actions: Value, resource: &str| json!({ "Effect": "Deny", "Action": actions, "Resource": resource });
    let granted = allow(json!("a:*"), json!("*"));
    let old = document(&[granted.clone(), deny(json!(["a:B", "a:C"]), "*")]);
    let cases = [
        (document(std::slice::from_ref(&granted)), vec!["a:B", "a:C"]),
        (document(&[granted.clone(), deny(json!("a:B"), "*")]), vec!["a:C"]),
        (document(&[granted.clone(), deny(json!("a:*"), "x")]), vec!["a:B", "a:C"]),
        (document(&[granted.clone(), deny(json!("a:?"), "*")]), vec![]),
        (document(&[granted, deny(json!("*"), "*")]), vec![]),
    ];
    for (new, freed) in cases {
        let expected: Vec<_> =
            freed.iter().map(|a| format!("is no longer denied `{a}` on `*`")).collect();
        assert_eq!(sentences(&old, &new), expected, "{new}");
    }
}

#[test]
fn a_grant_is_told_in_a_sentence_and_survives_json() {
    let new = document(&[
        json!({
            "Effect": "Allow",
            "Principal": { "Service": "lambda.amazonaws.com" },
            "Action": "sts:AssumeRole",
            "Condition": { "ArnLike": { "aws:SourceArn": ["b", "a"] }, "Null": { "k": true } },
        }),
        json!({ "Effect": "Allow", "NotAction": ["b:*", "a:*"], "Resource": "x" }),
    ]);
    let grants = growth(&Document::default(), &new);
    let told: Vec<_> = grants.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "may everything but `a:*`, `b:*` on `x`",
            "`lambda.amazonaws.com` may `sts:AssumeRole` when `aws:SourceArn` is like `a` or `b` \
             and `k` Null `true`",
        ]
    );
    let text = serde_json::to_string(&grants).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Grant>>(&text).unwrap(), grants);
}

#[test]
fn a_question_mark_in_an_arn_with_fields_left_out_covers_nothing_else() {
    let allows_all_but = |resource: &str| {
        Document::parse(&format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","NotAction":"kms:Decrypt","Resource":"{resource}"}}}}"#
        ))
        .unwrap()
    };
    let (one, two) = (allows_all_but("arn:aws:s:r*1:?"), allows_all_but("arn:aws:s:r*1:a:"));
    assert!(!growth(&one, &two).is_empty());
    assert!(!growth(&two, &one).is_empty());
}
