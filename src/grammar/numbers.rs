//! Spoken and written whole numbers.

/// One way to read a number at the front of some tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Number {
    /// Its value.
    pub(super) value: u64,
    /// How many tokens it takes.
    pub(super) len: usize,
    /// Whether it was said as an ordinal ("forty second").
    pub(super) ordinal: bool,
    /// Whether its digits were said one by one ("four two").
    pub(super) one_by_one: bool,
    /// Whether they were said in pairs ("eighty eighty").
    pub(super) in_pairs: bool,
}

const UNITS: [(&str, &str); 20] = [
    ("zero", "zeroth"),
    ("one", "first"),
    ("two", "second"),
    ("three", "third"),
    ("four", "fourth"),
    ("five", "fifth"),
    ("six", "sixth"),
    ("seven", "seventh"),
    ("eight", "eighth"),
    ("nine", "ninth"),
    ("ten", "tenth"),
    ("eleven", "eleventh"),
    ("twelve", "twelfth"),
    ("thirteen", "thirteenth"),
    ("fourteen", "fourteenth"),
    ("fifteen", "fifteenth"),
    ("sixteen", "sixteenth"),
    ("seventeen", "seventeenth"),
    ("eighteen", "eighteenth"),
    ("nineteen", "nineteenth"),
];

const TENS: [(&str, &str); 8] = [
    ("twenty", "twentieth"),
    ("thirty", "thirtieth"),
    ("forty", "fortieth"),
    ("fifty", "fiftieth"),
    ("sixty", "sixtieth"),
    ("seventy", "seventieth"),
    ("eighty", "eightieth"),
    ("ninety", "ninetieth"),
];

/// A number word's part in a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// 0–19.
    Unit(u64),
    /// 20, 30 … 90.
    Ten(u64),
    Hundred,
    Thousand,
}

/// Every number that `tokens` can open with: "forty two" is 40 with one token, and 42 with two.
pub(super) fn numbers(tokens: &[String]) -> Vec<Number> {
    let mut found: Vec<Number> = written(tokens).into_iter().collect();
    found.extend(counted(tokens));
    found.extend(digit_by_digit(tokens));
    found.extend(in_pairs(tokens));
    found
}

/// Digits, with or without an ordinal's ending.
fn written(tokens: &[String]) -> Option<Number> {
    let token = tokens.first()?;
    let digits = token.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let ending = &token[digits.len()..];
    let ordinal = match ending {
        "" => false,
        "st" | "nd" | "rd" | "th" => true,
        _ => return None,
    };
    Some(Number {
        value: digits.parse().ok()?,
        len: 1,
        ordinal,
        one_by_one: false,
        in_pairs: false,
    })
}

/// Number words as they add up: "one hundred and seven".
fn counted(tokens: &[String]) -> Vec<Number> {
    let mut found = Vec::new();
    let (mut thousands, mut group) = (0, 0);
    let mut last = None;
    let mut len = 0;
    while let Some(token) = tokens.get(len) {
        let next = tokens.get(len + 1).and_then(|token| part(token)).map(|(part, _)| part);
        match (token.as_str(), last) {
            // "a hundred", "one hundred and seven": never a number on their own
            ("a", None) if matches!(next, Some(Part::Hundred | Part::Thousand)) => group = 1,
            ("and", Some(Part::Hundred | Part::Thousand))
                if matches!(next, Some(Part::Unit(1..) | Part::Ten(_))) => {}
            _ => {
                let Some((part, ordinal)) = part(token) else { break };
                match part {
                    Part::Unit(0) if last.is_none() => {}
                    Part::Unit(n @ 1..=9) if group % 10 == 0 && !ends_in_unit(last) => group += n,
                    Part::Unit(n @ 10..) if group % 100 == 0 && !ends_in_unit(last) => group += n,
                    Part::Ten(n) if group % 100 == 0 && !ends_in_unit(last) => group += n,
                    Part::Hundred if (1..=9).contains(&group) => group *= 100,
                    Part::Thousand if (1..=999).contains(&group) && thousands == 0 => {
                        thousands = group * 1000;
                        group = 0;
                    }
                    _ => break,
                }
                last = Some(part);
                let value = thousands + group;
                found.push(Number {
                    value,
                    len: len + 1,
                    ordinal,
                    one_by_one: false,
                    in_pairs: false,
                });
                if ordinal || part == Part::Unit(0) {
                    break;
                }
            }
        }
        len += 1;
    }
    found
}

fn ends_in_unit(last: Option<Part>) -> bool {
    matches!(last, Some(Part::Unit(_)))
}

