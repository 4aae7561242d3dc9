//! Who wrote a version, where CloudTrail tells: its event history keeps 90 days.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_cloudtrail::config::Builder;
use aws_sdk_cloudtrail::config::retry::RetryConfig;
use aws_sdk_cloudtrail::config::timeout::TimeoutConfig;
use aws_sdk_cloudtrail::primitives::DateTime;
use aws_sdk_cloudtrail::types::{LookupAttribute, LookupAttributeKey};
use serde::Deserialize;

use super::connect::Aws;
use super::error::AwsError;

/// The calls that make a version; the token of each becomes the version's id
const WRITES: [&str; 3] = ["PutSecretValue", "CreateSecret", "UpdateSecret"];
/// The most pages of 50 events that are read of each: CloudTrail answers two a second
const PAGES: usize = 4;
/// How long an AWS that may not have the service is waited for
const PATIENCE: Duration = Duration::from_secs(2);
/// How late an event may arrive, in seconds
const LATE: i64 = 15 * 60;

/// Who did what, of one event of CloudTrail
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    user_identity: Option<UserIdentity>,
    request_parameters: Option<RequestParameters>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UserIdentity {
    arn: Option<String>,
    invoked_by: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestParameters {
    client_request_token: Option<String>,
}

/// Returns the caller of each version that was made between the two times, by its id
///
/// # Errors
/// Whatever keeps CloudTrail from telling: a caller without the right, an AWS without the service.
pub(crate) async fn authors(
    aws: &Aws,
    from: i64,
    until: i64,
) -> Result<BTreeMap<String, String>, AwsError> {
    let mut found = BTreeMap::new();
    let mut answers = false;
    for name in WRITES {
        let attribute = LookupAttribute::builder()
            .attribute_key(LookupAttributeKey::EventName)
            .attribute_value(name)
            .build()
            .map_err(|_| {
                AwsError::answer("cloudtrail:LookupEvents", "the request is incomplete")
            })?;
        let mut next = None;
        for _ in 0..PAGES {
            let request = aws
                .trail
                .lookup_events()
                .lookup_attributes(attribute.clone())
                .start_time(DateTime::from_secs(from - 1))
                .end_time(DateTime::from_secs(until + LATE))
                .set_next_token(next)
                .customize();
            let request = if answers { request } else { request.config_override(once()) };
            let page = request.send().await;
            let page = page.map_err(|e| AwsError::new("cloudtrail:LookupEvents", e))?;
            answers = true;
            let events = page.events().iter().filter_map(|event| event.cloud_trail_event());
            found.extend(events.filter_map(author));
            next = page.next_token;
            if next.is_none() {
                break;
            }
        }
    }
    Ok(found)
}

/// The first question is asked once: nobody waits for a column at an AWS without the service
fn once() -> Builder {
    let soon = TimeoutConfig::builder().connect_timeout(PATIENCE).operation_timeout(PATIENCE);
    Builder::new().retry_config(RetryConfig::disabled()).timeout_config(soon.build())
}

/// The version that an event made, and who made it
fn author(event: &str) -> Option<(String, String)> {
    let Event { user_identity, request_parameters } = serde_json::from_str(event).ok()?;
    let version = request_parameters?.client_request_token?;
    let UserIdentity { arn, invoked_by } = user_identity?;
    Some((version, arn.or(invoked_by)?))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use aws_smithy_runtime_api::client::http::{
        HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
    };
    use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
    use aws_smithy_types::body::SdkBody;

    use super::*;

    #[derive(Debug, Clone, Default)]
    struct Failing(Arc<AtomicUsize>);

    impl HttpConnector for Failing {
        fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
            self.0.fetch_add(1, Ordering::SeqCst);
            let status = 500.try_into().expect("a status");
            HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from("{}"))))
        }
    }

    #[cfg(feature = "local")]
    #[tokio::test]
    async fn an_aws_without_the_service_is_asked_once() {
        use crate::aws::{Target, connect};

        let folder = tempfile::tempdir().expect("a folder");
        let target = Target::Local(folder.path().to_owned());
        let mut aws = connect(&target, "us-west-2").await.expect("the AWS inside the binary");
        let failing = Failing::default();
        let connector = failing.clone();
        let client = http_client_fn(move |_, _| SharedHttpConnector::new(connector.clone()));
        let config = aws.trail.config().to_builder().http_client(client);
        aws.trail = aws_sdk_cloudtrail::Client::from_conf(config.build());
        assert!(authors(&aws, 0, 1).await.is_err());
        assert_eq!(failing.0.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn an_event_names_version_and_caller() {
        // the shape of an entry as CloudTrail's documentation gives it
        let event = |identity: &str, parameters: &str| {
            format!(
                r#"{{"eventVersion":"1.08","userIdentity":{identity},"eventSource":"secretsmanager.amazonaws.com",
                "eventName":"PutSecretValue","requestParameters":{parameters},"responseElements":null}}"#
            )
        };
        let role =
            r#"{"type":"AssumedRole","arn":"arn:aws:sts::123456789012:assumed-role/writer/ada"}"#;
        let put =
            r#"{"secretId":"shop/dev/api-keys","clientRequestToken":"v1","versionStages":["x"]}"#;
        assert_eq!(
            author(&event(role, put)),
            Some(("v1".into(), "arn:aws:sts::123456789012:assumed-role/writer/ada".into()))
        );
        let service = r#"{"type":"AWSService","invokedBy":"secretsmanager.amazonaws.com"}"#;
        assert_eq!(
            author(&event(service, put)),
            Some(("v1".into(), "secretsmanager.amazonaws.com".into()))
        );
        for (identity, parameters) in [(role, "null"), (role, "{}"), ("null", put), ("{}", put)] {
            assert_eq!(author(&event(identity, parameters)), None);
        }
        assert_eq!(author("no JSON"), None);
    }
}
