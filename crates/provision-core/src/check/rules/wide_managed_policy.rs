//! LS025: a managed policy of AWS opens every secret.

use super::prelude::*;
pub(in crate::check) const RULE: Rule = Rule {
    id: "LS025",
    name: "wide-managed-policy",
    severity: Severity::Error,
    title: "A managed policy of AWS opens every secret",
    why: "`SecretsManagerReadWrite`, `AdministratorAccess` and their like read every secret of the account, and undo whatever the role's own policy leaves out.",
    hint: "attach the policy that `provision` makes, or name the secrets",
    look: Look::Tree(look),
};

const WIDE: [&str; 5] = [
    "AWSKeyManagementServicePowerUser",
    "AdministratorAccess",
    "IAMFullAccess",
    "PowerUserAccess",
    "SecretsManagerReadWrite",
];

fn look(tree: &Node, _: &Context<'_>, spots: &mut Spots) {
    tree.walk(&mut |path, node| {
        let Value::Text(text) = &node.value else { return };
        let attached = ["ManagedPolicyArns", "Policies", "policies", "PermissionsBoundary"];
        // the innermost key that is no function of CloudFormation
        let place = path.iter().rev().find(|key| !key.starts_with("Fn::"));
        if !place.is_some_and(|key| attached.contains(key)) {
            return;
        }
        let name = text.rsplit('/').next().unwrap_or_default();
        if WIDE.contains(&name) {
            spots.at(node.span, format!("`{name}` opens every secret of the account"));
        }
    });
}
