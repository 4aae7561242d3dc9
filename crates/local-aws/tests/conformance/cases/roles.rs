//! Roles: what is created is what is read.

use std::collections::BTreeMap;

use aws_sdk_iam::types::{EntityType, Role, Tag};
use percent_encoding::percent_decode_str;

use crate::aws::Aws;
use crate::check::{Outcome, accepted, holds, present, refused, same};

pub(super) const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
pub(super) const BASIC: &str = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
pub(super) const INLINE: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Read","Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"arn:aws:secretsmanager:us-east-1:123456789012:secret:p/dev/a+b-??????"}]}"#;

fn tag(key: &str, value: &str) -> Result<Tag, String> {
    Tag::builder().key(key).value(value).build().map_err(|e| e.to_string())
}

pub(super) async fn role(aws: &Aws, name: &str) -> Outcome {
    let made = aws.iam.create_role().role_name(name).assume_role_policy_document(TRUST);
    accepted("CreateRole", made.send().await).map(|_| ())
}

async fn read(aws: &Aws, name: &str) -> Result<Role, String> {
    let told = accepted("GetRole", aws.iam.get_role().role_name(name).send().await)?;
    present("the role", told.role)
}

/// True where a percent-encoded document is the one that was given.
pub(super) fn is_document(found: Option<&str>, given: &str) -> bool {
    let found = percent_decode_str(found.unwrap_or_default()).decode_utf8_lossy().into_owned();
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
    json(given).is_some() && json(&found) == json(given)
}

fn tags(tags: Option<Vec<Tag>>) -> BTreeMap<String, String> {
    tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)).collect()
}

async fn boundary(aws: &Aws, name: &str) -> Result<String, String> {
    let made = aws.iam.create_policy().policy_name(name).policy_document(INLINE).send().await;
    let policy = present("the policy", accepted("CreatePolicy", made)?.policy)?;
    present("the policy's ARN", policy.arn)
}

pub(super) async fn everything_comes_back(aws: &Aws) -> Outcome {
    let boundary = boundary(aws, "roles-boundary").await?;
    let made = aws
        .iam
        .create_role()
        .role_name("roles-everything")
        .path("/p/dev/")
        .assume_role_policy_document(TRUST)
        .description("what it is for")
        .permissions_boundary(&boundary)
        .tags(tag("project", "p")?)
        .send();
    accepted("CreateRole", made.await)?;
    let role = read(aws, "roles-everything").await?;
    same("Path", role.path.as_str(), "/p/dev/")?;
    holds(role.arn.ends_with(":role/p/dev/roles-everything"), "the ARN is of another form")?;
    holds(is_document(role.assume_role_policy_document.as_deref(), TRUST), "the trust is another")?;
    same("Description", role.description.as_deref(), Some("what it is for"))?;
    let found = role.permissions_boundary.and_then(|b| b.permissions_boundary_arn);
    holds(found == Some(boundary), "the boundary is missing or another")?;
    same("Tags", tags(role.tags), [("project".to_owned(), "p".to_owned())].into())
}

pub(super) async fn existing_name_is_refused(aws: &Aws) -> Outcome {
    role(aws, "roles-twice").await?;
    let again = aws.iam.create_role().role_name("roles-twice").assume_role_policy_document(TRUST);
    refused("the name again", "EntityAlreadyExists", again.send().await)
}

pub(super) async fn existing_name_in_other_case_is_refused(aws: &Aws) -> Outcome {
    role(aws, "roles-case").await?;
    let again = aws.iam.create_role().role_name("Roles-Case").assume_role_policy_document(TRUST);
    refused("the name in other case", "EntityAlreadyExists", again.send().await)
}

