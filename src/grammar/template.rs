//! Sentence templates: `(list|show [me]) my <things> {scope}`.

use super::normalise::Normaliser;

/// A parsed template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// A word, normalised.
    Word(String),
    /// One after the other.
    Sequence(Vec<Node>),
    /// One of these.
    Alternatives(Vec<Node>),
    /// All of these, in any order.
    Permutation(Vec<Node>),
    /// A named rule, `<name>`, at this byte of the template.
    Rule { name: String, offset: usize },
    /// A slot, `{kind}` or `{kind:slot}`, at this byte of the template.
    Slot { kind: String, slot: String, offset: usize },
}

impl Node {
    /// Every text that it is, where nothing but words is in it.
    pub(super) fn texts(&self) -> Option<Vec<Vec<String>>> {
        match self {
            Self::Word(word) => Some(vec![vec![word.clone()]]),
            Self::Sequence(parts) => parts.iter().try_fold(vec![Vec::new()], |texts, part| {
                let endings = part.texts()?;
                let longer = |text: &Vec<String>| {
                    endings.iter().map(|ending| [&text[..], ending].concat()).collect::<Vec<_>>()
                };
                Some(texts.iter().flat_map(longer).collect())
            }),
            Self::Alternatives(options) => {
                let texts: Option<Vec<_>> = options.iter().map(Self::texts).collect();
                Some(texts?.concat())
            }
            Self::Permutation(_) | Self::Rule { .. } | Self::Slot { .. } => None,
        }
    }
}

/// Most parts of a permutation: each one more doubles what it compiles to.
const MAX_PERMUTED: usize = 6;

/// A mistake at a byte of the template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TemplateError {
    pub(super) offset: usize,
    pub(super) message: String,
}

/// Parse `text`.
pub(super) fn parse(text: &str, normaliser: &Normaliser) -> Result<Node, TemplateError> {
    let mut parser = Parser { text, at: 0, normaliser };
    let node = parser.alternatives()?;
    match parser.peek() {
        None => Ok(node),
        Some(extra) => Err(parser.error(format!("`{extra}` closes nothing"))),
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    normaliser: &'a Normaliser,
}

impl Parser<'_> {
    /// `sequence | sequence | …`
    fn alternatives(&mut self) -> Result<Node, TemplateError> {
        let mut options = vec![self.sequence()?];
        while self.peek() == Some('|') {
            self.at += 1;
            options.push(self.sequence()?);
        }
        Ok(match options.pop() {
            Some(only) if options.is_empty() => only,
            last => Node::Alternatives(options.into_iter().chain(last).collect()),
        })
    }

    fn sequence(&mut self) -> Result<Node, TemplateError> {
        let mut parts = Vec::new();
        while let Some(next) = self.peek() {
            match next {
                '|' | ';' | ')' | ']' | '>' | '}' => break,
                '(' => parts.push(self.group(')')?),
                '[' => {
                    let inner = self.group(']')?;
                    parts.push(Node::Alternatives(vec![inner, Node::Sequence(Vec::new())]));
                }
                '<' => {
                    let (name, offset) = self.name('>')?;
                    parts.push(Node::Rule { name, offset });
                }
                '{' => {
                    let (name, offset) = self.name('}')?;
                    let (kind, slot) = name.split_once(':').unwrap_or((&name, &name));
                    let (kind, slot) = (kind.to_owned(), slot.to_owned());
                    parts.push(Node::Slot { kind, slot, offset });
                }
                c if c.is_whitespace() => self.at += c.len_utf8(),
                _ => parts.extend(self.words().into_iter().map(Node::Word)),
            }
        }
        Ok(Node::Sequence(parts))
    }

    fn group(&mut self, close: char) -> Result<Node, TemplateError> {
        let open = self.at;
        let mut parts = Vec::new();
        loop {
            self.at += 1;
            parts.push(self.alternatives()?);
            if self.peek() != Some(';') {
                break;
            }
        }
        if self.peek() != Some(close) {
            self.at = open;
            return Err(self.error(format!("no `{close}` closes this")));
        }
        if parts.len() > MAX_PERMUTED {
            self.at = open;
            return Err(self.error(format!("more than {MAX_PERMUTED} parts in any order")));
        }
        self.at += 1;
        Ok(match parts.pop() {
            Some(only) if parts.is_empty() => only,
            last => Node::Permutation(parts.into_iter().chain(last).collect()),
        })
    }

    fn name(&mut self, close: char) -> Result<(String, usize), TemplateError> {
        let offset = self.at;
        let rest = &self.text[offset + 1..];
        let name = rest.split(close).next().unwrap_or_default();
        if name.len() == rest.len() {
            return Err(self.error(format!("no `{close}` closes this")));
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':');
        if name.is_empty() || !name.chars().all(plain) {
            return Err(self.error(format!("`{name}` is no name: letters, digits and _ only")));
        }
        self.at = offset + 1 + name.len() + 1;
        Ok((name.to_owned(), offset))
    }

    fn words(&mut self) -> Vec<String> {
        let rest = &self.text[self.at..];
        let end =
            rest.find(['|', ';', '(', ')', '[', ']', '<', '>', '{', '}']).unwrap_or(rest.len());
        self.at += end;
        self.normaliser.tokens(&rest[..end])
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn error(&self, message: String) -> TemplateError {
        TemplateError { offset: self.at, message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Node, TemplateError> {
        parse(text, &Normaliser::default())
    }

    #[test]
    fn parses_every_construct() {
        let word = |text: &str| Node::Word(text.to_owned());
        let node = parsed("(list|show [me]) <all> {count:n} Generations").unwrap();
        let Node::Sequence(parts) = node else { panic!("a sequence") };
        let me = Node::Alternatives(vec![Node::Sequence(vec![word("me")]), Node::Sequence(vec![])]);
        assert_eq!(
            parts[0],
            Node::Alternatives(vec![
                Node::Sequence(vec![word("list")]),
                Node::Sequence(vec![word("show"), me]),
            ])
        );
        assert_eq!(parts[1], Node::Rule { name: "all".into(), offset: 17 });
        assert_eq!(parts[2], Node::Slot { kind: "count".into(), slot: "n".into(), offset: 23 });
        assert_eq!(parts[3], word("generations"));
    }

    #[test]
    fn parts_in_any_order_are_parts_of_a_group() {
        let Node::Sequence(parts) = parsed("a (b|c;[d];e)").unwrap() else { panic!("a sequence") };
        let Node::Permutation(parts) = &parts[1] else { panic!("a permutation") };
        assert_eq!(parts.len(), 3);
        assert!(matches!(parts[0], Node::Alternatives(_)));
        assert_eq!(parsed("a;b").unwrap_err().offset, 1);
        assert_eq!(parsed("x (a;b;c;d;e;f;g)").unwrap_err().offset, 2);
    }

    #[test]
    fn says_where_a_mistake_is() {
        for (text, offset) in
            [("show [me", 5), ("a (b|c", 2), ("show me]", 7), ("go <back", 3), ("x {a b}", 2)]
        {
            assert_eq!(parsed(text).unwrap_err().offset, offset, "{text}");
        }
    }
}
