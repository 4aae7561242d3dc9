//! Whose certificates are trusted.
//!
//! Reading the machine's bundle takes some 19 of the 20 million instructions of a cold start. So
//! where AWS is the peer, only the roots of Amazon Trust Services are trusted, which all its
//! endpoints in the partitions `aws` and `aws-us-gov` chain to. The machine's bundle is read where
//! the peer is another, and a named bundle where `AWS_CA_BUNDLE` or `SSL_CERT_FILE` names one. Where
//! a handshake with AWS finds an issuer that is unknown, as behind a proxy that replaces
//! certificates, the machine's bundle is read after all, and decides.
//!
//! | file | SHA-256 of the certificate | valid |
//! |---|---|---|
//! | `amazon-root-ca-1` | `8ecde688 4f3d87b1 125ba31a c3fcb13d 7016de7f 57cc904f e1cb97c6 ae98196e` | 2015-05-26 to 2038-01-17 |
//! | `amazon-root-ca-2` | `1ba5b2aa 8c65401a 82960118 f80bec4f 62304d83 cec4713a 19c39c01 1ea46db4` | 2015-05-26 to 2040-05-26 |
//! | `amazon-root-ca-3` | `18ce6cfe 7bf14e60 b2e347b8 dfe868cb 31d02ebb 3ada2715 69f50343 b46db3a4` | 2015-05-26 to 2040-05-26 |
//! | `amazon-root-ca-4` | `e35d2841 9ed02025 cfa69038 cd623962 458da5c6 95fbdea3 c22b0bfb 25897092` | 2015-05-26 to 2040-05-26 |
//! | `starfield-services-root-g2` | `568d6905 a2c88708 a4b30251 90edcfed b1974a60 6a13c6e5 290fcb2a e63edab5` | 2009-09-01 to 2037-12-31 |

use std::path::Path;

use aws_smithy_http_client::tls::TrustStore;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::fetch::FetchError;
use crate::settings::Bundle;

const AMAZON_TRUST_SERVICES: [&str; 5] = [
    include_str!("roots/amazon-root-ca-1.pem"),
    include_str!("roots/amazon-root-ca-2.pem"),
    include_str!("roots/amazon-root-ca-3.pem"),
    include_str!("roots/amazon-root-ca-4.pem"),
    include_str!("roots/starfield-services-root-g2.pem"),
];

/// Who answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peer {
    /// AWS, in a partition whose endpoints chain to Amazon Trust Services.
    Aws,
    /// Any other endpoint over TLS.
    Other,
    /// An endpoint without TLS.
    Plain,
}

impl Peer {
    /// The peer behind the endpoint that was set, or behind the region's own.
    pub(crate) fn of(endpoint: Option<&str>, region: &str) -> Self {
        match endpoint {
            Some(url) if url.starts_with("http://") => Self::Plain,
            Some(_) => Self::Other,
            None if region.starts_with("cn-") || region.contains("iso") => Self::Other,
            None if region.starts_with("eusc-") => Self::Other,
            None => Self::Aws,
        }
    }
}

/// The certificates to trust for `peer`; a named bundle decides alone.
pub(crate) fn trust_store(peer: Peer, bundle: Option<&Bundle>) -> Result<TrustStore, FetchError> {
    match (peer, bundle) {
        (Peer::Plain, _) => Ok(TrustStore::empty()),
        (_, Some(bundle)) => named(bundle),
        (Peer::Aws, None) => Ok(AMAZON_TRUST_SERVICES
            .into_iter()
            .fold(TrustStore::empty(), |store, pem| store.with_pem_certificate(pem))),
        (Peer::Other, None) => of_the_machine(),
    }
}

fn of_the_machine() -> Result<TrustStore, FetchError> {
    // the SDK takes it for granted that there is one usable certificate
    let found = rustls_native_certs::load_native_certs().certs;
    match found.into_iter().any(is_usable) {
        true => Ok(TrustStore::empty().with_native_roots(true)),
        false => Err(FetchError::TrustStore {
            source_name: "the system's certificate store",
            problem: "it holds no usable certificate".to_owned(),
        }),
    }
}

