//! Text to the stretches that are synthesised one after the other.

/// A clause shorter than this, in characters, is not worth a synthesis of its own: it would sound
/// cut off. It is spoken together with its neighbour of the same sentence.
const SHORT: usize = 24;
/// A part longer than this, in characters, is cut between words: its synthesis would keep others
/// waiting, and each second of speech takes 28 MB for as long as it is made.
const LONG: usize = 100;
/// Who speaks breathes before one of these rather than elsewhere.
const JOINTS: [&str; 19] = [
    "and", "as", "at", "because", "but", "by", "for", "from", "if", "in", "of", "on", "or", "so",
    "that", "to", "when", "which", "with",
];

/// These have no sound.
const QUOTES: [char; 5] = ['"', '“', '”', '«', '»'];

/// Text up to a mark.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Part {
    /// The words; never empty.
    pub(super) text: String,
    /// What follows them: one of `,;:.?!`.
    pub(super) mark: char,
}

impl Part {
    fn ends_sentence(&self) -> bool {
        matches!(self.mark, '.' | '?' | '!')
    }
}

/// What is synthesised at once: parts of one sentence.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Clause {
    /// At least one part.
    pub(super) parts: Vec<Part>,
    /// Whether the sentence ends here.
    pub(super) ends_sentence: bool,
}

impl Clause {
    fn length(&self) -> usize {
        self.parts.iter().map(|part| part.text.chars().count()).sum()
    }
}

/// The clauses of `text`, in order. Text without any letter or digit has none.
pub(super) fn clauses(text: &str) -> Vec<Clause> {
    let parts = parts(text);
    let sentences = parts.split_inclusive(Part::ends_sentence);
    sentences.flat_map(sentence).collect()
}

/// Joins what is short; a short last part goes with the clause before it.
fn sentence(parts: &[Part]) -> Vec<Clause> {
    let mut clauses: Vec<Clause> = Vec::new();
    for part in parts {
        let part_is_short = part.text.chars().count() < SHORT;
        match clauses.last_mut() {
            Some(last) if last.length() < SHORT || part_is_short && part.ends_sentence() => {
                last.parts.push(part.clone());
                last.ends_sentence = part.ends_sentence();
            }
            _ => clauses
                .push(Clause { parts: vec![part.clone()], ends_sentence: part.ends_sentence() }),
        }
    }
    clauses
}

fn parts(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut words = String::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let at_break = characters.peek().is_none_or(|next| !next.is_alphanumeric());
        match mark(character, at_break) {
            Some(mark) => end(&mut parts, &mut words, mark),
            None if QUOTES.contains(&character) => {}
            None => words.push(character),
        }
    }
    end(&mut parts, &mut words, '.');
    parts
}

/// The mark that `character` is, where it is one; `at_break` tells that no word goes on after it.
fn mark(character: char, at_break: bool) -> Option<char> {
    match character {
        '\n' | '…' => Some('.'),
        '—' | '–' | '(' | ')' => Some(','),
        '.' | '?' | '!' | ',' | ';' | ':' if at_break => Some(character),
        _ => None,
    }
}

/// Ends a part. Marks that follow a mark immediately are dropped, except that the end of a sentence
/// outdoes a comma.
fn end(parts: &mut Vec<Part>, words: &mut String, mark: char) {
    let text = std::mem::take(words);
    if text.chars().any(char::is_alphanumeric) {
        for piece in pieces(&text.split_whitespace().collect::<Vec<_>>()) {
            parts.push(Part { text: piece, mark: ',' });
        }
        if let Some(last) = parts.last_mut() {
            last.mark = mark;
        }
    } else if let Some(last) = parts.last_mut()
        && (mark == '?' || !last.ends_sentence() && matches!(mark, '.' | '!'))
    {
        last.mark = mark;
    }
}

/// `words` cut into pieces of at most [`LONG`] characters.
fn pieces(words: &[&str]) -> Vec<String> {
    let whole = words.join(" ");
    if whole.chars().count() <= LONG {
        return vec![whole];
    }
    if words.len() < 2 {
        // nobody could say it anyway
        let letters: Vec<char> = whole.chars().collect();
        return letters.chunks(LONG).map(String::from_iter).collect();
    }
    let (before, after) = words.split_at(joint(words));
    [before, after].into_iter().flat_map(pieces).collect()
}

/// Before which of the `words`, two at least, they are cut best: near the middle.
fn joint(words: &[&str]) -> usize {
    let length = |word: &&str| word.chars().count() + 1;
    let all: usize = words.iter().map(length).sum();
    let before = words.iter().scan(0, |before, word| {
        *before += length(word);
        Some(*before)
    });
    let off = |&(at, before): &(usize, usize)| {
        let elsewhere = if JOINTS.contains(&words[at]) { 0 } else { all / 3 };
        (2 * before).abs_diff(all) + elsewhere
    };
    (1..words.len()).zip(before).min_by_key(off).map_or(1, |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Clauses as text: parts with their marks, `|` between clauses, `/` after sentences.
    fn shape(text: &str) -> String {
        let clauses = clauses(text).into_iter().map(|clause| {
            let parts: Vec<String> =
                (clause.parts.iter()).map(|part| format!("{}{}", part.text, part.mark)).collect();
            let end = if clause.ends_sentence { "/" } else { "|" };
            parts.join(" ") + end
        });
        clauses.collect()
    }

    #[test]
    fn shapes() {
        for (text, expected) in [
            ("Done. It works", "Done./It works./"),
            ("Yes, I did that.", "Yes, I did that./"),
            (
                "Rolled back to generation three, which was made on Monday, too.",
                "Rolled back to generation three,|which was made on Monday, too./",
            ),
            ("What?! Really... no", "What?/Really./no./"),
            ("one point 1.5 stays: yes", "one point 1.5 stays: yes./"),
            ("a (b) — c", "a, b, c./"),
            ("First line\nsecond line\n", "First line./second line./"),
            ("He said \"no.\" Then left!", "He said no./Then left!/"),
            ("...", ""),
            ("", ""),
            (" \n , . ", ""),
        ] {
            assert_eq!(shape(text), expected, "{text:?}");
        }
    }

    #[test]
    fn an_endless_sentence_is_cut_between_words() {
        let clauses = clauses(&"word ".repeat(200));
        assert!(clauses.len() >= 4);
        let parts = clauses.iter().flat_map(|clause| &clause.parts);
        let words: usize = parts
            .inspect(|part| assert!(part.text.chars().count() <= LONG))
            .map(|part| part.text.split(' ').count())
            .sum();
        assert_eq!(words, 200);
        let word = super::clauses(&"é".repeat(2 * LONG + 1));
        assert_eq!(word.iter().map(Clause::length).collect::<Vec<_>>(), [LONG, LONG + 1]);
    }

    #[test]
    fn a_long_part_is_cut_where_one_breathes() {
        let text = "a web browser that opens pages from the network while it blocks most trackers and \
                    adverts so that nobody follows what you read";
        let pieces = pieces(&text.split(' ').collect::<Vec<_>>());
        assert_eq!(pieces.concat().len(), text.len() - 1);
        assert!(pieces[1].starts_with("and adverts"), "{pieces:?}");
    }
}
