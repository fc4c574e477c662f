//! Free decoding: the most probable token after another, until the text ends or loops.

use super::decoder::Decoder;
use super::error::Error;
use super::guard::{first_saying, stutters};
use super::path::Path;

/// Longest text, in tokens; no command comes near it.
pub(super) const MAX_TOKENS: usize = 64;

/// What `decoder` hears by itself.
pub(super) fn decode(decoder: &mut Decoder<'_>) -> Result<Path, Error> {
    let vocabulary = decoder.vocabulary();
    let end_of_text = vocabulary.end_of_text();
    let mut path = Path::default();
    while path.tokens.len() < MAX_TOKENS
        && !stutters(&path.tokens)
        && said(decoder, &path).is_none()
    {
        let next = decoder.next(&path.tokens)?;
        let first = path.tokens.is_empty();
        // something is heard always; a text that opens with its end or a space is no text
        let allowed = |token: usize| match token.cmp(&(end_of_text as usize)) {
            std::cmp::Ordering::Less => {
                !(vocabulary.is_silent(token) || first && vocabulary.is_space(token))
            }
            std::cmp::Ordering::Equal => !first,
            std::cmp::Ordering::Greater => false,
        };
        match next.best(allowed) {
            Some(token) if token != end_of_text => {
                path = path.with(token, next.logprob(token));
            }
            _ => break,
        }
    }
    if let Some(len) = said(decoder, &path) {
        path.truncate(len);
    }
    path.end = decoder.next(&path.tokens)?.logprob(end_of_text);
    Ok(path)
}

/// How many tokens the first saying takes, where the text starts over.
fn said(decoder: &Decoder<'_>, path: &Path) -> Option<usize> {
    let vocabulary = decoder.vocabulary();
    let text = vocabulary.text(&path.tokens);
    let words = first_saying(&text.split_whitespace().collect::<Vec<_>>())?;
    let counts =
        |&len: &usize| vocabulary.text(&path.tokens[..len]).split_whitespace().count() == words;
    (1..=path.tokens.len()).rfind(counts)
}
