//! IAM: the embedded service, and in front of it what it leaves out.
//!
//! Wrapped: everything that is read about roles (the service leaves out tags, descriptions and
//! boundaries), the boundary of CreateRole, malformed policies and sizes, AWS's own managed
//! policies, paging, text that is not ASCII. Nothing is enforced: every call is allowed.

mod checks;
mod managed;
mod roles;

use winterbaume_core::{MockResponse, MockService, StatefulService};
use winterbaume_iam::{IamService, IamStateView};

use crate::ACCOUNT;
use crate::answer::xml_refusal;
use crate::request::{Request, form_value};
use checks::Refusal;

/// IAM has one region.
const REGION: &str = "us-east-1";

pub(crate) struct Iam {
    service: IamService,
}

impl Iam {
    pub(crate) fn new() -> Self {
        Self { service: IamService::new() }
    }

    pub(crate) async fn answer(&self, request: &Request) -> MockResponse {
        let answer = match self.try_answer(request).await {
            Ok(answer) => answer,
            Err(Refusal { status, code, message }) => return xml_refusal(status, code, &message),
        };
        as_utf8(answer)
    }

    async fn try_answer(&self, request: &Request) -> Result<MockResponse, Refusal> {
        let field = |name: &str| form_value(&request.body, name);
        checks::check_documents(request)?;
        match request.operation.as_str() {
            "CreateRole" => {
                checks::check_role(request, &self.save().await)?;
                let boundary = field("PermissionsBoundary");
                if let Some(arn) = &boundary {
                    self.know_policy(arn).await?;
                }
                let answer = self.forward(request).await;
                if answer.status != 200 {
                    return Ok(answer);
                }
                let name = field("RoleName").unwrap_or_default();
                if let Some(arn) = boundary {
                    self.change_role(&name, |role| role.permissions_boundary = Some(arn)).await;
                }
                roles::created(&self.save().await, &name)
            }
            "AttachRolePolicy" | "PutRolePermissionsBoundary" => {
                let arn = field("PolicyArn").or_else(|| field("PermissionsBoundary"));
                self.know_policy(&arn.unwrap_or_default()).await?;
                self.check_attachments(request).await?;
                Ok(self.forward(request).await)
            }
            "GetPolicy" | "GetPolicyVersion" => {
                let arn = field("PolicyArn").unwrap_or_default();
                self.know_policy(&arn).await?;
                if request.operation == "GetPolicyVersion" && managed::is_without_text(&arn) {
                    let message = format!("The text of {arn} is not known to the local AWS.");
                    return Err(Refusal::new(501, "NotImplemented", message));
                }
                Ok(self.forward(request).await)
            }
            "PutRolePolicy" => {
                checks::check_inline_size(request, &self.save().await)?;
                Ok(self.forward(request).await)
            }
            "TagRole" => {
                checks::check_tags(request, &self.save().await)?;
                Ok(self.forward(request).await)
            }
            _ => match roles::read(request, &self.save().await) {
                Some(answer) => answer,
                None => Ok(self.forward(request).await),
            },
        }
    }

    async fn check_attachments(&self, request: &Request) -> Result<(), Refusal> {
        if request.operation != "AttachRolePolicy" {
            return Ok(());
        }
        checks::check_attached(request, &self.save().await)
    }

    /// Makes a managed policy of AWS known; every other policy must have been created.
    async fn know_policy(&self, arn: &str) -> Result<(), Refusal> {
        let view = self.save().await;
        if view.policies.contains_key(arn) {
            return Ok(());
        }
        let policy = managed::policy(arn).ok_or_else(|| {
            Refusal::new(
                404,
                "NoSuchEntity",
                format!("Policy {arn} does not exist or is not attachable."),
            )
        })?;
        let mut with = IamStateView::default();
        with.policies.insert(arn.to_owned(), policy);
        // the service's merge cannot fail: it converts one struct into another
        let _ = self.service.merge(ACCOUNT, REGION, with).await;
        Ok(())
    }

    async fn change_role(
        &self,
        name: &str,
        change: impl FnOnce(&mut winterbaume_iam::views::RoleView),
    ) {
        let mut view = self.save().await;
        if let Some(role) = view.roles.get_mut(name) {
            change(role);
        }
        self.load(view).await;
    }

    async fn forward(&self, request: &Request) -> MockResponse {
        self.service.handle(request.embedded("iam.amazonaws.com", None)).await
    }

    pub(crate) async fn save(&self) -> IamStateView {
        self.service.snapshot(ACCOUNT, REGION).await
    }

    pub(crate) async fn load(&self, view: IamStateView) {
        // the service's restore cannot fail: it converts one struct into another
        let _ = self.service.restore(ACCOUNT, REGION, view).await;
    }
}

/// The service takes every percent-escape for a character of its own. Characters back to bytes
/// give what was sent: `C3 A9` became `Ã©` and is `é` again.
fn as_utf8(mut answer: MockResponse) -> MockResponse {
    let Ok(text) = std::str::from_utf8(&answer.body) else { return answer };
    let bytes: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(c).ok()).collect();
    if let Some(bytes) = bytes
        && std::str::from_utf8(&bytes).is_ok()
    {
        answer.body = bytes.into();
    }
    answer
}
