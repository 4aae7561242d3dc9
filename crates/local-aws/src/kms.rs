//! KMS: the embedded service, and in front of it what it leaves out.
//!
//! Wrapped: the policy of CreateKey, malformed policies and lock-out, the rotation period, paging,
//! key states, windows, alias names, tag limits, on-demand rotation (the service would lose what
//! the old material sealed). Left as they are: grants, asymmetric keys, imports, key stores.

mod checks;
mod data_key;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};
use winterbaume_core::{MockResponse, MockService, StatefulService};
use winterbaume_kms::{KmsService, KmsStateView};

use crate::ACCOUNT;
use crate::answer::{json_body, json_refusal};
use crate::request::Request;
use checks::Refusal;

/// The days between rotations where nothing else was asked for.
const ROTATION_DAYS: u32 = 365;

/// The keys of every region.
pub(crate) struct Kms {
    service: KmsService,
    /// Days between rotations by region and key id.
    rotation_days: Mutex<BTreeMap<(String, String), u32>>,
}

impl Kms {
    pub(crate) fn new() -> Self {
        Self { service: KmsService::new(), rotation_days: Mutex::default() }
    }

    pub(crate) async fn answer(&self, request: &Request) -> MockResponse {
        match self.try_answer(request).await {
            Ok(answer) => answer,
            Err(Refusal { code, message }) => json_refusal(code, &message),
        }
    }

    async fn try_answer(&self, request: &Request) -> Result<MockResponse, Refusal> {
        let body: Value = serde_json::from_slice(&request.body)
            .map_err(|_| Refusal::new("SerializationException", "the body is not JSON"))?;
        checks::check_key_reference(request, &body)?;
        match request.operation.as_str() {
            "CreateKey" => self.create_key(request, &body).await,
            "PutKeyPolicy" => {
                checks::check_policy_request(&body)?;
                Ok(self.forward(request).await)
            }
            "CreateAlias" | "UpdateAlias" => {
                checks::check_alias(&body)?;
                self.check_not_pending(request, &body["TargetKeyId"]).await?;
                Ok(self.forward(request).await)
            }
            "TagResource" => {
                let tags = self.key(request, &body["KeyId"]).await.map(|key| key.tags);
                checks::check_tags(&body["Tags"], tags.unwrap_or_default())?;
                Ok(self.forward(request).await)
            }
            "EnableKeyRotation" => self.enable_rotation(request, &body).await,
            "GetKeyRotationStatus" => self.rotation_status(request, &body).await,
            "RotateKeyOnDemand" => self.rotate(request, &body).await,
            "ScheduleKeyDeletion" => self.schedule_deletion(request, &body).await,
            "CancelKeyDeletion" => self.cancel_deletion(request, &body).await,
            "ListKeys" => self.paged(request, &body, "Keys", "KeyId", 100).await,
            "ListAliases" => self.paged(request, &body, "Aliases", "AliasName", 50).await,
            "ListResourceTags" => self.paged(request, &body, "Tags", "TagKey", 50).await,
            _ => Ok(self.forward(request).await),
        }
    }

    async fn create_key(&self, request: &Request, body: &Value) -> Result<MockResponse, Refusal> {
        checks::check_tags(&body["Tags"], Default::default())?;
        if body.get("Policy").is_some() {
            checks::check_policy_request(body)?;
        }
        let answer = self.forward(request).await;
        if let Some(policy) = body["Policy"].as_str()
            && let Ok(created) = serde_json::from_slice::<Value>(&answer.body)
            && let Some(id) = created["KeyMetadata"]["KeyId"].as_str()
        {
            let put = json!({ "KeyId": id, "Policy": policy });
            self.forward(&Request::json("kms", &request.region, "PutKeyPolicy", &put)).await;
        }
        Ok(answer)
    }

