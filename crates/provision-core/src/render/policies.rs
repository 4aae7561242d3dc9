//! Every policy as a file, named by what it stands on and the environment.

use super::{Files, Format, Subject, head};
use crate::desired::{Desired, DesiredReplica};
use crate::policy::Document;

/// Returns the policies of keys, secrets and roles, and a page that says what they are
pub(super) fn files(subject: Subject<'_>) -> Files {
    let Desired { project, environment, key, secrets, replicas, policies, roles, .. } =
        subject.desired;
    let mut files = Files::new();
    let mut add = |folder: &str, name: &str, document: &Document| {
        let name = name.replace('/', "_");
        let plain = format!("{folder}/{name}.json");
        // `a/b` and `a_b` are two secrets
        let numbered = (2..).map(|number| format!("{folder}/{name}.{number}.json"));
        let path = std::iter::once(plain).chain(numbered).find(|path| !files.contains_key(path));
        files.insert(path.unwrap_or_default(), pretty(document));
    };
    add("keys", &format!("{project}-{environment}"), &key.policy);
    for (region, replica) in replicas {
        if let DesiredReplica::Own(key) = replica {
            add("keys", &format!("{project}-{environment}.{region}"), &key.policy);
        }
    }
    for (name, secret) in secrets {
        if let Some(policy) = &secret.resource_policy {
            add("secrets", name.as_str(), policy);
        }
    }
    for (name, policy) in policies {
        add("managed", name.as_str(), &policy.document);
    }
    for (name, role) in roles {
        add("roles", &format!("{name}.trust"), &role.trust);
        for (policy, document) in &role.inline {
            add("roles", &format!("{name}.{policy}"), document);
        }
    }
    let made = head(subject, Format::Policies).replace("# ", "");
    files.insert("README.md".to_owned(), format!("# Policies\n\n{made}\n{LEGEND}"));
    files
}

const LEGEND: &str = "\
| folder | holds |
|---|---|
| `keys` | the policy of each KMS key; the region stands in the name of a key of copies |
| `secrets` | the policy on a secret itself |
| `managed` | managed policies of the environment |
| `roles` | `ROLE.trust.json`: who may take the role; `ROLE.POLICY.json`: its inline policies |

`${ACCOUNT}`, `${KEY_ARN}` and `${KEY_ARN:REGION}` stand for what is not known before the environment exists:
the account where the manifest names none, and the ARNs of KMS keys. AWS takes no policy that holds one of them.
";

fn pretty(document: &Document) -> String {
    format!("{:#}\n", document.to_value())
}
