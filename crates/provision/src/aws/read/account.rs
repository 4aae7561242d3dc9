//! Roles and managed policies: all at once where the account allows it, one by one where it does not.

use std::collections::BTreeMap;

use aws_sdk_iam::types::{EntityType, Tag};
use percent_encoding::percent_decode_str;
use provision_core::actual::{ActualPolicy, ActualRole};
use provision_core::desired::{Desired, Tags};
use provision_core::name::{PolicyName, RoleName};
use provision_core::policy::Document;

use super::{policy, role};
use crate::aws::connect::Aws;
use crate::aws::error::{AwsError, ErrorKind};

pub(super) const DETAILS: &str = "iam:GetAccountAuthorizationDetails";
/// Entries on one page of a listing, the most that IAM takes
pub(super) const PAGE: i32 = 1000;

/// The part of an account that is the environment's: what has a wanted name or lies under its paths
#[derive(Default)]
pub(super) struct Account {
    pub(super) roles: BTreeMap<RoleName, ActualRole>,
    pub(super) policies: BTreeMap<PolicyName, ActualPolicy>,
}

/// Returns the environment's roles and managed policies
pub(super) async fn read(aws: &Aws, desired: &Desired) -> Result<Account, AwsError> {
    match all(aws, desired).await {
        Err(error) if is_refused(&error) => {
            tracing::debug!(operation = DETAILS, kind = error.kind.name(), "reading one by one");
            let (roles, policies) =
                tokio::try_join!(role::one_by_one(aws, desired), policy::one_by_one(aws, desired))?;
            Ok(Account { roles, policies })
        }
        answer => answer,
    }
}

/// Whether the caller or the endpoint is not up to a call that there is another way for
pub(super) fn is_refused(error: &AwsError) -> bool {
    matches!(error.kind, ErrorKind::AccessDenied | ErrorKind::Unsupported)
}

/// Tells what is left out of the reading, and why; it is told once
pub(super) fn left_out(what: &str, error: &AwsError) {
    let why = match error.kind {
        ErrorKind::Unsupported => "the endpoint does not know",
        _ => "the caller may not call",
    };
    tracing::warn!("{what}: {why} {}", error.operation);
}

async fn all(aws: &Aws, desired: &Desired) -> Result<Account, AwsError> {
    let mut account = Account::default();
    let mut pages = aws
        .iam
        .get_account_authorization_details()
        .filter(EntityType::Role)
        .filter(EntityType::LocalManagedPolicy)
        .max_items(PAGE)
        .into_paginator()
        .send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|e| AwsError::new(DETAILS, e))?;
        role::from_page(desired, page.role_detail_list(), &mut account.roles)?;
        policy::from_page(desired, page.policies(), &mut account.policies)?;
    }
    role::describe(aws, desired, &mut account.roles).await?;
    Ok(account)
}

/// IAM gives documents percent-encoded; what starts like JSON was not encoded
pub(super) fn document(operation: &'static str, text: Option<&str>) -> Result<Document, AwsError> {
    let text = text.unwrap_or_default();
    let decoded = if text.trim_start().starts_with('{') {
        text.into()
    } else {
        percent_decode_str(text).decode_utf8_lossy()
    };
    Document::parse(&decoded).map_err(|e| AwsError::answer(operation, e.to_string()))
}

pub(super) fn tags(tags: &[Tag]) -> Tags {
    tags.iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect()
}