    async fn enable_rotation(
        &self,
        request: &Request,
        body: &Value,
    ) -> Result<MockResponse, Refusal> {
        let days = checks::rotation_days(body)?;
        let key = self.key(request, &body["KeyId"]).await;
        if let Some(key) = &key
            && key.key_state == "Disabled"
        {
            return Err(Refusal::new("DisabledException", format!("{} is disabled.", key.arn)));
        }
        let answer = self.forward(request).await;
        if answer.status == 200
            && let Some(key) = key
        {
            let mut periods = self.rotation_days.lock().unwrap_or_else(PoisonError::into_inner);
            let id = (request.region.clone(), key.key_id);
            // enabling what is enabled without naming a period keeps the period
            match days {
                Some(days) => _ = periods.insert(id, days),
                None if !key.key_rotation_enabled => _ = periods.remove(&id),
                None => {}
            }
        }
        Ok(answer)
    }

    async fn rotation_status(
        &self,
        request: &Request,
        body: &Value,
    ) -> Result<MockResponse, Refusal> {
        let Some(key) = self.key(request, &body["KeyId"]).await else {
            return Ok(self.forward(request).await);
        };
        let pending = key.key_state == "PendingDeletion";
        if !key.key_rotation_enabled || pending {
            return Ok(json_body(&json!({ "KeyId": key.arn, "KeyRotationEnabled": false })));
        }
        let periods = self.rotation_days.lock().unwrap_or_else(PoisonError::into_inner);
        let days =
            periods.get(&(request.region.clone(), key.key_id)).copied().unwrap_or(ROTATION_DAYS);
        Ok(json_body(&json!({
            "KeyId": key.arn, "KeyRotationEnabled": true, "RotationPeriodInDays": days,
        })))
    }

    /// Rotates on demand and keeps the material: the service knows one material per key, and a
    /// new one would make everything that is sealed unreadable.
    async fn rotate(&self, request: &Request, body: &Value) -> Result<MockResponse, Refusal> {
        let Some(key) = self.key(request, &body["KeyId"]).await else {
            return Ok(self.forward(request).await);
        };
        if key.key_state == "Disabled" {
            return Err(Refusal::new("DisabledException", format!("{} is disabled.", key.arn)));
        }
        let rotations = self.view(&request.region).await.key_rotations;
        if rotations.get(&key.key_id).is_some_and(|done| done.len() >= 25) {
            return Err(Refusal::new(
                "LimitExceededException",
                "a key is rotated on demand at most 25 times",
            ));
        }
        let answer = self.forward(request).await;
        let mut view = self.view(&request.region).await;
        if let Some(rotated) = view.keys.get_mut(&key.key_id) {
            rotated.key_material = key.key_material;
        }
        self.replace(&request.region, view).await;
        Ok(answer)
    }

    async fn schedule_deletion(
        &self,
        request: &Request,
        body: &Value,
    ) -> Result<MockResponse, Refusal> {
        self.check_not_pending(request, &body["KeyId"]).await?;
        let answer = self.forward(request).await;
        let days = body["PendingWindowInDays"].as_i64().unwrap_or(30);
        let extra = json!({ "PendingWindowInDays": days });
        Ok(self.with_key_arn(request, body, answer, extra).await)
    }

    async fn cancel_deletion(
        &self,
        request: &Request,
        body: &Value,
    ) -> Result<MockResponse, Refusal> {
        let answer = self.forward(request).await;
        Ok(self.with_key_arn(request, body, answer, json!({})).await)
    }

    /// The service answers with the key's id where AWS gives its ARN.
    async fn with_key_arn(
        &self,
        request: &Request,
        body: &Value,
        answer: MockResponse,
        extra: Value,
    ) -> MockResponse {
        let told = serde_json::from_slice::<Value>(&answer.body);
        let (200, Ok(mut told), Some(key)) =
            (answer.status, told, self.key(request, &body["KeyId"]).await)
        else {
            return answer;
        };
        told["KeyId"] = json!(key.arn);
        for (field, value) in extra.as_object().into_iter().flatten() {
            told[field] = value.clone();
        }
        json_body(&told)
    }

