//! Lists: their elements, and edits that add and remove them.

use super::edit::Splice;
use super::insert::{self, Spot};
use super::literal::{bare, is_literal, unwrap};
use rnix::ast::{BinOpKind, Expr, List};
use rowan::ast::AstNode;

/// The set whose attributes packages are.
const PACKAGES: &str = "pkgs";

/// A list as it is written, and whether `with pkgs;` stands before it.
pub(super) struct Written {
    pub(super) list: List,
    pub(super) with_packages: bool,
}

/// The lists that `expr` is put together from; those that depend on something are left out.
pub(super) fn written(expr: &Expr) -> Vec<Written> {
    let mut found = Vec::new();
    walk(expr, false, &mut found);
    found
}

fn walk(expr: &Expr, with_packages: bool, found: &mut Vec<Written>) {
    match unwrap(bare(expr.clone())).0 {
        Expr::List(list) => found.push(Written { list, with_packages }),
        Expr::With(with) => {
            let namespace = with.namespace().map(|expr| expr.syntax().text().to_string());
            if let Some(body) = with.body() {
                walk(&body, with_packages || namespace.as_deref() == Some(PACKAGES), found);
            }
        }
        Expr::BinOp(both) if both.operator() == Some(BinOpKind::Concat) => {
            for side in [both.lhs(), both.rhs()].into_iter().flatten() {
                walk(&side, with_packages, found);
            }
        }
        _ => {}
    }
}

/// The elements of a list that is written out in full; `None` where it is not, or is no list.
pub(super) fn items(expr: &Expr) -> Option<Vec<String>> {
    let parts = written(expr);
    let whole = match unwrap(bare(expr.clone())).0 {
        Expr::List(_) => true,
        Expr::With(with) => with.body().is_some_and(|body| items(&body).is_some()),
        Expr::BinOp(both) => [both.lhs(), both.rhs()]
            .into_iter()
            .all(|side| side.is_some_and(|side| items(&side).is_some())),
        _ => false,
    };
    let texts = parts.iter().flat_map(|part| part.list.items().map(|item| element(&item)));
    whole.then(|| texts.collect())
}

/// An element's text; of a package its attribute.
pub(super) fn element(item: &Expr) -> String {
    let text = item.syntax().text().to_string();
    match item {
        Expr::Select(_) => match text.strip_prefix("pkgs.") {
            Some(attribute) => attribute.to_owned(),
            None => text,
        },
        _ => text,
    }
}

/// Something to add: a literal, or a package by its attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// The literal or the attribute.
    pub text: String,
    /// Whether it is a package.
    pub package: bool,
}

impl Element {
    /// How it is written where `with pkgs;` stands before the list, or does not.
    pub(super) fn in_list(&self, with_packages: bool) -> String {
        if self.package && !with_packages {
            return format!("{PACKAGES}.{}", self.text);
        }
        self.text.clone()
    }

    /// Whether it may be written at all.
    pub(super) fn is_sound(&self) -> bool {
        if self.package {
            return self.text.parse::<super::OptionPath>().is_ok();
        }
        super::literal::parse(&self.text).is_some_and(|expr| is_literal(&expr))
    }
}

/// Add `elements` at the end of `to`, in `text`.
pub(super) fn add(text: &str, to: &Written, elements: &[&Element]) -> Splice {
    let list = to.list.syntax();
    let elements: Vec<String> =
        elements.iter().map(|element| element.in_list(to.with_packages)).collect();
    let after = to.list.items().last().map(|item| item.syntax().text_range());
    insert::into_brackets(text, list.text_range(), after, &elements, Spot::List)
}

/// Take `item` out of `text`: with its line, where it has one to itself.
pub(super) fn remove(text: &str, item: &Expr) -> Splice {
    let range = item.syntax().text_range();
    let (start, end) = (usize::from(range.start()), usize::from(range.end()));
    let line = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let after = text[end..].find('\n').map_or(text.len(), |newline| end + newline + 1);
    let alone = text[line..start].trim().is_empty() && insert::is_line_end(&text[end..after]);
    if alone {
        return Splice { range: line..after, text: String::new() };
    }
    let before = text[..start].trim_end().len();
    // not over the end of a comment's line
    let start = if text[before..start].contains('\n') { start } else { before };
    let end = if start == before {
        end
    } else {
        end + text[end..].len() - text[end..].trim_start_matches(' ').len()
    };
    Splice { range: start..end, text: String::new() }
}