fn named(bundle: &Bundle) -> Result<TrustStore, FetchError> {
    let failed = |problem| FetchError::TrustStore { source_name: bundle.variable, problem };
    let text = read(&bundle.path).map_err(|error| failed(error.to_string()))?;
    // the SDK panics on a certificate that it cannot parse, so only the usable ones go on
    let usable: Vec<&str> = blocks(&text)
        .filter(|block| CertificateDer::from_pem_slice(block.as_bytes()).is_ok_and(is_usable))
        .collect();
    match usable.is_empty() {
        true => Err(failed("it holds no usable certificate".to_owned())),
        false => Ok(TrustStore::empty().with_pem_certificate(usable.join("\n"))),
    }
}

fn read(path: &Path) -> std::io::Result<String> {
    // comments between the certificates may be in any encoding
    Ok(String::from_utf8_lossy(&std::fs::read(path)?).into_owned())
}

/// The certificates of a PEM file, each with its two marker lines.
fn blocks(text: &str) -> impl Iterator<Item = &str> {
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    const END: &str = "-----END CERTIFICATE-----";
    text.match_indices(BEGIN).filter_map(move |(start, _)| {
        let length = text[start..].find(END)? + END.len();
        Some(&text[start..start + length])
    })
}

fn is_usable(certificate: CertificateDer<'_>) -> bool {
    RootCertStore::empty().add(certificate).is_ok()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn every_root_is_the_certificate_that_the_table_names() {
        let table = include_str!("trust.rs");
        for pem in AMAZON_TRUST_SERVICES {
            let der = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
            let digest = <sha2::Sha256 as sha2::Digest>::digest(&der);
            let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            let groups: Vec<&str> = (0..8).map(|i| &hex[i * 8..i * 8 + 8]).collect();
            assert!(table.contains(&groups.join(" ")), "{hex}");
            assert!(is_usable(der));
        }
    }

    #[test]
    fn aws_itself_is_judged_by_its_own_roots_and_others_are_not() {
        assert_eq!(Peer::of(None, "us-west-2"), Peer::Aws);
        assert_eq!(Peer::of(None, "us-gov-west-1"), Peer::Aws);
        assert_eq!(Peer::of(None, "cn-north-1"), Peer::Other);
        assert_eq!(Peer::of(Some("https://proxy"), "us-west-2"), Peer::Other);
        assert_eq!(Peer::of(Some("http://127.0.0.1:1"), "us-west-2"), Peer::Plain);
    }

    fn bundle(content: &[u8]) -> (tempfile::NamedTempFile, Bundle) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(content).unwrap();
        let path = file.path().to_owned();
        (file, Bundle { variable: "AWS_CA_BUNDLE", path })
    }

    #[test]
    fn a_named_bundle_keeps_what_parses_and_panics_on_nothing() {
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let mixed = format!("# \u{fc}\n{broken}{}", AMAZON_TRUST_SERVICES[0]);
        let (_file, good) = bundle(mixed.as_bytes());
        let shown = format!("{:?}", trust_store(Peer::Other, Some(&good)).unwrap());
        assert!(shown.contains("enable_native_roots: false"), "{shown}");

        let unended = b"-----BEGIN CERTIFICATE-----\nAA".as_slice();
        for content in [b"".as_slice(), b"\xff\xfe", broken.as_bytes(), unended] {
            let (_file, bad) = bundle(content);
            assert_eq!(trust_store(Peer::Aws, Some(&bad)).unwrap_err().kind(), "trust_store");
        }
        let missing = Bundle { variable: "SSL_CERT_FILE", path: "/nonexistent".into() };
        assert_eq!(trust_store(Peer::Aws, Some(&missing)).unwrap_err().kind(), "trust_store");
    }
}
