//! A client written by hand, as small as it gets: the signature, one agent, two secrets in turn.
//!
//! No retries, no deadlines, no typed errors, no session token. Prints the microseconds that the
//! calls took.

use std::io::Write;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let started = Instant::now();
    let variable = |name: &str| std::env::var(name);
    let root = Certificate::from_pem(&std::fs::read(variable("AWS_CA_BUNDLE")?)?)?;
    let tls = TlsConfig::builder().root_certs(RootCerts::new_with_certs(&[root])).build();
    let agent = Agent::new_with_config(Agent::config_builder().tls_config(tls).build());
    let url = variable("AWS_ENDPOINT_URL_SECRETS_MANAGER")?;
    let host = url.trim_start_matches("https://");
    for id in ["bench/prod/api-keys", "bench/prod/config"] {
        let body = format!("{{\"SecretId\":\"{id}\"}}");
        let (date, authorization) = sign(host, &body)?;
        let mut answer = agent
            .post(format!("{url}/"))
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", "secretsmanager.GetSecretValue")
            .header("x-amz-date", date)
            .header("authorization", authorization)
            .send(body)?;
        let answer: serde_json::Value =
            serde_json::from_str(&answer.body_mut().read_to_string()?)?;
        let text = answer["SecretString"].as_str().ok_or("no text")?;
        let keys: serde_json::Map<String, serde_json::Value> = serde_json::from_str(text)?;
        for (key, value) in keys {
            // SAFETY: this program has one thread
            unsafe { std::env::set_var(key, value.as_str().ok_or("no text")?) };
        }
    }
    writeln!(std::io::stdout(), "{}", started.elapsed().as_micros())?;
    Ok(())
}

/// The date, and the header that signs the request.
fn sign(host: &str, body: &str) -> Result<(String, String), Failure> {
    let region = std::env::var("AWS_REGION")?;
    let date = now()?;
    let day = &date[..8];
    let canonical = format!(
        "POST\n/\n\ncontent-type:application/x-amz-json-1.1\nhost:{host}\nx-amz-date:{date}\n\
         x-amz-target:secretsmanager.GetSecretValue\n\ncontent-type;host;x-amz-date;x-amz-target\n{}",
        hex::encode(Sha256::digest(body))
    );
    let scope = format!("{day}/{region}/secretsmanager/aws4_request");
    let text =
        format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hex::encode(Sha256::digest(canonical)));
    let mut key = format!("AWS4{}", std::env::var("AWS_SECRET_ACCESS_KEY")?).into_bytes();
    for part in [day, &region, "secretsmanager", "aws4_request"] {
        key = mac(&key, part)?;
    }
    let signature = hex::encode(mac(&key, &text)?);
    let id = std::env::var("AWS_ACCESS_KEY_ID")?;
    let header = format!(
        "AWS4-HMAC-SHA256 Credential={id}/{scope}, \
         SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature={signature}"
    );
    Ok((date, header))
}

fn mac(key: &[u8], text: &str) -> Result<Vec<u8>, Failure> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key)?;
    mac.update(text.as_bytes());
    Ok(mac.finalize().into_bytes().to_vec())
}

/// Such as `20261127T133000Z`.
fn now() -> Result<String, Failure> {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // civil from days, years that begin in March
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let of_era = shifted % 146_097;
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
    Ok(format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z"))
}
