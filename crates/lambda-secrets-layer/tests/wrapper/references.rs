//! Variables that name where their value is.

use crate::harness::Function;
use crate::server::Reply;

const ARN: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/prod/api-keys-AbCdEf";

fn shop() -> Function {
    let function = Function::new();
    function
        .secrets
        .text("shop/prod/api-keys", r#"{"STRIPE":"canary-stripe","OTHER":"canary-other"}"#);
    function.secrets.text("shop/prod/database", "canary-database");
    function.secrets.text(ARN, r#"{"STRIPE":"canary-by-arn"}"#);
    function
}

#[test]
fn references_alone_are_configuration_enough() {
    let outcome = shop()
        .set("STRIPE_KEY", "secret:shop/prod/api-keys#STRIPE")
        .set("DATABASE_URL", "secret:shop/prod/database")
        .set("BY_ARN", &format!("{ARN}:STRIPE::"))
        .set("PLAIN_ARN", ARN)
        .start()
        .started();
    assert_eq!(outcome.variable("STRIPE_KEY"), Some("canary-stripe"));
    assert_eq!(outcome.variable("DATABASE_URL"), Some("canary-database"));
    assert_eq!(outcome.variable("BY_ARN"), Some("canary-by-arn"));
    assert_eq!(outcome.variable("PLAIN_ARN"), Some(ARN), "an ARN alone is one");
    assert_eq!(outcome.variable("OTHER"), None, "only what is named is set");
}

#[test]
fn a_secret_is_read_once_however_many_variables_name_it() {
    let function = Function::miyabi()
        .set("ONE", "secret:miyabi/prod/api-keys#GITHUB_TOKEN")
        .set("TWO", "secret:miyabi/prod/api-keys#openai.key");
    let outcome = function.start().started();
    assert_eq!(outcome.variable("ONE"), Some("canary-github"));
    assert_eq!(outcome.variable("TWO"), Some("canary-openai"));
    let mut asked = function.secrets.asked();
    asked.sort();
    assert_eq!(asked, ["miyabi/prod/api-keys", "miyabi/prod/config"]);
}

#[test]
fn a_reference_that_leads_nowhere_stops_the_function() {
    let missing = shop().set("STRIPE_KEY", "secret:shop/prod/missing#STRIPE");
    missing.start().failed(69, "LambdaSecrets.NotFound", &["shop/prod/missing"]);
    let key = shop().set("STRIPE_KEY", "secret:shop/prod/api-keys#STRYPE");
    let says = ["`shop/prod/api-keys` has no key `STRYPE`; it has STRIPE and OTHER"];
    key.start().failed(65, "LambdaSecrets.KeyMissing", &says);
    let broken = shop().set("STRIPE_KEY", "secret:my canary text");
    broken.start().failed(64, "LambdaSecrets.InvalidReference", &["`STRIPE_KEY`"]);
    let reserved = shop().set("NODE_OPTIONS", "secret:shop/prod/database");
    reserved.start().failed(65, "LambdaSecrets.ReservedName", &["`NODE_OPTIONS`"]);
    let binary = shop().answers("shop/prod/cert", Reply::Binary(vec![0, 1, 2]));
    let binary = binary.set("CERT", "secret:shop/prod/cert");
    binary.start().failed(65, "LambdaSecrets.NotText", &["shop/prod/cert", "binary"]);
}

#[test]
fn on_request_a_reference_that_leads_nowhere_stays_as_it_was_written() {
    let missing = "secret:shop/prod/missing#STRIPE";
    let function = shop()
        .set("MISSING", missing)
        .set("STRIPE_KEY", "secret:shop/prod/api-keys#STRIPE")
        .set("LAMBDA_SECRETS_ON_ERROR", "continue");
    let outcome = function.start().started();
    assert_eq!(outcome.variable("MISSING"), Some(missing));
    assert_eq!(outcome.variable("STRIPE_KEY"), Some("canary-stripe"));
    assert!(outcome.stderr.contains("WARN lambda-secrets: "), "{}", outcome.stderr);
}
