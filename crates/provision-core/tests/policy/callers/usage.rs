//! Encrypting and decrypting: through Secrets Manager, for the right secret, under the right key.

use super::{
    COPY_KEY, COPY_OF_SECRET, CallerRole, Calls, FROM, GithubDeploy, KEY, MAKERS, NOBODY,
    OTHER_KEY, OWN_SECRET, Provisioner, TRIED, UNDECLARED, VERSION, VIA, VIA_COPY, WITH_DEFAULTS,
    Writer, of_secret,
};

/// Adds the calls that use a key
pub(super) fn add(calls: &mut Calls) {
    let (decrypt, encrypt, generate) = (["kms:Decrypt"], ["kms:Encrypt"], ["kms:GenerateDataKey"]);
    const BOTH: &[CallerRole] = &[Provisioner, GithubDeploy, Writer];
    // a value: who makes copies decrypts it, and nobody but who sets values encrypts it
    calls.add(&decrypt, KEY, &[VIA, FROM, of_secret(OWN_SECRET), VERSION], BOTH, NOBODY);
    calls.add(&generate, KEY, &[VIA, FROM, of_secret(OWN_SECRET), VERSION], &[Writer], NOBODY);
    calls.add(&generate, KEY, &[VIA, FROM, of_secret(WITH_DEFAULTS), VERSION], BOTH, NOBODY);
    calls.add(&generate, KEY, &[VIA, FROM, of_secret(UNDECLARED), VERSION], NOBODY, NOBODY);
    calls.only_with(&decrypt, KEY, &[VIA, FROM, of_secret(OWN_SECRET)], BOTH);
    calls.only_with(&generate, KEY, &[VIA, FROM, of_secret(WITH_DEFAULTS)], BOTH);
    // the text by which Secrets Manager tries the key
    let tried = [VIA, FROM, of_secret(UNDECLARED), TRIED];
    calls.add(&generate, KEY, &tried, MAKERS, NOBODY);
    calls.only_with(&encrypt, KEY, &tried, MAKERS);
    let tried_copy = [VIA_COPY, FROM, of_secret(COPY_OF_SECRET), TRIED];
    calls.only_with(&decrypt, COPY_KEY, &tried_copy, MAKERS);
    let copied = [VIA_COPY, FROM, of_secret(COPY_OF_SECRET)];
    calls.only_with(&["kms:Encrypt", "kms:GenerateDataKey"], COPY_KEY, &copied, MAKERS);
    // another key, and keys of other secrets
    for key in [OTHER_KEY, COPY_KEY, "arn:aws:kms:us-west-2:210987654321:key/home"] {
        let context = [VIA, FROM, of_secret(OWN_SECRET), TRIED];
        calls.add(&["kms:Decrypt", "kms:GenerateDataKey"], key, &context, NOBODY, NOBODY);
    }
    for foreign in [
        "arn:aws:secretsmanager:us-west-2:123456789012:secret:proj/production/config-AbC123",
        "arn:aws:secretsmanager:us-west-2:123456789012:secret:proj/prod2/config-AbC123",
        "arn:aws:secretsmanager:us-west-2:123456789012:secret:proj2/prod/config-AbC123",
        "arn:aws:secretsmanager:us-west-2:210987654321:secret:proj/prod/config-AbC123",
    ] {
        let context = [VIA, FROM, of_secret(foreign), TRIED];
        let all = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"];
        calls.add(&all, KEY, &context, NOBODY, NOBODY);
    }
    let never = ["kms:CreateGrant", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom"];
    calls.add(&never, KEY, &[VIA, FROM, of_secret(OWN_SECRET), TRIED], NOBODY, NOBODY);
}
