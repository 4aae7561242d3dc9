//! Rotations against the AWS inside the process, whole and interrupted.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::sync::Mutex;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::{BehaviorVersion, Region};
use local_aws::LocalAws;
use rotation::{Error, Event, Issuer, IssuerError, KeysError, Random, Step, rotate};
use secrecy::{ExposeSecret, SecretString};

const STEPS: [Step; 4] =
    [Step::CreateSecret, Step::SetSecret, Step::TestSecret, Step::FinishSecret];
const FUNCTION: &str = "arn:aws:lambda:eu-west-1:123456789012:function:rotation";

/// A provider that knows which of its keys are good
#[derive(Default)]
struct Provider {
    issued: Mutex<Vec<String>>,
    active: Mutex<Vec<String>>,
    revoked: Mutex<Vec<String>>,
}

impl Issuer for Provider {
    async fn issue(&self) -> Result<SecretString, IssuerError> {
        let mut issued = self.issued.lock().unwrap();
        let key = format!("key-{}", issued.len() + 1);
        issued.push(key.clone());
        Ok(key.into())
    }

    async fn activate(&self, key: &SecretString) -> Result<(), IssuerError> {
        self.active.lock().unwrap().push(key.expose_secret().to_owned());
        Ok(())
    }

    async fn test(&self, key: &SecretString) -> Result<(), IssuerError> {
        let active = self.active.lock().unwrap();
        let is_good = active.iter().any(|active| active == key.expose_secret());
        if is_good { Ok(()) } else { Err(IssuerError("the key does not work")) }
    }

    async fn revoke(&self, key: &SecretString) -> Result<(), IssuerError> {
        let mut revoked = self.revoked.lock().unwrap();
        if !revoked.iter().any(|known| known == key.expose_secret()) {
            revoked.push(key.expose_secret().to_owned());
        }
        Ok(())
    }
}

async fn secret(value: &str) -> Client {
    let local = LocalAws::in_memory("eu-west-1").await;
    let config = aws_sdk_secretsmanager::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .http_client(local.http_client())
        .credentials_provider(local.credentials_provider())
        .build();
    let client = Client::from_conf(config);
    client.create_secret().name("s").secret_string(value).send().await.unwrap();
    let rules = aws_sdk_secretsmanager::types::RotationRulesType::builder()
        .automatically_after_days(30)
        .build();
    let rotation = client.rotate_secret().secret_id("s").rotation_lambda_arn(FUNCTION);
    rotation.rotation_rules(rules).send().await.unwrap();
    client
}

fn token(number: u32) -> String {
    format!("rotation-{number:032}")
}

fn event(number: u32, step: Step) -> Event {
    Event { secret_id: "s".into(), client_request_token: token(number), step }
}

async fn whole(client: &Client, issuer: &impl Issuer, number: u32) {
    for step in STEPS {
        rotate(client, issuer, &event(number, step)).await.unwrap();
    }
}

async fn current(client: &Client) -> String {
    client.get_secret_value().secret_id("s").send().await.unwrap().secret_string.unwrap()
}

