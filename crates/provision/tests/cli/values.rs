//! Values on their way: what a write leaves alone, and what nobody may write or read here.

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::{BehaviorVersion, Region};
use aws_sdk_secretsmanager::types::Tag;
use local_aws::LocalAws;

use crate::workplace::{MANIFEST, Run, Workplace};

const LOCAL: [&str; 3] = ["--env", "dev", "--local"];
const SECRET: &str = "shop/dev/api-keys";

/// What `call` does with the same AWS by the SDK alone
fn by_sdk<T, F: Future<Output = T>>(place: &Workplace, call: impl FnOnce(Client) -> F) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let local = LocalAws::open(&place.path().join(".provision"), "eu-west-1").await.unwrap();
        let config = aws_sdk_secretsmanager::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .http_client(local.http_client())
            .credentials_provider(local.credentials_provider())
            .build();
        call(Client::from_conf(config)).await
    })
}

fn put(place: &Workplace, value: &str) {
    by_sdk(place, |client| async move {
        client.put_secret_value().secret_id(SECRET).secret_string(value).send().await.unwrap();
    });
}

fn value(place: &Workplace) -> String {
    by_sdk(place, |client| async move {
        let answer = client.get_secret_value().secret_id(SECRET).send().await.unwrap();
        answer.secret_string.unwrap()
    })
}

fn set(place: &Workplace, key: &str, value: &str) -> Run {
    place.run_with(&[&["set", "api-keys", key][..], &LOCAL].concat(), value.as_bytes())
}

