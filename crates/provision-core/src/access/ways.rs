//! Ways to make a call: the one that Secrets Manager makes, and those that must stay shut.

use super::realm::Realm;
use crate::policy::evaluation::{Call, Caller, Context};

/// The service whose name `kms:ViaService` holds, in every partition
const SERVICE: &str = "amazonaws.com";
/// A region that no key of a test lies in
const ELSEWHERE: &str = "ap-northeast-3";
/// An account that is nobody's here
pub(crate) const OTHER_ACCOUNT: &str = "999999999999";
/// A version as Secrets Manager numbers it
const VERSION: &str = "11111111-2222-4333-8444-555555555555";

/// Who calls, with what every call of its tells
#[derive(Debug, Clone)]
pub(crate) struct Identified {
    pub(crate) caller: Caller,
    pub(crate) account: String,
    context: Context,
}

impl Identified {
    /// Returns a caller; what tags it carries is known of the roles of `tagged` alone
    pub(crate) fn of(arn: &str, account: &str, tagged: Option<&Realm>) -> Self {
        let kind = if arn.contains(":user/") { "User" } else { "AssumedRole" };
        let context = match tagged {
            Some(realm) => Context::default()
                .with("aws:PrincipalTag/project", realm.project.as_str())
                .with("aws:PrincipalTag/environment", realm.environment.as_str())
                .with("aws:PrincipalTag/managed-by", "lambda-secrets"),
            None => Context::default(),
        };
        Self {
            caller: Caller::Principal { arn: arn.to_owned(), account: account.to_owned() },
            account: account.to_owned(),
            context: context
                .with("aws:PrincipalArn", arn)
                .with("aws:PrincipalAccount", account)
                .with("aws:PrincipalType", kind)
                .with("aws:PrincipalIsAWSService", "false")
                .with("aws:SecureTransport", "true")
                .without("lambda:SourceFunctionArn"),
        }
    }

    /// Returns the caller as one whose calls come from the inside of a function, as Lambda then says
    #[must_use]
    pub(crate) fn in_function(mut self) -> Self {
        self.context = self.context.with_some("lambda:SourceFunctionArn");
        self
    }

    /// Returns a call of this caller on something with the tags of `realm`
    fn call(&self, action: &str, resource: &str, realm: &Realm, region: &str) -> Call {
        let context = self.context.clone();
        Call {
            caller: self.caller.clone(),
            action: action.to_owned(),
            resource: Some(resource.to_owned()),
            context: context
                .with("aws:RequestedRegion", region)
                .with("aws:ResourceAccount", realm.account.as_str())
                .with("aws:ResourceTag/project", realm.project.as_str())
                .with("aws:ResourceTag/environment", realm.environment.as_str())
                .with("aws:ResourceTag/managed-by", "lambda-secrets"),
        }
    }

    /// Returns a call on a secret
    pub(crate) fn on_secret(&self, action: &str, arn: &str, realm: &Realm, region: &str) -> Call {
        let mut call = self.call(action, arn, realm, region);
        call.context = call.context.without("secretsmanager:KmsKeyId");
        call
    }

    /// Returns the same call made without TLS, which AWS does not take, and an auditor may ask about
    pub(crate) fn in_the_clear(mut call: Call) -> Call {
        call.context = call.context.with("aws:SecureTransport", "false");
        call
    }

    /// Returns a call that changes a secret or a key as our own commands do: inside the recovery
    /// window, without a policy for everybody, without another key
    pub(crate) fn managing(&self, action: &str, arn: &str, realm: &Realm, region: &str) -> Call {
        let window = realm.recovery_window_days.to_string();
        let mut call = self.on_secret(action, arn, realm, region);
        call.context = call
            .context
            .with("secretsmanager:ForceDeleteWithoutRecovery", "false")
            .with("secretsmanager:RecoveryWindowInDays", window.as_str())
            .with("secretsmanager:BlockPublicPolicy", "true")
            .without("secretsmanager:AddReplicaRegions")
            .with("kms:ScheduleKeyDeletionPendingWindowInDays", window.as_str())
            .with("kms:BypassPolicyLockoutSafetyCheck", "false")
            .with("kms:CallerAccount", self.account.as_str())
            .without("kms:ViaService")
            .without_others("kms:encryptioncontext:");
        call
    }

    /// Returns a call on a key, as Secrets Manager makes it for the caller and a secret
    pub(crate) fn through(
        &self,
        action: &str,
        key: &str,
        secret: &str,
        realm: &Realm,
        region: &str,
    ) -> Call {
        Way::ThroughSecretsManager.call(self, action, key, secret, realm, region)
    }
}

/// How a key is called
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// the one way that is meant to be open
    ThroughSecretsManager,
    Directly,
    ThroughAnotherRegion,
    ThroughParameterStore,
    FromAnotherAccount,
    ForNoSecret,
    WithNothing,
}

impl Way {
    /// The ways that are shut to everybody
    pub(crate) const SHUT: [Self; 6] = [
        Self::Directly,
        Self::ThroughAnotherRegion,
        Self::ThroughParameterStore,
        Self::FromAnotherAccount,
        Self::ForNoSecret,
        Self::WithNothing,
    ];

    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::ThroughSecretsManager => "",
            Self::Directly => "called directly",
            Self::ThroughAnotherRegion => "through Secrets Manager of another region",
            Self::ThroughParameterStore => "through Systems Manager",
            Self::FromAnotherAccount => "with another account as the caller's",
            Self::ForNoSecret => "through Secrets Manager, for no secret",
            Self::WithNothing => "called directly, for no secret",
        }
    }

    pub(crate) fn call(
        self,
        who: &Identified,
        action: &str,
        key: &str,
        secret: &str,
        realm: &Realm,
        region: &str,
    ) -> Call {
        let mut call = who.call(action, key, realm, region);
        let via = match self {
            Self::Directly | Self::WithNothing => None,
            Self::ThroughAnotherRegion => Some(format!("secretsmanager.{ELSEWHERE}.{SERVICE}")),
            Self::ThroughParameterStore => Some(format!("ssm.{region}.{SERVICE}")),
            Self::ThroughSecretsManager | Self::FromAnotherAccount | Self::ForNoSecret => {
                Some(format!("secretsmanager.{region}.{SERVICE}"))
            }
        };
        let context = match via {
            Some(via) => call.context.with("kms:ViaService", via),
            None => call.context.without("kms:ViaService"),
        };
        let account = match self {
            Self::FromAnotherAccount if who.account == OTHER_ACCOUNT => realm.account.as_str(),
            Self::FromAnotherAccount => OTHER_ACCOUNT,
            _ => who.account.as_str(),
        };
        let context = context.with("kms:CallerAccount", account);
        call.context = match self {
            Self::ForNoSecret | Self::WithNothing => context,
            _ => context
                .with("kms:EncryptionContext:SecretARN", secret)
                .with("kms:EncryptionContext:SecretVersionId", VERSION),
        }
        .without_others("kms:encryptioncontext:");
        call
    }
}
