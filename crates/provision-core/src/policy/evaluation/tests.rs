use super::Answer::{No, Unsure, Yes};
use super::*;

const ROLE: &str = "arn:aws:iam::123456789012:role/p/e/r";
const SECRET: &str = "arn:aws:secretsmanager:us-west-2:123456789012:secret:p/e/s-AbCdEf";

fn call(resource: Option<&str>) -> Call {
    Call {
        caller: Caller::Principal { arn: ROLE.into(), account: "123456789012".into() },
        action: "secretsmanager:GetSecretValue".into(),
        resource: resource.map(str::to_owned),
        context: Context::default().with("aws:PrincipalArn", ROLE),
    }
}

fn ruling(statements: &str) -> Ruling {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    Judge::of(&Document::parse(&text).unwrap()).rule(&call(Some(SECRET)))
}

fn passes(statement: &str) -> Answer {
    ruling(statement).passes()
}

#[test]
fn actions_and_resources_are_patterns_and_their_negations() {
    for (statement, wanted) in [
        (r#""Action":"secretsmanager:getsecretvalue","Resource":"*""#, Yes),
        (
            r#""Action":"secretsmanager:Get*","Resource":"arn:aws:secretsmanager:*:*:secret:p/e/s-??????""#,
            Yes,
        ),
        (
            r#""Action":"*","Resource":"arn:aws:secretsmanager:us-west-2:123456789012:secret:p/e/s-?????""#,
            No,
        ),
        (r#""NotAction":"iam:*","Resource":"*""#, Yes),
        (r#""NotAction":"secretsmanager:*","Resource":"*""#, No),
        (r#""Action":"secretsmanager:*","NotResource":"*secret:p/e/*""#, Yes),
        (
            r#""Action":"secretsmanager:*","NotResource":"arn:aws:secretsmanager:*:*:secret:p/e/*""#,
            No,
        ),
        (
            r#""Action":"secretsmanager:*","Resource":"arn:aws:secretsmanager:*:*:secret:p/${aws:PrincipalTag/x}/*""#,
            Unsure,
        ),
        (r#""Action":"kms:*","Resource":"*""#, No),
    ] {
        assert_eq!(passes(&format!(r#"{{"Effect":"Allow",{statement}}}"#)), wanted, "{statement}");
    }
}

#[test]
fn a_denial_wins_and_one_in_doubt_leaves_it_open() {
    let allow = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    let deny = |condition: &str| {
        format!(r#"{allow},{{"Effect":"Deny","Action":"*","Resource":"*"{condition}}}"#)
    };
    assert_eq!(passes(allow), Yes);
    assert_eq!(passes(&deny("")), No);
    let unknown = r#","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#;
    let ruling = ruling(&deny(unknown));
    assert_eq!(ruling.passes(), Unsure);
    let doubts: Vec<_> = ruling.doubts().into_iter().map(|doubt| doubt.0.as_str()).collect();
    assert_eq!(doubts, ["the condition `IpAddress` on `aws:SourceIp` cannot be decided here"]);
}

#[test]
fn principals_are_named_themselves_or_by_their_account() {
    let by = |principal: &str| {
        let statement = format!(r#"{{"Effect":"Allow",{principal},"Action":"*","Resource":"*"}}"#);
        let ruling = ruling(&statement);
        (ruling.granted_by(By::Name), ruling.granted_by(By::Account))
    };
    for (principal, wanted) in [
        (r#""Principal":"*""#, (Yes, No)),
        (r#""Principal":{"AWS":"*"}"#, (Yes, No)),
        (r#""Principal":{"AWS":"arn:aws:iam::123456789012:role/p/e/r"}"#, (Yes, No)),
        (r#""Principal":{"AWS":"arn:aws:sts::123456789012:assumed-role/r/session"}"#, (Yes, No)),
        (r#""Principal":{"AWS":"arn:aws:iam::123456789012:root"}"#, (No, Yes)),
        (r#""Principal":{"AWS":"123456789012"}"#, (No, Yes)),
        (
            r#""Principal":{"AWS":["arn:aws:iam::123456789012:root","arn:aws:iam::123456789012:role/p/e/r"]}"#,
            (Yes, No),
        ),
        (r#""Principal":{"AWS":"arn:aws:iam::210987654321:root"}"#, (No, No)),
        (r#""Principal":{"Service":"lambda.amazonaws.com"}"#, (No, No)),
        (r#""Principal":{"Robot":"x"}"#, (Unsure, No)),
        (r#""NotPrincipal":{"AWS":"arn:aws:iam::123456789012:role/x"}"#, (Yes, No)),
        (r#""NotPrincipal":{"AWS":"arn:aws:iam::123456789012:role/p/e/r"}"#, (No, No)),
    ] {
        assert_eq!(by(principal), wanted, "{principal}");
    }
    // a denial that leaves out the role and not its account may hold the role all the same
    let deny = |principals: &str| {
        ruling(&format!(
            r#"{{"Effect":"Deny","NotPrincipal":{{"AWS":{principals}}},"Action":"*","Resource":"*"}}"#
        ))
        .denied()
    };
    assert_eq!(deny(r#""arn:aws:iam::123456789012:role/p/e/r""#), Unsure);
    assert_eq!(
        deny(r#"["arn:aws:iam::123456789012:role/p/e/r","arn:aws:iam::123456789012:root"]"#),
        No
    );
    assert_eq!(deny(r#""arn:aws:iam::210987654321:root""#), Yes);
}

#[test]
fn together_a_key_needs_its_own_word_and_a_secret_either() {
    let identity = |granted, denied| Identity { granted, denied, bounded: Yes, barred: No };
    let grants = |principal: &str, effect: &str| {
        ruling(&format!(
            r#"{{"Effect":"{effect}","Principal":{principal},"Action":"*","Resource":"*"}}"#
        ))
    };
    let by_name = grants(r#""*""#, "Allow");
    let by_account = grants(r#"{"AWS":"123456789012"}"#, "Allow");
    let nothing = Ruling::default();
    let denies = grants(r#""*""#, "Deny");
    for (granted, key_wanted, secret_wanted) in [
        (Yes, [Yes, Yes, No, No], [Yes, Yes, Yes, No]),
        (No, [Yes, No, No, No], [Yes, No, No, No]),
        (Unsure, [Yes, Unsure, No, No], [Yes, Unsure, Unsure, No]),
    ] {
        for (i, policy) in [&by_name, &by_account, &nothing, &denies].into_iter().enumerate() {
            let role = identity(granted, No);
            assert_eq!(key(&role, policy, Home::Same), key_wanted[i], "{granted:?} {i}");
            assert_eq!(
                secret(&role, Some(policy), Home::Same),
                secret_wanted[i],
                "{granted:?} {i}"
            );
        }
    }
    assert_eq!(secret(&identity(Yes, Yes), None, Home::Same), No);
    assert_eq!(secret(&identity(Yes, No), None, Home::Other), No);
    assert_eq!(secret(&identity(Yes, No), Some(&by_name), Home::Other), Yes);
    assert_eq!(key(&identity(No, No), &by_name, Home::Other), No);
    let bounded = Identity { bounded: No, ..identity(Yes, No) };
    assert_eq!(secret(&bounded, None, Home::Same), No);
    assert_eq!(key(&bounded, &by_name, Home::Same), No);
}

#[test]
fn a_trust_names_no_resource() {
    let trust = Document::parse(
        r#"{"Statement":{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}}"#,
    )
    .unwrap();
    let judge = Judge::of(&trust);
    let assume = |caller| {
        let action = "sts:AssumeRole".to_owned();
        judge.rule(&Call { caller, action, resource: None, context: Context::default() }).passes()
    };
    assert_eq!(assume(Caller::Service("lambda.amazonaws.com".into())), Yes);
    assert_eq!(assume(Caller::Service("ec2.amazonaws.com".into())), No);
    assert_eq!(assume(call(None).caller), No);
}
