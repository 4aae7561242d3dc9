//! What is kept between runs, and what happens when it cannot be.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use aws_sdk_secretsmanager::config::retry::RetryConfig;
use aws_sdk_secretsmanager::config::{BehaviorVersion, Region};
use aws_sdk_secretsmanager::error::ProvideErrorMetadata;
use local_aws::{LocalAws, OpenError};

const VALUE: &str = "a value that nobody may see";

fn secrets(local: &LocalAws, region: &str) -> aws_sdk_secretsmanager::Client {
    let config = aws_sdk_secretsmanager::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .http_client(local.http_client())
        .credentials_provider(local.credentials_provider())
        .retry_config(RetryConfig::disabled())
        .build();
    aws_sdk_secretsmanager::Client::from_conf(config)
}

fn kms(local: &LocalAws, region: &str, endpoint: Option<&str>) -> aws_sdk_kms::Client {
    let mut config = aws_sdk_kms::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .http_client(local.http_client())
        .credentials_provider(local.credentials_provider())
        .retry_config(RetryConfig::disabled());
    config.set_endpoint_url(endpoint.map(str::to_owned));
    aws_sdk_kms::Client::from_conf(config.build())
}

fn iam(local: &LocalAws) -> aws_sdk_iam::Client {
    let config = aws_sdk_iam::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .http_client(local.http_client())
        .credentials_provider(local.credentials_provider())
        .build();
    aws_sdk_iam::Client::from_conf(config)
}

async fn create(client: &aws_sdk_secretsmanager::Client, name: &str) {
    let create = client.create_secret().name(name).secret_string(VALUE);
    create.send().await.expect("the name is new and the state can be saved");
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("the file was just written").permissions().mode() & 0o777
}

#[tokio::test]
async fn everything_is_there_again_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join(".provision");
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    let key = {
        let local = LocalAws::open(&dir, "us-west-2").await.unwrap();
        assert!(local.is_new());
        let kms = kms(&local, "us-west-2", None);
        let key = kms.create_key().send().await.unwrap().key_metadata.unwrap().key_id;
        kms.create_alias().alias_name("alias/p/dev").target_key_id(&key).send().await.unwrap();
        kms.enable_key_rotation().key_id(&key).rotation_period_in_days(200).send().await.unwrap();
        let create = secrets(&local, "us-west-2").create_secret().name("p/dev/a").kms_key_id(&key);
        create.secret_string(VALUE).send().await.unwrap();
        let role = iam(&local).create_role().role_name("r").assume_role_policy_document(trust);
        role.send().await.unwrap();
        key
    };
    let local = LocalAws::open(&dir, "us-west-2").await.unwrap();
    assert!(!local.is_new());
    let read = secrets(&local, "us-west-2").get_secret_value().secret_id("p/dev/a").send().await;
    assert_eq!(read.unwrap().secret_string.as_deref(), Some(VALUE));
    let kms = kms(&local, "us-west-2", None);
    let told = kms.describe_key().key_id("alias/p/dev").send().await.unwrap();
    assert_eq!(told.key_metadata.unwrap().key_id, key);
    let rotation = kms.get_key_rotation_status().key_id(&key).send().await.unwrap();
    assert_eq!(rotation.rotation_period_in_days, Some(200));
    iam(&local).get_role().role_name("r").send().await.unwrap();
}

#[tokio::test]
async fn a_change_is_on_the_disk_before_its_answer() {
    let folder = tempfile::tempdir().unwrap();
    let local = LocalAws::open(folder.path(), "us-east-1").await.unwrap();
    create(&secrets(&local, "us-east-1"), "now").await;
    let state = fs::read_to_string(folder.path().join("state.json")).unwrap();
    assert!(state.contains("\"now\""));
}

