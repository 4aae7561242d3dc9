//! Who the caller is.

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;

use super::roles::role;
use crate::aws::Aws;
use crate::check::{Outcome, accepted, holds, present, same};

pub(super) async fn caller_is_in_an_account(aws: &Aws) -> Outcome {
    let told = accepted("GetCallerIdentity", aws.sts.get_caller_identity().send().await)?;
    let account = present("Account", told.account)?;
    same("the digits of the account", account.chars().filter(char::is_ascii_digit).count(), 12)?;
    let arn = present("Arn", told.arn)?;
    holds(arn.contains(&format!("::{account}:")), "the ARN is of another account")
}

pub(super) async fn caller_is_a_principal_of_iam(aws: &Aws) -> Outcome {
    let told = accepted("GetCallerIdentity", aws.sts.get_caller_identity().send().await)?;
    let arn = present("Arn", told.arn)?;
    let principal = arn.splitn(6, ':').nth(5).unwrap_or_default();
    holds(arn.starts_with("arn:aws:iam::"), "a user's ARN is not one of iam")?;
    holds(principal == "root" || principal.starts_with("user/"), "the ARN is no principal's")
}

pub(super) async fn assumed_role_is_the_caller(aws: &Aws) -> Outcome {
    role(aws, "sts-assumed").await?;
    let arn = accepted("GetRole", aws.iam.get_role().role_name("sts-assumed").send().await)?;
    let arn = present("the role", arn.role)?.arn;
    let assume = aws.sts.assume_role().role_arn(arn).role_session_name("session").send().await;
    let session = present("Credentials", accepted("AssumeRole", assume)?.credentials)?;
    let credentials = Credentials::new(
        session.access_key_id,
        session.secret_access_key,
        Some(session.session_token),
        None,
        "tests",
    );
    let aws = aws.with_credentials(SharedCredentialsProvider::new(credentials));
    let told = accepted("GetCallerIdentity", aws.sts.get_caller_identity().send().await)?;
    let arn = told.arn.unwrap_or_default();
    holds(
        arn.ends_with(":assumed-role/sts-assumed/session"),
        "the caller is not the role's session",
    )
}