    async fn check_not_pending(&self, request: &Request, key: &Value) -> Result<(), Refusal> {
        match self.key(request, key).await {
            Some(key) if key.key_state == "PendingDeletion" => Err(Refusal::new(
                "KMSInvalidStateException",
                format!("{} is pending deletion.", key.arn),
            )),
            _ => Ok(()),
        }
    }

    /// Asks the service for a whole list and gives out one page of it, sorted.
    async fn paged(
        &self,
        request: &Request,
        body: &Value,
        list: &str,
        sort_by: &str,
        default_limit: usize,
    ) -> Result<MockResponse, Refusal> {
        let answer = self.forward(request).await;
        let Ok(mut told) = serde_json::from_slice::<Value>(&answer.body) else { return Ok(answer) };
        let Some(items) = told[list].as_array_mut() else { return Ok(answer) };
        let name = |item: &Value| item[sort_by].as_str().unwrap_or_default().to_owned();
        items.sort_by_key(name);
        let limit = match body["Limit"].as_u64() {
            None => default_limit,
            Some(limit @ 1..=1000) => limit as usize,
            Some(_) => return Err(Refusal::new("ValidationException", "Limit must be 1 to 1000")),
        };
        if let Some(marker) = body["Marker"].as_str() {
            let last = marker
                .strip_prefix("after:")
                .ok_or_else(|| Refusal::new("InvalidMarkerException", "the marker is not valid"))?;
            items.retain(|item| name(item).as_str() > last);
        }
        let truncated = items.len() > limit;
        items.truncate(limit);
        let next = items.last().map(name).filter(|_| truncated);
        told["Truncated"] = json!(truncated);
        if let Some(next) = next {
            told["NextMarker"] = json!(format!("after:{next}"));
        }
        Ok(json_body(&told))
    }

    pub(crate) async fn forward(&self, request: &Request) -> MockResponse {
        let host = format!("kms.{}.amazonaws.com", request.region);
        self.service.handle(request.embedded(&host, Some("TrentService"))).await
    }

    async fn view(&self, region: &str) -> KmsStateView {
        self.service.snapshot(ACCOUNT, region).await
    }

    async fn replace(&self, region: &str, view: KmsStateView) {
        // the service's restore cannot fail: it converts one struct into another
        let _ = self.service.restore(ACCOUNT, region, view).await;
    }

    /// Returns the key behind an id, ARN, alias or alias ARN.
    async fn key(
        &self,
        request: &Request,
        reference: &Value,
    ) -> Option<winterbaume_kms::views::KeyView> {
        let reference = reference.as_str()?;
        let mut view = self.view(&request.region).await;
        let name = match reference.split_once(":alias/") {
            Some((_, alias)) => format!("alias/{alias}"),
            None => reference.to_owned(),
        };
        let id = match view.aliases.get(&name) {
            Some(alias) => alias.target_key_id.clone(),
            None => name.rsplit("key/").next().unwrap_or(&name).to_owned(),
        };
        view.keys.remove(&id)
    }

    /// Returns the keys of a region and the rotation periods that are not the default.
    pub(crate) async fn save(&self, region: &str) -> (KmsStateView, BTreeMap<String, u32>) {
        let periods = self.rotation_days.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let here = periods.into_iter().filter(|((name, _), _)| name == region);
        let periods = here.map(|((_, key), days)| (key, days)).collect();
        (self.view(region).await, periods)
    }

    pub(crate) async fn load(
        &self,
        name: &str,
        mut region: KmsStateView,
        periods: BTreeMap<String, u32>,
    ) {
        let gone: Vec<String> = region
            .keys
            .values()
            .filter(|key| key.deletion_date.as_deref().is_some_and(checks::is_past))
            .map(|key| key.key_id.clone())
            .collect();
        for id in &gone {
            region.keys.remove(id);
            region.key_policies.remove(id);
        }
        region.aliases.retain(|_, alias| !gone.contains(&alias.target_key_id));
        self.replace(name, region).await;
        self.rotation_days
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(periods.into_iter().map(|(key, days)| ((name.to_owned(), key), days)));
    }
}