pub(super) async fn malformed_trust_is_refused(aws: &Aws) -> Outcome {
    let made = aws.iam.create_role().role_name("roles-malformed");
    let made = made.assume_role_policy_document(r#"{"Statement":"everyone"}"#).send().await;
    refused("a malformed trust", "MalformedPolicyDocument", made)
}

pub(super) async fn trust_with_a_resource_is_refused(aws: &Aws) -> Outcome {
    let trust = TRUST.replace(r#""Action""#, r#""Resource":"*","Action""#);
    let made = aws.iam.create_role().role_name("roles-resource").assume_role_policy_document(trust);
    refused("a trust with a resource", "MalformedPolicyDocument", made.send().await)
}

pub(super) async fn long_trust_is_refused(aws: &Aws) -> Outcome {
    let long = format!(r#""Sid":"{}","Effect""#, "A".repeat(2_048));
    let trust = TRUST.replace(r#""Effect""#, &long);
    let made = aws.iam.create_role().role_name("roles-long").assume_role_policy_document(trust);
    refused("a trust past 2048 characters", "LimitExceeded", made.send().await)
}

pub(super) async fn trust_changes(aws: &Aws) -> Outcome {
    role(aws, "roles-trust").await?;
    let trust = TRUST.replace("lambda", "ecs-tasks");
    let update = aws.iam.update_assume_role_policy().role_name("roles-trust");
    accepted("UpdateAssumeRolePolicy", update.policy_document(&trust).send().await)?;
    let role = read(aws, "roles-trust").await?;
    holds(is_document(role.assume_role_policy_document.as_deref(), &trust), "the trust is another")
}

pub(super) async fn description_changes(aws: &Aws) -> Outcome {
    role(aws, "roles-description").await?;
    let update = aws.iam.update_role().role_name("roles-description").description("new").send();
    accepted("UpdateRole", update.await)?;
    same("Description", read(aws, "roles-description").await?.description.as_deref(), Some("new"))
}

pub(super) async fn text_beyond_ascii_comes_back(aws: &Aws) -> Outcome {
    // IAM takes Latin-1 in descriptions, and any letter in tags
    let made = aws.iam.create_role().role_name("roles-text").description("clé d'été");
    let made = made.assume_role_policy_document(TRUST).tags(tag("project", "naïve été")?).send();
    accepted("CreateRole", made.await)?;
    let role = read(aws, "roles-text").await?;
    same("Description", role.description.as_deref(), Some("clé d'été"))?;
    same("Tags", tags(role.tags), [("project".to_owned(), "naïve été".to_owned())].into())
}

pub(super) async fn tags_come_and_go(aws: &Aws) -> Outcome {
    role(aws, "roles-tags").await?;
    let add = aws.iam.tag_role().role_name("roles-tags").tags(tag("a", "1")?).tags(tag("b", "2")?);
    accepted("TagRole", add.send().await)?;
    let remove = aws.iam.untag_role().role_name("roles-tags").tag_keys("b").send().await;
    accepted("UntagRole", remove)?;
    let right: BTreeMap<_, _> = [("a".to_owned(), "1".to_owned())].into();
    let listed = aws.iam.list_role_tags().role_name("roles-tags").send().await;
    same("listed tags", tags(Some(accepted("ListRoleTags", listed)?.tags)), right.clone())?;
    same("tags of GetRole", tags(read(aws, "roles-tags").await?.tags), right)
}

pub(super) async fn boundary_comes_and_goes(aws: &Aws) -> Outcome {
    role(aws, "roles-bounded").await?;
    let arn = boundary(aws, "roles-bounded-boundary").await?;
    let put = aws.iam.put_role_permissions_boundary().role_name("roles-bounded");
    accepted("PutRolePermissionsBoundary", put.permissions_boundary(&arn).send().await)?;
    let found = read(aws, "roles-bounded").await?.permissions_boundary;
    let found = found.and_then(|boundary| boundary.permissions_boundary_arn);
    holds(found == Some(arn), "the boundary is missing or another")?;
    let delete = aws.iam.delete_role_permissions_boundary().role_name("roles-bounded").send();
    accepted("DeleteRolePermissionsBoundary", delete.await)?;
    let left = read(aws, "roles-bounded").await?.permissions_boundary.is_some();
    same("a boundary after its deletion", left, false)
}

pub(super) async fn path_prefix_lists(aws: &Aws) -> Outcome {
    let made = aws.iam.create_role().role_name("roles-path").path("/roles-path/dev/");
    accepted("CreateRole", made.assume_role_policy_document(TRUST).send().await)?;
    let list = aws.iam.list_roles().path_prefix("/roles-path/").send().await;
    let names: Vec<_> =
        accepted("ListRoles", list)?.roles.into_iter().map(|r| r.role_name).collect();
    same("the roles", names, vec!["roles-path".to_owned()])
}

pub(super) async fn details_hold_the_whole_role(aws: &Aws) -> Outcome {
    let boundary = boundary(aws, "roles-details-boundary").await?;
    let made = aws.iam.create_role().role_name("roles-details").path("/p/dev/");
    let made = made.tags(tag("project", "p")?).permissions_boundary(&boundary);
    accepted("CreateRole", made.assume_role_policy_document(TRUST).send().await)?;
    let put = aws.iam.put_role_policy().role_name("roles-details").policy_name("secrets");
    accepted("PutRolePolicy", put.policy_document(INLINE).send().await)?;
    let attach = aws.iam.attach_role_policy().role_name("roles-details").policy_arn(BASIC);
    accepted("AttachRolePolicy", attach.send().await)?;
    let details = aws.iam.get_account_authorization_details().filter(EntityType::Role);
    let details = accepted("GetAccountAuthorizationDetails", details.max_items(1000).send().await)?;
    let roles = details.role_detail_list.unwrap_or_default();
    let role = roles.into_iter().find(|role| role.role_name.as_deref() == Some("roles-details"));
    let role = present("the role", role)?;
    same("Path", role.path.as_deref(), Some("/p/dev/"))?;
    holds(is_document(role.assume_role_policy_document.as_deref(), TRUST), "the trust is another")?;
    let inline = role.role_policy_list.unwrap_or_default();
    same("inline policies", inline.len(), 1)?;
    same("PolicyName", inline[0].policy_name.as_deref(), Some("secrets"))?;
    let text = inline[0].policy_document.as_deref();
    holds(is_document(text, INLINE), "the inline policy is another")?;
    let attached = role.attached_managed_policies.unwrap_or_default();
    same("attached policies", attached.len(), 1)?;
    same("PolicyArn", attached[0].policy_arn.as_deref(), Some(BASIC))?;
    same("Tags", tags(role.tags), [("project".to_owned(), "p".to_owned())].into())?;
    let found = role.permissions_boundary.and_then(|b| b.permissions_boundary_arn);
    holds(found == Some(boundary), "the boundary is missing or another")
}

pub(super) async fn details_come_in_pages(aws: &Aws) -> Outcome {
    for name in ["roles-page-a", "roles-page-b", "roles-page-c"] {
        role(aws, name).await?;
    }
    let (mut seen, mut marker) = (Vec::new(), None);
    for _ in 0..500 {
        let page = aws.iam.get_account_authorization_details().filter(EntityType::Role);
        let page = page.max_items(2).set_marker(marker).send().await;
        let page = accepted("GetAccountAuthorizationDetails", page)?;
        let roles = page.role_detail_list.unwrap_or_default();
        holds(roles.len() <= 2, "a page is larger than its limit")?;
        seen.extend(roles.into_iter().filter_map(|role| role.role_name));
        marker = page.marker.filter(|_| page.is_truncated);
        if marker.is_none() {
            seen.retain(|name| name.starts_with("roles-page-"));
            seen.sort();
            return same(
                "the roles",
                seen.join(" "),
                "roles-page-a roles-page-b roles-page-c".into(),
            );
        }
    }
    Err("the pages do not end".to_owned())
}

pub(super) async fn missing_role_is_not_found(aws: &Aws) -> Outcome {
    let told = aws.iam.get_role().role_name("roles-nowhere").send().await;
    refused("a role that is not there", "NoSuchEntity", told)
}