#[tokio::test]
async fn a_rotation_brings_a_new_key_and_the_old_one_lives_on_for_another() {
    let client = secret(r#"{"org":1.10,"api_key":"first"}"#).await;
    let provider = Provider::default();
    whole(&client, &provider, 1).await;
    assert_eq!(current(&client).await, r#"{"org":1.10,"api_key":"key-1"}"#);
    assert!(provider.revoked.lock().unwrap().is_empty(), "functions still have it");
    whole(&client, &provider, 2).await;
    assert_eq!(current(&client).await, r#"{"org":1.10,"api_key":"key-2"}"#);
    assert_eq!(*provider.revoked.lock().unwrap(), ["first"]);
    whole(&client, &provider, 3).await;
    assert_eq!(*provider.revoked.lock().unwrap(), ["first", "key-1"]);
}

#[tokio::test]
async fn of_a_pool_one_key_changes_at_a_time() {
    let client = secret(r#"{"api_keys":["a","b","c"]}"#).await;
    let provider = Provider::default();
    whole(&client, &provider, 1).await;
    assert_eq!(current(&client).await, r#"{"api_keys":["b","c","key-1"]}"#);
    whole(&client, &provider, 2).await;
    assert_eq!(current(&client).await, r#"{"api_keys":["c","key-1","key-2"]}"#);
    assert_eq!(*provider.revoked.lock().unwrap(), ["a"]);
}

#[tokio::test]
async fn every_step_may_run_again() {
    let client = secret(r#"{"api_key":"first"}"#).await;
    let provider = Provider::default();
    for number in [1, 2] {
        for step in STEPS {
            for _ in 0..3 {
                rotate(&client, &provider, &event(number, step)).await.unwrap();
            }
        }
        // and all of them from the beginning
        whole(&client, &provider, number).await;
    }
    assert_eq!(current(&client).await, r#"{"api_key":"key-2"}"#);
    assert_eq!(provider.issued.lock().unwrap().len(), 2, "one key for each rotation");
    assert_eq!(*provider.revoked.lock().unwrap(), ["first"]);
}

#[tokio::test]
async fn what_was_set_meanwhile_is_not_lost() {
    let client = secret(r#"{"api_key":"first","org":"a"}"#).await;
    let provider = Provider::default();
    for step in &STEPS[..3] {
        rotate(&client, &provider, &event(1, *step)).await.unwrap();
    }
    let set = r#"{"api_key":"first","org":"b"}"#;
    client.put_secret_value().secret_id("s").secret_string(set).send().await.unwrap();
    let error = rotate(&client, &provider, &event(1, Step::FinishSecret)).await.unwrap_err();
    assert!(matches!(error, Error::Changed), "{error}");
    assert_eq!(current(&client).await, set);
    assert_eq!(*provider.revoked.lock().unwrap(), ["key-1"], "nobody will ask for it");
    // AWS begins no rotation while another version is pending
    let told = client.describe_secret().secret_id("s").send().await.unwrap();
    let labels: Vec<String> = told.version_ids_to_stages.unwrap().into_values().flatten().collect();
    assert!(!labels.contains(&"AWSPENDING".to_owned()), "{labels:?}");
    // nor does the one that failed come back
    for step in [Step::CreateSecret, Step::SetSecret] {
        let again = rotate(&client, &provider, &event(1, step)).await;
        assert_eq!(again.is_ok(), step == Step::CreateSecret, "{step:?}");
    }
    whole(&client, &provider, 2).await;
    assert_eq!(current(&client).await, r#"{"api_key":"key-2","org":"b"}"#);
}

#[tokio::test]
async fn a_key_that_does_not_work_never_becomes_current() {
    let client = secret(r#"{"api_key":"first"}"#).await;
    let provider = Provider::default();
    rotate(&client, &provider, &event(1, Step::CreateSecret)).await.unwrap();
    // activation was left out
    let error = rotate(&client, &provider, &event(1, Step::TestSecret)).await.unwrap_err();
    assert!(matches!(error, Error::Issuer(_)), "{error}");
    assert_eq!(current(&client).await, r#"{"api_key":"first"}"#);
}

#[tokio::test]
async fn steps_out_of_turn_are_refused() {
    let client = secret(r#"{"api_key":"first"}"#).await;
    let provider = Provider::default();
    for step in &STEPS[1..] {
        let error = rotate(&client, &provider, &event(1, *step)).await.unwrap_err();
        assert!(matches!(error, Error::NotStaged), "{step:?}: {error}");
    }
    rotate(&client, &provider, &event(1, Step::CreateSecret)).await.unwrap();
    let error = rotate(&client, &provider, &event(2, Step::CreateSecret)).await.unwrap_err();
    assert!(matches!(error, Error::NotStaged), "another rotation is under way: {error}");
    client.cancel_rotate_secret().secret_id("s").send().await.unwrap();
    let error = rotate(&client, &provider, &event(1, Step::FinishSecret)).await.unwrap_err();
    assert!(matches!(error, Error::SwitchedOff), "{error}");
}

#[tokio::test]
async fn a_value_without_keys_is_refused_and_no_key_is_issued_for_it() {
    let client = secret(r#"{"password":"c4n4ry"}"#).await;
    let error =
        rotate(&client, &Random::default(), &event(1, Step::CreateSecret)).await.unwrap_err();
    assert!(matches!(error, Error::Keys(KeysError::Shape)), "{error}");
    assert!(!format!("{error:?} {error}").contains("c4n4ry"));
}

#[tokio::test]
async fn random_keys_pass_their_own_test() {
    let client = secret(r#"{"api_key":"first"}"#).await;
    let issuer = Random { prefix: "shop_".into() };
    whole(&client, &issuer, 1).await;
    let first = current(&client).await;
    whole(&client, &issuer, 2).await;
    let second = current(&client).await;
    assert!(
        first.starts_with(r#"{"api_key":"shop_"#) && second != first && first.len() == second.len()
    );
}

#[test]
fn events_are_read_as_aws_sends_them() {
    for (name, step) in
        ["createSecret", "setSecret", "testSecret", "finishSecret"].into_iter().zip(STEPS)
    {
        let text = format!(
            r#"{{"ClientRequestToken":"{}","SecretId":"arn:x","Step":"{name}","RotationToken":"r"}}"#,
            token(1)
        );
        let event: Event = serde_json::from_str(&text).unwrap();
        assert_eq!((event.step, event.secret_id.as_str()), (step, "arn:x"));
    }
}
