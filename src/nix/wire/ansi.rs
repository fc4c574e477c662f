//! What is meant for terminals in the texts of Nix.

/// `text` without terminal escape sequences: CSI (`ESC [ … final byte`) and OSC (`ESC ] … BEL`).
pub fn strip_ansi(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        if char != '\u{1b}' {
            plain.push(char);
            continue;
        }
        match chars.next() {
            Some('[') => drop(chars.find(|c| ('@'..='~').contains(c))),
            Some(']') => drop(chars.find(|&c| c == '\u{7}')),
            _ => {}
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_go_and_everything_else_stays() {
        assert_eq!(strip_ansi("a\u{1b}[35;1m'x'\u{1b}[0mb"), "a'x'b");
        assert_eq!(strip_ansi("\u{1b}]8;;file:///x\u{7}link"), "link");
        assert_eq!(strip_ansi("cut \u{1b}[3"), "cut ");
        assert_eq!(strip_ansi("caf\u{e9} [0m"), "caf\u{e9} [0m");
    }
}