#[test]
fn what_others_wrote_stays_byte_for_byte() {
    let place = Workplace::applied(MANIFEST);
    let before = "{ \"z\": 123456789012345678901,\n  \"price\" : 1.10, \"TOKEN\": \"old\", \"a\": {\"x\":1e400}\n}\n";
    put(&place, before);
    let run = set(&place, "TOKEN", "n\"w");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(value(&place), before.replace("\"old\"", r#""n\"w""#));
    let run = set(&place, "openai.key", "sk");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(value(&place).ends_with("\"a\": {\"x\":1e400},\"openai.key\":\"sk\"\n}\n"));
}

#[test]
fn an_object_with_a_key_twice_is_left_alone() {
    let place = Workplace::applied(MANIFEST);
    let before = r#"{"TOKEN":"canary1","TOKEN":"canary2"}"#;
    put(&place, before);
    let run = set(&place, "openai.key", "sk");
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("the key `TOKEN` twice"), "{}", run.stderr);
    assert!(!run.stderr.contains("canary"), "{}", run.stderr);
    assert_eq!(value(&place), before);
}

#[test]
fn a_secret_of_somebody_else_is_neither_written_nor_run_with() {
    let place = Workplace::applied(MANIFEST);
    let run = set(&place, "TOKEN", "ours");
    assert_eq!(run.code, 0, "{}", run.stderr);
    for tag in ["managed-by", "project", "environment"] {
        let own = by_sdk(&place, |client| async move {
            client.untag_resource().secret_id(SECRET).tag_keys(tag).send().await.unwrap();
            let other = Tag::builder().key(tag).value("other").build();
            client.tag_resource().secret_id(SECRET).tags(other).send().await.unwrap();
            let told = client.describe_secret().secret_id(SECRET).send().await.unwrap();
            told.version_ids_to_stages
        });
        let before = value(&place);
        let run = set(&place, "TOKEN", "new");
        assert_eq!(run.code, 3, "{tag}: {}", run.stderr);
        assert!(run.stderr.contains(&format!("`{tag}` is `other`")), "{}", run.stderr);
        assert!(run.stderr.contains("hint:") && run.stderr.contains("adopt"), "{}", run.stderr);
        let arguments = [&["set", "api-keys", "TOKEN"][..], &LOCAL, &["--output", "json"]].concat();
        let run = place.run_with(&arguments, b"new");
        let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(document["error"]["kind"], "foreign");
        assert_eq!(value(&place), before);
        let run = place.run(&[&["run"][..], &LOCAL, &["--", "echo", "started"]].concat());
        assert_eq!((run.code, run.stdout.as_str()), (125, ""), "{tag}: {}", run.stderr);
        assert!(run.stderr.contains("adopt"), "{}", run.stderr);
        by_sdk(&place, |client| async move {
            let told = client.describe_secret().secret_id(SECRET).send().await.unwrap();
            assert_eq!(told.version_ids_to_stages, own, "not even a version was put");
            let mine = Tag::builder().key(tag).value(match tag {
                "managed-by" => "lambda-secrets",
                "project" => "shop",
                _ => "dev",
            });
            client.tag_resource().secret_id(SECRET).tags(mine.build()).send().await.unwrap();
        });
        assert_eq!(set(&place, "TOKEN", "ours").code, 0, "with its tags it is ours again");
    }
}

#[test]
fn hints_lead_back_to_the_same_place() {
    let place = Workplace::new("");
    place.write("other.yaml", MANIFEST);
    let flags = ["--file", "other.yaml", "--env", "dev", "--local"];
    let commands: [(&[&str], i32); 2] =
        [(&["set", "api-keys", "TOKEN"], 1), (&["run", "--", "true"], 125)];
    let hints = |said: &str| {
        for (command, code) in commands {
            // in front of `--`
            let run = place.run_with(&[&flags[..], command].concat(), b"x");
            assert_eq!(run.code, code, "{}", run.stderr);
            let hint = format!("`provision {said}--file other.yaml --env dev --local`");
            assert!(run.stderr.contains(&hint), "{hint}: {}", run.stderr);
        }
    };
    hints("");
    assert_eq!(place.run(&[&flags[..], &["--yes"]].concat()).code, 0);
    assert_eq!(place.run(&[&flags[..], &["set", "greeting"]].concat()).code, 1, "empty");
    for (command, value) in [("greeting", "hello"), ("api-keys", "{}")] {
        let key = if command == "api-keys" { &["TOKEN"][..] } else { &[] };
        let run = place.run_with(&[&flags[..], &["set", command], key].concat(), value.as_bytes());
        assert_eq!(run.code, 0, "{}", run.stderr);
    }
    assert_eq!(place.run(&[&["destroy", "--yes"], &flags[..]].concat()).code, 0);
    hints("restore ");
}

#[test]
fn what_is_unknown_is_not_shown_and_what_was_meant_is() {
    let place = Workplace::applied(MANIFEST);
    let cases: &[(&[&str], i32, &str)] = &[
        (&["api-keys", "tokn"], 1, "did you mean `TOKEN`?"),
        (&["api-keys", "ghp_x"], 1, "no such key in `api-keys`"),
        (&["api-keys", "-----BEGIN ghp_x"], 1, "no such key in `api-keys`"),
        (&["greting"], 1, "did you mean `greeting`?"),
        (&["ghp_x"], 1, "no such secret"),
        (&["greeting", "ghp_x"], 64, "never taken from the command line"),
        (&["api-keys", "TOKEN", "ghp_x"], 64, "never taken from the command line"),
        (&["api-keys", "TOKEN", "--value=ghp_x"], 64, "never taken from the command line"),
        (&["api-keys", "TOKEN", "-----BEGIN ghp_x", "y"], 64, "never taken"),
        (&["api-keys", "TOKEN", "--", "ghp_x"], 64, "never taken from the command line"),
    ];
    for (arguments, code, part) in cases {
        let run = place.run_with(&[&LOCAL[..], &["set"], *arguments].concat(), b"x");
        assert_eq!(run.code, *code, "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(part), "{arguments:?}: {}", run.stderr);
        for typed in ["ghp_x", "tokn", "greting"] {
            assert!(!run.stderr.contains(typed), "{arguments:?}: {}", run.stderr);
        }
    }
}

#[test]
fn processes_that_write_different_keys_at_once_all_succeed() {
    let keys: Vec<String> = (0..20).map(|n| format!("K{n}")).collect();
    let manifest = MANIFEST.replace("keys: [BASE_URL]", &format!("keys: [{}]", keys.join(", ")));
    let place = Workplace::applied(&manifest);
    std::thread::scope(|scope| {
        for keys in keys.chunks(5) {
            let place = &place;
            scope.spawn(move || {
                for key in keys {
                    let arguments = [&["set", "config", key][..], &LOCAL].concat();
                    let value = key.to_lowercase();
                    // on a busy machine the queue for the state may be longer than its patience
                    let is_queued = |run: &Run| run.stderr.contains("another process uses");
                    let mut runs = (0..10).map(|_| place.run_with(&arguments, value.as_bytes()));
                    let run = runs.find(|run| !is_queued(run)).expect("the queue moves on");
                    assert_eq!(run.code, 0, "{key}: {}", run.stderr);
                }
            });
        }
    });
    let arguments = [&["run"][..], &LOCAL, &["--", "env"]].concat();
    let run = place.run(&arguments);
    for key in keys {
        let line = format!("{key}={}", key.to_lowercase());
        assert!(run.stdout.lines().any(|l| l == line), "{line}: {}", run.stderr);
    }
}

#[test]
fn a_value_that_a_function_rotates_is_set_with_a_warning() {
    let place = Workplace::applied(MANIFEST);
    assert!(!set(&place, "TOKEN", "one").stderr.contains("rotates"));
    by_sdk(&place, |client| async move {
        let function = "arn:aws:lambda:eu-west-1:123456789012:function:rotation";
        let days = aws_sdk_secretsmanager::types::RotationRulesType::builder()
            .automatically_after_days(30)
            .build();
        let rotate = client.rotate_secret().secret_id(SECRET).rotation_lambda_arn(function);
        rotate.rotation_rules(days).send().await.unwrap();
    });
    let run = set(&place, "TOKEN", "two");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("a function rotates shop/dev/api-keys"), "{}", run.stderr);
    let run = set(&place, "TOKEN", "two");
    assert!(!run.stderr.contains("rotates"), "nothing is set: {}", run.stderr);
    let run = place.run(&[&["rotate", "api-keys"][..], &LOCAL].concat());
    assert!(run.code == 0 && run.stdout.contains("runs no function"), "{}", run.stderr);
    let run = place.run(&[&["get", "api-keys"][..], &LOCAL].concat());
    assert!(run.stdout.contains("rotated by arn:aws:lambda"), "{}", run.stdout);
}

#[test]
fn a_secret_without_room_for_a_label_is_told_and_left_alone() {
    let place = Workplace::applied(MANIFEST);
    assert_eq!(set(&place, "TOKEN", "one").code, 0);
    assert_eq!(set(&place, "TOKEN", "two").code, 0);
    by_sdk(&place, |client| async move {
        let told = client.get_secret_value().secret_id(SECRET).send().await.unwrap();
        let version = told.version_id.unwrap();
        for number in 0..18 {
            let label = format!("theirs-{number}");
            let update = client.update_secret_version_stage().secret_id(SECRET);
            update.version_stage(label).move_to_version_id(&version).send().await.unwrap();
        }
    });
    let before = value(&place);
    let run = set(&place, "TOKEN", "three");
    assert_eq!(run.code, 1, "{}", run.stdout);
    assert!(run.stderr.contains("LimitExceeded"), "{}", run.stderr);
    assert_eq!(value(&place), before);
}

#[test]
fn replicas_are_told_with_their_state() {
    let place = Workplace::applied(MANIFEST);
    assert_eq!(set(&place, "TOKEN", "one").code, 0);
    by_sdk(&place, |client| async move {
        // a secret of that name is there already: its copy fails
        let other = client.config().to_builder().region(Region::new("eu-north-1")).build();
        let other = Client::from_conf(other).create_secret().name(SECRET).secret_string("theirs");
        other.send().await.unwrap();
        let region = |name: &str| {
            aws_sdk_secretsmanager::types::ReplicaRegionType::builder().region(name).build()
        };
        let replicate = client.replicate_secret_to_regions().secret_id(SECRET);
        let regions = vec![region("eu-west-2"), region("eu-north-1")];
        replicate.set_add_replica_regions(Some(regions)).send().await.unwrap();
    });
    for retry in [&[][..], &["--retry"]] {
        let run = place.run(&[&["replicate"][..], &LOCAL, retry].concat());
        assert_eq!(run.code, 2, "a copy has failed: {}", run.stderr);
        assert!(run.stdout.contains("x eu-north-1 failed"), "{}", run.stdout);
        assert!(run.stdout.contains("eu-west-2 in sync"), "{}", run.stdout);
    }
}