/// Digits said one by one: "four two", "one oh seven". In "five oh dear" there is one.
fn digit_by_digit(tokens: &[String]) -> Vec<Number> {
    let mut found = Vec::new();
    let mut value: u64 = 0;
    for (index, token) in tokens.iter().take(9).enumerate() {
        let Some(digit) = digit(token) else { break };
        value = value * 10 + digit;
        let is_oh = |token: &String| matches!(token.as_str(), "oh" | "o");
        if index > 0 && (!is_oh(token) || tokens[..index].iter().any(is_oh)) {
            found.push(Number {
                value,
                len: index + 1,
                ordinal: false,
                one_by_one: true,
                in_pairs: false,
            });
        }
    }
    found
}

/// Four digits said in pairs: "eighty four forty three".
fn in_pairs(tokens: &[String]) -> Vec<Number> {
    let pairs = |tokens: &[String]| {
        let all = written(tokens).into_iter().chain(counted(tokens));
        all.filter(|pair| (10..=99).contains(&pair.value) && !pair.ordinal).collect::<Vec<_>>()
    };
    let both = pairs(tokens).into_iter().flat_map(|first| {
        pairs(&tokens[first.len..]).into_iter().map(move |second| Number {
            value: first.value * 100 + second.value,
            len: first.len + second.len,
            ordinal: false,
            one_by_one: false,
            in_pairs: true,
        })
    });
    both.collect()
}

fn digit(token: &str) -> Option<u64> {
    match token {
        "oh" | "o" => Some(0),
        _ => match part(token) {
            Some((Part::Unit(n @ 0..=9), false)) => Some(n),
            Some(_) => None,
            None => token.parse().ok().filter(|&n| n <= 9),
        },
    }
}

/// Whether `token` is a number, or part of one.
pub(super) fn is_numeral(token: &str) -> bool {
    token.starts_with(|c: char| c.is_ascii_digit()) || part(token).is_some()
}

/// What a word means inside a number, and whether it is an ordinal.
fn part(token: &str) -> Option<(Part, bool)> {
    match token {
        "hundred" => return Some((Part::Hundred, false)),
        "hundredth" => return Some((Part::Hundred, true)),
        "thousand" => return Some((Part::Thousand, false)),
        "thousandth" => return Some((Part::Thousand, true)),
        _ => {}
    }
    let units = UNITS.iter().zip(0..).map(|(names, n)| (names, Part::Unit(n)));
    let tens = TENS.iter().zip(2..).map(|(names, n)| (names, Part::Ten(n * 10)));
    units.chain(tens).find_map(|(&(cardinal, ordinal), part)| {
        (token == cardinal).then_some((part, false)).or((token == ordinal).then_some((part, true)))
    })
}

/// A number word as it is written in digits: "12" for twelve, "1st" for first.
pub(super) fn in_digits(word: &str) -> Option<String> {
    match part(word)? {
        (Part::Unit(n) | Part::Ten(n), false) => Some(n.to_string()),
        (Part::Unit(n) | Part::Ten(n), true) => Some(format!("{n}{}", ending(n))),
        (Part::Hundred | Part::Thousand, _) => None,
    }
}

/// How the ordinal of `n` ends when it is written in digits.
pub(super) fn ending(n: u64) -> &'static str {
    match (n % 10, n % 100) {
        (1, tens) if tens != 11 => "st",
        (2, tens) if tens != 12 => "nd",
        (3, tens) if tens != 13 => "rd",
        _ => "th",
    }
}

/// The ways to say `n`, which is below 1000, in words.
pub(super) fn in_words(n: u64, ordinal: bool) -> Vec<String> {
    let name = |names: (&str, &str)| (if ordinal { names.1 } else { names.0 }).to_owned();
    let (hundreds, tens, units) = (n / 100 % 10, n / 10 % 10, n % 10);
    let rest = match n % 100 {
        0 if n > 0 => None,
        below @ 0..20 => Some(name(UNITS[below as usize])),
        _ if units == 0 => Some(name(TENS[tens as usize - 2])),
        _ => Some(format!("{} {}", TENS[tens as usize - 2].0, name(UNITS[units as usize]))),
    };
    let hundred = |count: &str, word: &str| format!("{count} {word}");
    match (hundreds, rest) {
        (0, rest) => rest.into_iter().collect(),
        (count, rest) => {
            let mut counts = vec![UNITS[count as usize].0];
            if count == 1 {
                counts.push("a");
            }
            let all = counts.into_iter().flat_map(|count| match &rest {
                None => vec![hundred(count, if ordinal { "hundredth" } else { "hundred" })],
                Some(rest) => ["hundred", "hundred and"]
                    .iter()
                    .map(|word| format!("{} {rest}", hundred(count, word)))
                    .collect(),
            });
            all.collect()
        }
    }
}

