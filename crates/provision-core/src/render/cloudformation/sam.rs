//! The functions of a SAM template.

use serde_json::{Value as Json, json};
use serde_yaml::Mapping;

use super::super::loader;
use super::{Template, attribute, put};
use crate::desired::Holder;

/// The runtime of a function whose manifest names none
const RUNTIME: &str = "provided.al2023";

/// What `sam build` has to be told of a function that is no source of a runtime of AWS's
const BUILD: &str = "\
#
# `sam build` wants to be told what to do with a function of `provided…`, beside its `Type`:
#   Metadata: { BuildMethod: rust-cargolambda }   compiles the crate in `CodeUri` with cargo-lambda; a SAM CLI
#                                                 that takes that for a preview wants `--beta-features`
#   Metadata: { SkipBuild: true }                 takes the program `bootstrap` in `CodeUri` as it is
";

impl Template<'_> {
    /// Returns what to know of the functions before they are built, as comments
    pub(super) fn build(&self) -> &'static str {
        let mut functions = self.subject.declared.functions.values();
        if functions.any(|function| brings_its_program(runtime(function))) { BUILD } else { "" }
    }

    /// The functions that get their secrets from the layer: those of a managed runtime
    pub(super) fn wrapped(&self) -> impl Iterator<Item = &str> {
        let functions = self.subject.declared.functions.values();
        functions.map(runtime).filter(|runtime| !brings_its_program(runtime))
    }

    /// Adds the functions to the resources
    pub(super) fn add_functions(&self, resources: &mut Mapping) {
        let variables = loader::variables(self.subject);
        for (role_name, role) in &self.desired().roles {
            let Holder::Function { key, name } = &role.holder else { continue };
            let declared = self.subject.declared.functions.get(key);
            let runtime = declared.map_or(RUNTIME, runtime);
            let wrapped = !brings_its_program(runtime);
            let mut environment: Vec<(String, String)> =
                variables.get(key).cloned().unwrap_or_default();
            let mut properties = json!({
                "FunctionName": name,
                "Role": attribute(&self.id(role_name.as_str(), "Role"), "Arn"),
                "Runtime": runtime,
                "Handler": if wrapped { "app.handler" } else { "bootstrap" },
                "CodeUri": format!("functions/{key}/"),
                "Architectures": ["x86_64"],
                "MemorySize": 256,
                "Timeout": 15,
                "Tags": self.owned(),
            });
            if wrapped && !environment.is_empty() {
                let wrapper = "/opt/lambda-secrets".to_owned();
                environment.push(("AWS_LAMBDA_EXEC_WRAPPER".to_owned(), wrapper));
                properties["Layers"] = json!([{ "Ref": "LayerArn" }]);
            }
            if !environment.is_empty() {
                let variables: serde_json::Map<String, Json> =
                    environment.into_iter().map(|(name, text)| (name, json!(text))).collect();
                properties["Environment"] = json!({ "Variables": variables });
            }
            put(
                resources,
                &self.id(key.as_str(), "Function"),
                "AWS::Serverless::Function",
                properties,
            );
        }
    }
}

/// Whether the function is a program of its own, which no layer can wrap
fn brings_its_program(runtime: &str) -> bool {
    runtime.starts_with("provided")
}

fn runtime(function: &crate::manifest::Function) -> &str {
    function.runtime.as_deref().unwrap_or(RUNTIME)
}