#[tokio::test]
async fn reads_write_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let local = LocalAws::open(folder.path(), "us-east-1").await.unwrap();
    let client = secrets(&local, "us-east-1");
    client.list_secrets().send().await.unwrap();
    assert!(!folder.path().join("state.json").exists());
    create(&client, "a").await;
    fs::remove_file(folder.path().join("state.json")).unwrap();
    client.get_secret_value().secret_id("a").send().await.unwrap();
    client.put_secret_value().secret_id("nowhere").secret_string("v").send().await.unwrap_err();
    assert!(!folder.path().join("state.json").exists());
}

#[tokio::test]
async fn regions_live_side_by_side_and_iam_is_one() {
    let folder = tempfile::tempdir().unwrap();
    {
        let local = LocalAws::open(folder.path(), "us-east-1").await.unwrap();
        create(&secrets(&local, "us-east-1"), "here").await;
    }
    let local = LocalAws::open(folder.path(), "eu-west-1").await.unwrap();
    let away = secrets(&local, "eu-west-1");
    create(&away, "there").await;
    away.get_secret_value().secret_id("here").send().await.unwrap_err();
    let here = secrets(&local, "us-east-1");
    here.get_secret_value().secret_id("here").send().await.unwrap();
    here.get_secret_value().secret_id("there").send().await.unwrap_err();
}

#[tokio::test]
async fn files_are_private_and_no_value_is_in_them() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join(".provision");
    let local = LocalAws::open(&dir, "us-east-1").await.unwrap();
    create(&secrets(&local, "us-east-1"), "a").await;
    assert_eq!(mode(&dir), 0o700);
    assert_eq!(mode(&dir.join("state.json")), 0o600);
    assert_eq!(mode(&dir.join("lock")), 0o600);
    assert_eq!(fs::read_to_string(dir.join(".gitignore")).unwrap(), "*\n");
    assert!(!fs::read_to_string(dir.join("state.json")).unwrap().contains(VALUE));
    assert!(!dir.join("state.json.new").exists());
    let told = format!("{local:?} {:?}", local.http_client());
    assert!(!told.contains(VALUE) && !told.contains("key_material"));
}

#[tokio::test]
async fn a_second_opening_waits_and_then_says_who_is_in_the_way() {
    let folder = tempfile::tempdir().unwrap();
    let first = LocalAws::open(folder.path(), "us-east-1").await.unwrap();
    // a client alone keeps the lock too
    let client = secrets(&first, "us-east-1");
    drop(first);
    let start = Instant::now();
    let error = LocalAws::open(folder.path(), "us-east-1").await.unwrap_err();
    assert!(matches!(&error, OpenError::Locked { path } if path.ends_with("lock")), "{error}");
    assert!(start.elapsed() >= Duration::from_secs(5));
    drop(client);
    LocalAws::open(folder.path(), "us-east-1").await.unwrap();
}

#[tokio::test]
async fn a_second_opening_gets_in_when_the_first_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let first = LocalAws::open(folder.path(), "us-east-1").await.unwrap();
    let path = folder.path().to_owned();
    let second = tokio::spawn(async move { LocalAws::open(&path, "us-east-1").await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    create(&secrets(&first, "us-east-1"), "a").await;
    drop(first);
    let second = second.await.unwrap().unwrap();
    // it reads the state after it has the lock
    secrets(&second, "us-east-1").get_secret_value().secret_id("a").send().await.unwrap();
}

#[tokio::test]
async fn damaged_and_foreign_state_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.json");
    for text in ["", "{", "[]", "{\"version\":1}", "{\"version\":1,\"iam\":{},\"regions\":[]}"] {
        fs::write(&state, text).unwrap();
        let error = LocalAws::open(folder.path(), "us-east-1").await.unwrap_err();
        assert!(matches!(&error, OpenError::Corrupt { path, .. } if *path == state), "{error}");
        assert_eq!(fs::read_to_string(&state).unwrap(), text);
    }
    fs::write(&state, "{\"version\":7,\"what\":\"ever\"}").unwrap();
    let error = LocalAws::open(folder.path(), "us-east-1").await.unwrap_err();
    assert!(matches!(error, OpenError::Version { found: 7, known: 1, .. }), "{error}");
}

