//! What the policies of callers say of an environment beside its secrets.

/// An environment by its names, as computed text
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Estate {
    /// the partition, such as `aws`
    pub partition: String,
    /// the account, or [`super::ACCOUNT_PLACEHOLDER`]
    pub account: String,
    /// the project
    pub project: String,
    /// the environment
    pub environment: String,
    /// the environment's own region first, then those of copies
    pub regions: Vec<String>,
    /// the alias of its keys
    pub alias: String,
}

/// Alarms and logs of an environment by their ARNs, as computed text
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Watch {
    /// every alarm of CloudWatch that it may have
    pub alarms: Vec<String>,
    /// every rule of EventBridge that it may have
    pub rules: Vec<String>,
    /// the log group of the trail, empty where no filter is on it
    pub trail: Vec<String>,
    /// the log groups that are kept for so many days
    pub log_groups: Vec<String>,
}

impl Estate {
    /// All keys of the account in the environment's regions
    pub(super) fn keys(&self) -> Vec<String> {
        self.in_kms("key/*")
    }

    /// An alias, or a pattern of aliases, in the environment's regions
    pub(super) fn aliases(&self, alias: &str) -> Vec<String> {
        self.in_kms(alias)
    }

    fn in_kms(&self, resource: &str) -> Vec<String> {
        let Self { partition, account, .. } = self;
        let arn = |region| format!("arn:{partition}:kms:{region}:{account}:{resource}");
        self.regions.iter().map(arn).collect()
    }

    #[cfg(test)]
    pub(super) fn example() -> Self {
        Self {
            partition: "aws".into(),
            account: "123456789012".into(),
            project: "p".into(),
            environment: "e".into(),
            regions: vec!["us-west-2".into(), "us-east-1".into()],
            alias: "alias/p/e".into(),
        }
    }
}

impl Watch {
    #[cfg(test)]
    pub(super) fn example() -> Self {
        let logs = "arn:aws:logs:us-west-2:123456789012:log-group";
        Self {
            alarms: vec!["arn:aws:cloudwatch:us-west-2:123456789012:alarm:p-e-tampering".into()],
            rules: vec!["arn:aws:events:us-west-2:123456789012:rule/p-e-tampering".into()],
            trail: vec![format!("{logs}:trail"), format!("{logs}:trail:*")],
            log_groups: vec![format!("{logs}:/aws/lambda/f"), format!("{logs}:/aws/lambda/f:*")],
        }
    }
}
