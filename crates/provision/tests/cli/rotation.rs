//! Rotation and copies: what is missing is said, and what comes next.

use crate::life::{json, with};
use crate::workplace::{MANIFEST, Workplace};

#[test]
fn rotation_and_replicas_say_what_is_missing() {
    let place = Workplace::applied(MANIFEST);
    let run = place.run(&with(&["rotate", "api-keys"]));
    assert!(run.code == 1 && run.stderr.contains("nobody rotates"), "{}", run.stderr);
    let rotation = "  greeting:
    type: string
    rotation: { lambda_arn: \"arn:aws:lambda:eu-west-1:123456789012:function:r\", every_days: 30 }";
    place.write("secrets.yaml", &MANIFEST.replace("  greeting: { type: string }", rotation));
    let run = place.run(&with(&["rotate", "greeting"]));
    assert!(run.code == 1 && run.stderr.contains("has no value to rotate"), "{}", run.stderr);
    let first = place.run_with(&with(&["set", "greeting"]), b"hello");
    let starts = "shop/dev/greeting: `provision apply --env dev --local` starts its rotation";
    assert!(first.code == 0 && first.stdout.contains(starts), "{} {}", first.stdout, first.stderr);
    let again = place.run_with(&with(&["set", "greeting"]), b"hello again");
    assert!(again.code == 0 && !again.stdout.contains("rotation"), "{}", again.stdout);
    assert_eq!(place.run(&["--env", "prod", "--local", "--yes"]).code, 0);
    let run = place.run(&["promote", "dev", "prod", "greeting", "--local", "--yes"]);
    let starts = "shop/prod/greeting: `provision apply --env prod --local` starts its rotation";
    assert!(run.stdout.contains(starts), "{}", run.stdout);
    let run = place.run(&with(&["rotate", "greeting"]));
    let told = "error: the rotation of shop/dev/greeting is declared and not applied yet\n\
                hint: `provision --env dev --local` sets it up\n";
    assert_eq!((run.code, run.stderr.as_str()), (1, told));
    let run = place.run(&["--env", "dev", "--local", "--yes"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let run = place.run(&with(&["rotate", "greeting"]));
    assert_eq!(run.code, 0, "{}", run.stderr);
    let run = place.run(&with(&["replicate"]));
    assert!(run.code == 0 && run.stdout.contains("No secret has a copy"), "{}", run.stderr);
    // as long as a clock can tell, and longer
    let forever = u64::MAX.to_string();
    let run = place.run(&with(&["replicate", "api-keys", "--wait", &forever, "--output", "json"]));
    let document = json(&run);
    assert_eq!(document["secrets"][0]["replicas"], serde_json::json!([]));
}