#[tokio::test]
async fn a_directory_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error = LocalAws::open(&file.join("state"), "us-east-1").await.unwrap_err();
    assert!(matches!(&error, OpenError::Io { path, .. } if path.starts_with(&file)), "{error}");
}

#[tokio::test]
async fn a_change_that_cannot_be_saved_is_not_told_as_done() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("state");
    let local = LocalAws::open(&dir, "us-east-1").await.unwrap();
    fs::remove_dir_all(&dir).unwrap();
    let create = secrets(&local, "us-east-1").create_secret().name("a").secret_string(VALUE);
    let error = create.send().await.unwrap_err().into_service_error();
    assert_eq!(error.code(), Some("LocalStateNotSaved"));
}

/// Nobody creates a file there, not root either
#[cfg(target_os = "linux")]
const UNWRITABLE: &str = "/sys/kernel/lambda-secrets";

#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_may_not_be_written_is_read_and_changes_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    create(&secrets(&LocalAws::open(folder.path(), "us-east-1").await.unwrap(), "us-east-1"), "a")
        .await;
    let before = fs::read(folder.path().join("state.json")).unwrap();
    fs::remove_file(folder.path().join("lock")).unwrap();
    std::os::unix::fs::symlink(UNWRITABLE, folder.path().join("lock")).unwrap();
    let local = LocalAws::open(folder.path(), "us-east-1").await.unwrap();
    let client = secrets(&local, "us-east-1");
    let read = client.get_secret_value().secret_id("a").send().await.unwrap();
    assert_eq!(read.secret_string.as_deref(), Some(VALUE));
    let put = client.put_secret_value().secret_id("a").secret_string("another").send().await;
    assert_eq!(put.unwrap_err().into_service_error().code(), Some("LocalStateNotSaved"));
    assert_eq!(fs::read(folder.path().join("state.json")).unwrap(), before);
    // a folder that cannot even be made holds nothing
    let local = LocalAws::open(Path::new(UNWRITABLE), "us-east-1").await.unwrap();
    assert!(local.is_new());
    let list = secrets(&local, "us-east-1").list_secrets().send().await.unwrap();
    assert_eq!(list.secret_list.unwrap_or_default().len(), 0);
}

#[tokio::test]
async fn a_policy_without_a_known_text_has_no_version_to_give() {
    let local = LocalAws::in_memory("us-east-1").await;
    let version = |name: &str| {
        let arn = format!("arn:aws:iam::aws:policy/{name}");
        iam(&local).get_policy_version().policy_arn(arn).version_id("v1").send()
    };
    let refused = version("ReadOnlyAccess").await.unwrap_err().into_service_error();
    assert_eq!(refused.code(), Some("NotImplemented"));
    let known = version("service-role/AWSLambdaBasicExecutionRole").await.unwrap();
    let text = known.policy_version.and_then(|version| version.document).unwrap();
    assert!(text.contains("PutLogEvents"), "{text}");
}

#[tokio::test]
async fn an_endpoint_of_the_environment_leads_nowhere_else() {
    let local = LocalAws::in_memory("us-east-1").await;
    let kms = kms(&local, "us-east-1", Some("http://192.0.2.1:4566"));
    kms.create_key().send().await.unwrap();
}

#[tokio::test]
async fn requests_at_once_do_not_get_in_each_others_way() {
    let folder = tempfile::tempdir().unwrap();
    {
        let local = LocalAws::open(folder.path(), "us-east-1").await.unwrap();
        let client = secrets(&local, "us-east-1");
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..20 {
            let client = client.clone();
            tasks.spawn(async move { create(&client, &format!("s{n}")).await });
        }
        tasks.join_all().await;
    }
    let local = LocalAws::open(folder.path(), "us-east-1").await.unwrap();
    let list = secrets(&local, "us-east-1").list_secrets().send().await.unwrap();
    assert_eq!(list.secret_list.unwrap().len(), 20);
}
