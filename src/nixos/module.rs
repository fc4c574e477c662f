//! A module's shape: what surrounds its settings, and how they are named.

use super::literal::bare;
use rnix::Root;
use rnix::ast::{Attr, AttrSet, AttrpathValue, Expr, HasEntry, InterpolPart, Lambda};
use rowan::ast::AstNode;

/// What a module comes to, without the arguments and local names around it.
pub(super) fn body(root: &Root) -> Option<Expr> {
    opened(root).map(|(_, body)| body)
}

/// The function that a module is, where it is one: the innermost, as what is around it makes modules.
pub(super) fn lambda(root: &Root) -> Option<Lambda> {
    opened(root)?.0
}

/// The innermost function around what a module comes to, if there is one, and that.
fn opened(root: &Root) -> Option<(Option<Lambda>, Expr)> {
    let (mut expr, mut innermost) = (root.expr()?, None);
    loop {
        expr = match bare(expr) {
            Expr::Lambda(lambda) => innermost.insert(lambda).body()?,
            Expr::LetIn(scope) => scope.body()?,
            Expr::With(with) => with.body()?,
            Expr::Assert(assert) => assert.body()?,
            other => return Some((innermost, other)),
        };
    }
}

/// A key's name; `None` where it has to be evaluated.
pub(super) fn name(attr: &Attr) -> Option<String> {
    match attr {
        Attr::Ident(ident) => Some(ident.syntax().text().to_string()),
        Attr::Str(string) => match &string.normalized_parts()[..] {
            [] => Some(String::new()),
            [InterpolPart::Literal(text)] => Some(text.clone()),
            _ => None,
        },
        Attr::Dynamic(_) => None,
    }
}

/// An entry's keys; `None` where one has to be evaluated.
pub(super) fn keys(entry: &AttrpathValue) -> Option<Vec<String>> {
    entry.attrpath()?.attrs().map(|attr| name(&attr)).collect()
}

/// The path by which a module's set has the option `names`: below `config` where the module
/// declares options too.
pub(super) fn inner_path(set: &AttrSet, names: &[String]) -> Vec<String> {
    let first = |entry: AttrpathValue| entry.attrpath()?.attrs().next().as_ref().and_then(name);
    let sections = set.attrpath_values().filter_map(first);
    let mut path = names.to_vec();
    if sections.into_iter().any(|section| section == "config" || section == "options") {
        path.insert(0, "config".to_owned());
    }
    path
}
