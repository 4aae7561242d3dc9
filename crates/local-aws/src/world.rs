//! All services together. One request at a time, and a change is on the disk before its answer.

use std::collections::{BTreeMap, BTreeSet};

use tokio::sync::Mutex;
use winterbaume_core::MockResponse;

use crate::answer::{json_refusal, xml_refusal};
use crate::directory::Directory;
use crate::iam::Iam;
use crate::kms::Kms;
use crate::request::Request;
use crate::secrets_manager::SecretsManager;
use crate::state::{Region, State, VERSION};
use crate::sts::Sts;

pub(crate) struct World {
    kms: Kms,
    iam: Iam,
    sts: Sts,
    secrets_manager: SecretsManager,
    /// Regions that were asked for; holding it is the turn of one request.
    regions: Mutex<BTreeSet<String>>,
    directory: Option<Directory>,
}

impl World {
    pub(crate) fn new(directory: Option<Directory>) -> Self {
        Self {
            kms: Kms::new(),
            iam: Iam::new(),
            sts: Sts::new(),
            secrets_manager: SecretsManager::new(),
            regions: Mutex::default(),
            directory,
        }
    }

    /// Makes a region known.
    pub(crate) async fn touch(&self, region: &str) {
        self.regions.lock().await.insert(region.to_owned());
    }

    /// Answers one request, after those that came before it.
    pub(crate) async fn answer(&self, request: Request) -> MockResponse {
        let mut regions = self.regions.lock().await;
        regions.insert(request.region.clone());
        let answer = match request.service.as_str() {
            "secretsmanager" => self.secrets_manager.answer(&request, &self.kms).await,
            "kms" => self.kms.answer(&request).await,
            "iam" => self.iam.answer(&request).await,
            "sts" => self.sts.answer(&request).await,
            other => return not_simulated(other),
        };
        if answer.status == 200
            && request.writes()
            && let Some(directory) = &self.directory
            && let Err(error) = directory.save(&self.snapshot(&regions).await)
        {
            return not_saved(&request.service, &error);
        }
        answer
    }

    async fn snapshot(&self, known: &BTreeSet<String>) -> State {
        let mut regions: BTreeMap<String, Region> =
            known.iter().map(|name| (name.clone(), Region::default())).collect();
        // first, because a replica may be the first thing in its region
        self.secrets_manager.save(&mut regions).await;
        self.kms.save(&mut regions).await;
        State { version: VERSION, iam: self.iam.save().await, regions }
    }

    pub(crate) async fn restore(&self, state: State) {
        let mut known = self.regions.lock().await;
        self.iam.load(state.iam).await;
        for (name, region) in state.regions {
            self.kms.load(&name, region.kms, region.rotation_days).await;
            self.secrets_manager.load(&name, region.secrets).await;
            known.insert(name);
        }
    }
}

/// An error that the SDK does not try again: a second try would change the state a second time.
fn not_saved(service: &str, error: &std::io::Error) -> MockResponse {
    let message = format!("the change is made but could not be saved: {error}");
    match service {
        "iam" | "sts" => xml_refusal(400, "LocalStateNotSaved", &message),
        _ => json_refusal("LocalStateNotSaved", &message),
    }
}

fn not_simulated(service: &str) -> MockResponse {
    const CODE: &str = "NotSimulatedLocally";
    let mut answer = json_refusal(CODE, &format!("`{service}` is not simulated locally"));
    // services that speak REST take the code from here; those that speak XML find no code
    answer.headers.insert("x-amzn-errortype", http::HeaderValue::from_static(CODE));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_service_that_is_not_simulated_says_so() {
        let world = World::new(None);
        let request = Request::json("lambda", "us-east-1", "Invoke", &serde_json::json!({}));
        let answer = world.answer(request).await;
        assert_eq!(answer.status, 400);
        assert!(
            String::from_utf8_lossy(&answer.body).contains("`lambda` is not simulated locally")
        );
    }

    #[tokio::test]
    async fn what_is_simulated_answers_for_itself() {
        let world = World::new(None);
        for service in crate::SIMULATED {
            let request = Request::json(service, "us-east-1", "Nothing", &serde_json::json!({}));
            let answer = world.answer(request).await;
            assert!(!String::from_utf8_lossy(&answer.body).contains("not simulated locally"));
        }
    }
}
