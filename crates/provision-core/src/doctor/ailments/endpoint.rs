//! LD052: a function is told to ask somebody else than AWS.

use super::prelude::*;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD052",
    name: "endpoint",
    severity: Severity::Warning,
    layer: Layer::Network,
    title: "A function is told to ask somebody else than AWS",
    look: Look::Situation(look),
};

/// The variables that say so, the one that counts first
const SETTINGS: [&str; 2] = ["AWS_ENDPOINT_URL_SECRETS_MANAGER", "AWS_ENDPOINT_URL"];
/// What the hosts of AWS end in, those of interface endpoints among them
const OF_AWS: [&str; 4] = [".amazonaws.com", ".amazonaws.com.cn", ".api.aws", ".amazonaws.eu"];

fn look(s: &Situation<'_>, spots: &mut Spots) {
    for (name, live, ..) in s.live_functions() {
        let ignored = live.settings.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
        if ignored.is_some_and(|value| value.eq_ignore_ascii_case("true")) {
            continue;
        }
        let set = SETTINGS.iter().find_map(|set| live.settings.get(*set).map(|url| (*set, url)));
        let Some((setting, url)) = set else { continue };
        let host = host(url);
        if !OF_AWS.iter().any(|end| host.ends_with(end)) {
            spots.hint(
                format!("function `{name}` has {setting} with the host `{host}`: it asks there for its secrets, and not AWS"),
                "take the variable out where the function's variables are declared, unless that is meant",
                Vec::new(),
            );
        }
    }
}

/// The host of an address: who calls there, and the path, may be nobody else's business
fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    host.split(':').next().unwrap_or_default().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::host;

    #[test]
    fn of_an_address_only_the_host_is_told() {
        for (url, expected) in [
            ("http://localhost:4566", "localhost"),
            ("https://user:word@proxy.example:8080/path?key=x", "proxy.example"),
            (
                "https://vpce-1.secretsmanager.us-west-2.VPCE.amazonaws.com",
                "vpce-1.secretsmanager.us-west-2.vpce.amazonaws.com",
            ),
            ("nothing", "nothing"),
            ("", ""),
        ] {
            assert_eq!(host(url), expected);
        }
    }
}
