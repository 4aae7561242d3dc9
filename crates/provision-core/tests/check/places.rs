//! Where findings are, and what their words hold back.

use provision_core::check::{Severity, sarif, summary};

use crate::{file, fixture, found};

#[test]
fn a_finding_in_a_template_stands_at_its_line() {
    let template = "\
Resources:
  App:
    Type: AWS::Serverless::Function
    Properties:
      Policies:
        - Statement:
            - Effect: Allow
              Action: secretsmanager:GetSecretValue
              Resource: !Sub 'arn:aws:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:meta-agents/openai*'
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
          - Effect: Allow
            Principal: { Service: [lambda.amazonaws.com, ec2.amazonaws.com] }
            Action: sts:AssumeRole
";
    let places: Vec<_> = found(file("template.yaml", template))
        .iter()
        .map(|f| (f.rule, f.line.unwrap(), f.column.unwrap()))
        .collect();
    assert_eq!(places, [("LS003", 9, 25), ("LS017", 16, 58), ("LS019", 16, 58)]);
}

#[test]
fn characters_that_json_writes_in_two_halves_hide_no_policy_behind_them() {
    let template = concat!(
        r#"{"Description":"party \ud83c\udf89","Resources":{"P":{"Type":"AWS::IAM::Policy","Properties":"#,
        r#"{"PolicyName":"\ud83d\ude00","PolicyDocument":{"Version":"2012-10-17","Statement":{"Effect":"Allow","#,
        r#""Action":"secretsmanager:GetSecretValue","Resource":"*"}}}}}}"#,
    );
    let found = found(file("template.json", template));
    let column = template.find(r#""*""#).unwrap() + 1;
    let places: Vec<_> =
        found.iter().map(|f| (f.rule, f.line.unwrap(), f.column.unwrap())).collect();
    assert_eq!(places, [("LS001", 1, column)]);
}

#[test]
fn a_boundary_in_a_template_is_known_by_its_use_or_its_name() {
    let policy = "Version: '2012-10-17', Statement: { Effect: Allow, \
        Action: 'secretsmanager:GetSecretValue', \
        Resource: 'arn:aws:secretsmanager:us-west-2:123456789012:secret:shop/prod/*' }";
    let rules = |properties: &str, role: &str| -> Vec<&'static str> {
        let template = format!(
            "Resources:\n  Limit:\n    Type: AWS::IAM::ManagedPolicy\n    Properties: \
             {{ {properties} PolicyDocument: {{ {policy} }} }}\n  Role:\n    Type: AWS::IAM::Role\n    \
             Properties: {{ {role} }}\n"
        );
        found(file("template.yaml", &template)).iter().map(|f| f.rule).collect()
    };
    let name = "ManagedPolicyName: shop-limit,";
    for (properties, role) in [
        ("", "PermissionsBoundary: !Ref Limit"),
        ("", "PermissionsBoundary: !GetAtt Limit.PolicyArn"),
        ("", "PermissionsBoundary: !If [Bounded, !Ref Limit, !Ref AWS::NoValue]"),
        (name, "PermissionsBoundary: 'arn:aws:iam::123456789012:policy/shop/shop-limit'"),
        ("ManagedPolicyName: shop-prod-boundary,", ""),
    ] {
        assert_eq!(rules(properties, role), [""; 0], "{properties} {role}");
    }
    // what is attached gives what it allows, whatever it is called
    for (properties, role) in [
        ("", ""),
        (name, "PermissionsBoundary: !Ref Other"),
        ("", "PermissionsBoundary: !Ref Limit, ManagedPolicyArns: [!Ref Limit]"),
        ("ManagedPolicyName: boundary, Roles: [x],", ""),
        ("", "Tags: { PermissionsBoundary: !Ref Limit }"),
    ] {
        assert_eq!(rules(properties, role), ["LS004"], "{properties} {role}");
    }
}

#[test]
fn a_policy_that_may_be_attached_is_no_boundary_however_it_is_said() {
    let rules = |id: &str, properties: &str| -> Vec<&'static str> {
        let template = format!(
            "Resources:\n  Limit:\n    Type: AWS::IAM::ManagedPolicy\n    Properties:\n      \
             ManagedPolicyName: shop-limit\n      PolicyDocument: {{ Version: '2012-10-17', Statement: {{ \
             Effect: Allow, Action: 'secretsmanager:GetSecretValue', \
             Resource: 'arn:aws:secretsmanager:us-west-2:123456789012:secret:shop/prod/*' }} }}\n  \
             Bounded:\n    Type: AWS::IAM::Role\n    Properties: {{ PermissionsBoundary: !Ref Limit }}\n  \
             {id}:\n    Type: AWS::Any::Thing\n    Properties: {{ {properties} }}\n"
        );
        found(file("template.yaml", &template)).iter().map(|f| f.rule).collect()
    };
    let arn = "arn:aws:iam::123456789012:policy/shop";
    for properties in [
        "Policies: !If [Prod, [!Ref Limit], [X]]".to_owned(),
        "Policies: [!If [Prod, !Ref Limit, !Ref AWS::NoValue]]".to_owned(),
        "Policies: [!Sub ['${PolicyDocument}', { PolicyDocument: !Ref Limit }]]".to_owned(),
        "ManagedPolicyArns: !Split [',', !Sub '${Limit},arn:aws:iam::aws:policy/X']".to_owned(),
        "ManagedPolicyArns: [!GetAtt Limit.PolicyArn]".to_owned(),
        format!("ManagedPolicyArns: !Split [',', '{arn}/shop-limit,{arn}/other']"),
        "CustomerManagedPolicyReferences: [{ Name: shop-limit, Path: /shop/ }]".to_owned(),
        "CustomerManagedPolicyReferences: [{ Name: !If [A, shop-limit, other] }]".to_owned(),
        format!("ManagedPolicies: ['{arn}/shop-limit']"),
    ] {
        assert_eq!(rules("Other", &properties), ["LS004"], "{properties}");
    }
    for properties in [
        format!(
            "ManagedPolicyArns: [!Ref LimitOther, '{arn}/shop-limit-2', '{arn}/my-shop-limit']"
        ),
        format!("ManagedPolicyArns: ['{arn}/shop-limit/other']"),
        "Policies: [{ PolicyName: p, PolicyDocument: { Boundary: !Ref Limit } }]".to_owned(),
        "Variables: { LIMIT: !Ref Limit }".to_owned(),
    ] {
        for id in ["Other", "Policies", "ManagedPolicyArns"] {
            assert_eq!(rules(id, &properties), [""; 0], "{id} {properties}");
        }
    }
}

