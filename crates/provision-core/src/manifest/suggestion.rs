//! What a person meant: the nearest of the words that would have been right.

/// Returns the nearest of `candidates` if it is near enough to be meant
pub(super) fn nearest<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    let folded = fold(word);
    let reach = (folded.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .filter(|candidate| *candidate != word)
        .map(|candidate| (strsim::damerau_levenshtein(&folded, &fold(candidate)), candidate))
        .filter(|(distance, _)| *distance <= reach)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Returns "did you mean `x`" for the nearest, else the list of what is allowed
pub(super) fn hint(word: &str, candidates: &[&str]) -> String {
    match nearest(word, candidates.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("allowed here: {}", list(candidates)),
    }
}

/// Returns the words in backticks, with commas
pub(super) fn list(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// Case and the kind of separator are what people get wrong most
fn fold(word: &str) -> String {
    word.to_lowercase().replace('-', "_")
}
