//! LS022: cloudFormation writes a secret into a function's variables.

use super::prelude::*;
pub(in crate::check) const RULE: Rule = Rule {
    id: "LS022",
    name: "resolved-variable",
    severity: Severity::Error,
    title: "CloudFormation writes a secret into a function's variables",
    why: "`{{resolve:secretsmanager:…}}` in `Environment` is replaced when the stack is deployed: the value then stands in the function's configuration for everybody who may read that, and stays the old one when the secret changes.",
    hint: "read it at run time: attach the layer, or call `load_secrets_to_env`",
    look: Look::Tree(look),
};

fn look(tree: &Node, _: &Context<'_>, spots: &mut Spots) {
    tree.walk(&mut |path, node| {
        let Value::Text(text) = &node.value else { return };
        let in_variables = path.windows(2).any(|pair| pair == ["Environment", "Variables"]);
        if in_variables
            && ["{{resolve:secretsmanager:", "{{resolve:ssm-secure:"]
                .iter()
                .any(|r| text.contains(r))
        {
            // the innermost key that is no function of CloudFormation
            let name = path.iter().rev().find(|key| !key.starts_with("Fn::")).unwrap_or(&"?");
            spots.at(node.span, format!("the variable `{name}` holds the value of a secret"));
        }
    });
}