#[test]
fn a_resource_that_is_called_after_a_property_bounds_nothing() {
    let template = "\
Resources:
  Limit:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: '2012-10-17'
        Statement:
          Effect: Allow
          Action: secretsmanager:GetSecretValue
          Resource: arn:aws:secretsmanager:us-west-2:123456789012:secret:shop/prod/*
  PermissionsBoundary:
    Type: AWS::Any::Thing
    Properties: { Arn: !Ref Limit }
";
    let rules = |text: &str| -> Vec<&str> {
        found(file("template.yaml", text)).iter().map(|f| f.rule).collect()
    };
    assert_eq!(rules(template), ["LS004"]);
    assert_eq!(rules(&template.replace("Arn:", "PermissionsBoundary:")), [""; 0]);
    let global = "Globals: { Function: { PermissionsBoundary: !Ref Limit } }\n";
    assert_eq!(rules(&format!("{global}{template}")), [""; 0]);
}

#[test]
fn commits_and_digests_are_no_values() {
    let commit = "3d3c42e5aac5ba805825da76410c181273ba90b1";
    let digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    let found = |text: &str| -> Vec<&'static str> {
        found(file("workflow.yml", text)).iter().map(|f| f.rule).collect()
    };
    for text in [
        format!("steps: [{{ uses: actions/checkout@{commit} }}]"),
        format!("ImageUri: 123456789012.dkr.ecr.us-west-2.amazonaws.com/app@sha256:{digest}"),
    ] {
        assert_eq!(found(&text), ["LS031"], "{text}");
    }
    for text in [
        format!("steps: [{{ uses: {commit} }}]"),
        format!("steps: [{{ run: actions/checkout@{commit} }}]"),
        format!("steps: [{{ uses: ghp_a1B2c3D4a1B2c3D4@{commit} }}]"),
        format!("ImageUri: app@{digest}"),
    ] {
        assert!(found(&text).contains(&"LS021"), "{text}");
    }
}

#[test]
fn policies_of_the_five_systems_are_found_wanting() {
    let policy = |resource: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow",
            "Action":["secretsmanager:GetSecretValue"],"Resource":"{resource}"}}]}}"#
        )
    };
    let rules = |resource: &str| -> Vec<&str> {
        found(file("policy.json", &policy(resource))).iter().map(|f| f.rule).collect()
    };
    let pr_agent = "arn:aws:secretsmanager:region:account:secret:pr-agent/*";
    assert_eq!(rules(pr_agent), ["LS004", "LS023"]);
    let agent_etl = "arn:aws:secretsmanager:REGION:ACCOUNT:secret:agent-etl/*";
    assert_eq!(rules(agent_etl), ["LS004", "LS023"]);
}

#[test]
fn a_value_is_in_no_message() {
    let value = format!("ghp_{}", "a1B2c3D4".repeat(4));
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"{value}","Effect":"Allow",
        "Action":"secretsmanager:GetSecretValue",
        "Resource":["arn:aws:secretsmanager:us-east-1:123456789012:secret:{value}","{value}*",
        "arn:aws:secretsmanager:us-east-1:{value}:secret:x/{value}-*"],
        "Condition":{{"ForAllValues:ArnLike":{{"kms:EncryptionContext:{value}":"{value}"}}}}}}]}}"#
    );
    let findings = found(file("policy.json", &policy));
    assert!(findings.len() > 4, "{findings:#?}");
    let printed = format!("{findings:?}{}", sarif(&findings, "secrets.yaml", "0"));
    assert!(!printed.contains(&value), "{printed}");
}

#[test]
fn sarif_names_rule_level_and_place() {
    let findings = fixture("LS003", "finds");
    let report = sarif(&findings, "secrets.yaml", "1.2.3");
    assert_eq!(report["version"], "2.1.0");
    let run = &report["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert_eq!(result["level"], "warning");
        let place = &result["locations"][0]["physicalLocation"];
        assert!(place["artifactLocation"]["uri"].as_str().unwrap().ends_with("LS003/finds.json"));
        assert!(place["region"]["startLine"].as_u64().unwrap() > 1);
    }
    assert_eq!(summary(&findings), "2 warnings");
    assert!(findings.iter().all(|f| f.severity == Severity::Warning));
    assert_eq!(summary(&[]), "nothing found");
}