/// The ways to say the `digits` of a name, the longest first: as a number, in pairs, and one by one.
pub(super) fn of_digits(digits: &str) -> Vec<String> {
    let first = |n: u64| in_words(n, false).into_iter().next().unwrap_or_default();
    let one_by_one = || digits.bytes().map(|digit| first(u64::from(digit - b'0')));
    match digits.parse() {
        Ok(n @ 0..=999) => vec![first(n)],
        Ok(n @ 1000..=9999) => {
            let rest = |n: u64| if n == 0 { String::new() } else { format!(" {}", first(n)) };
            let pair = match n % 100 {
                0 => "hundred".to_owned(),
                units @ 1..10 => format!("o {}", first(units)),
                pair => first(pair),
            };
            vec![
                format!("{} thousand{}", first(n / 1000), rest(n % 1000)),
                format!("{} {pair}", first(n / 100)),
                one_by_one().collect::<Vec<_>>().join(" "),
            ]
        }
        _ => vec![one_by_one().collect::<Vec<_>>().join(" ")],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_names_are_said_in_several_ways() {
        assert_eq!(of_digits("22"), ["twenty two"]);
        assert_eq!(
            of_digits("1302"),
            ["one thousand three hundred two", "thirteen o two", "one three zero two"]
        );
        assert_eq!(of_digits("8000")[..2], ["eight thousand", "eighty hundred"]);
        assert_eq!(of_digits("12345"), ["one two three four five"]);
    }

    fn longest(text: &str) -> Option<(u64, usize, bool)> {
        let tokens: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        let whole = numbers(&tokens).into_iter().filter(|number| !number.in_pairs);
        let best = whole.max_by_key(|number| number.len)?;
        Some((best.value, best.len, best.ordinal))
    }

    #[test]
    fn reads_numbers_of_every_form() {
        for (text, value) in [
            ("42", 42),
            ("zero", 0),
            ("eight", 8),
            ("nineteen", 19),
            ("forty two", 42),
            ("four two", 42),
            ("one oh seven", 107),
            ("a hundred", 100),
            ("one hundred and seven", 107),
            ("one hundred seven", 107),
            ("three hundred forty nine", 349),
            ("two thousand and one", 2001),
            ("twelve thousand three hundred forty five", 12345),
        ] {
            let words = text.split_whitespace().count();
            assert_eq!(longest(text), Some((value, words, false)), "{text}");
        }
        for (text, value) in [("42nd", 42), ("second", 2), ("forty second", 42), ("hundredth", 100)]
        {
            let expected = (text != "hundredth").then(|| (value, text.split(' ').count(), true));
            assert_eq!(longest(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read() {
        for n in 0..1000 {
            for ordinal in [false, true] {
                let mut forms = in_words(n, ordinal);
                assert!(!forms.is_empty(), "{n}");
                let ending = if ordinal { ending(n) } else { "" };
                forms.push(format!("{n}{ending}"));
                for form in forms {
                    let words = form.split(' ').count();
                    assert_eq!(longest(&form), Some((n, words, ordinal)), "{form}");
                }
            }
        }
        assert_eq!(in_digits("twelve").as_deref(), Some("12"));
        assert_eq!(in_digits("twelfth").as_deref(), Some("12th"));
        assert_eq!(in_digits("shelf"), None);
    }

    #[test]
    fn four_digits_may_be_said_in_pairs() {
        let pairs = |text: &str| {
            let tokens: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
            let pairs = numbers(&tokens).into_iter().filter(|number| number.in_pairs);
            pairs.map(|number| (number.value, number.len)).collect::<Vec<_>>()
        };
        assert_eq!(pairs("eighty eighty"), [(8080, 2)]);
        assert_eq!(pairs("80 80"), [(8080, 2)]);
        assert_eq!(pairs("eighty four forty three"), [(8440, 3), (8443, 4)]);
        assert_eq!(pairs("eight eighty"), []);
        assert_eq!(pairs("eighty eight"), []);
    }

    #[test]
    fn stops_where_the_number_stops() {
        assert_eq!(longest("forty and forty one"), Some((40, 1, false)));
        assert_eq!(longest("forty generations"), Some((40, 1, false)));
        assert_eq!(longest("one hundred and counting"), Some((100, 2, false)));
        assert_eq!(longest("twenty thirty"), Some((20, 1, false)));
        assert_eq!(longest("five oh dear"), Some((5, 1, false)));
        assert_eq!(longest("a generation"), None);
        assert_eq!(longest("and"), None);
        assert_eq!(longest("99999999999999999999999"), None);
        assert_eq!(longest(""), None);
    }
}
