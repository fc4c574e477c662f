//! Values that mean themselves: what an edit may write, and what it may replace.

use rnix::ast::{Expr, HasEntry, InterpolPart, UnaryOpKind};
use rowan::ast::AstNode;

/// The one literal that `text` is; `None` where it is anything else.
pub(super) fn parse(text: &str) -> Option<Expr> {
    let parsed = rnix::Root::parse(text);
    if !parsed.errors().is_empty() {
        return None;
    }
    parsed.tree().expr().filter(is_literal)
}

/// Whether `expr` holds nothing that would have to be evaluated.
pub(super) fn is_literal(expr: &Expr) -> bool {
    match expr {
        Expr::Literal(_) => true,
        Expr::Ident(ident) => is_constant(&ident.syntax().text().to_string()),
        Expr::Str(string) => string.parts().all(|part| matches!(part, InterpolPart::Literal(_))),
        Expr::PathRel(path) => {
            path.parts().iter().all(|part| matches!(part, InterpolPart::Literal(_)))
        }
        Expr::PathAbs(path) => {
            path.parts().iter().all(|part| matches!(part, InterpolPart::Literal(_)))
        }
        Expr::UnaryOp(negated) => {
            negated.operator() == Some(UnaryOpKind::Negate)
                && matches!(negated.expr(), Some(Expr::Literal(_)))
        }
        Expr::List(list) => list.items().all(|item| is_literal(&item)),
        Expr::AttrSet(set) => set.entries().next().is_none(),
        _ => false,
    }
}

/// Whether a name is one of Nix's constants.
pub(super) fn is_constant(name: &str) -> bool {
    matches!(name, "true" | "false" | "null")
}

/// `expr` without parentheses around it.
pub(super) fn bare(mut expr: Expr) -> Expr {
    while let Expr::Paren(paren) = &expr {
        match paren.expr() {
            Some(inner) => expr = inner,
            None => break,
        }
    }
    expr
}

/// A call as the function's last name and its arguments: `lib.mkIf a b` is `mkIf`, `[a, b]`.
pub(super) fn call(expr: &Expr) -> Option<(String, Vec<Expr>)> {
    let (mut function, mut arguments) = (expr.clone(), Vec::new());
    while let Expr::Apply(apply) = &function {
        arguments.push(apply.argument()?);
        function = bare(apply.lambda()?);
    }
    if arguments.is_empty() {
        return None;
    }
    arguments.reverse();
    let name = match &function {
        Expr::Ident(ident) => ident.syntax().text().to_string(),
        Expr::Select(select) => select.attrpath()?.attrs().last()?.syntax().text().to_string(),
        _ => return None,
    };
    Some((name, arguments))
}

/// What `mkForce`, `mkDefault` and their like wrap, and the priority that they give it; an ordinary
/// definition has 100, and the lowest number wins.
pub(super) fn unwrap(expr: Expr) -> (Expr, u32) {
    let expr = bare(expr);
    let Some((name, mut arguments)) = call(&expr) else { return (expr, ORDINARY) };
    let given = || match &arguments.first().map(|first| bare(first.clone())) {
        Some(Expr::Literal(number)) => number.syntax().text().to_string().parse().ok(),
        _ => None,
    };
    let priority = match (name.as_str(), arguments.len()) {
        ("mkForce", 1) => Some(50),
        ("mkDefault", 1) => Some(1000),
        ("mkOptionDefault", 1) => Some(1500),
        ("mkBefore" | "mkAfter", 1) => Some(ORDINARY),
        ("mkOrder", 2) => given().map(|_: u32| ORDINARY),
        ("mkOverride", 2) => given(),
        _ => None,
    };
    match (priority, arguments.pop()) {
        (Some(priority), Some(inner)) => (bare(inner), priority),
        _ => (expr, ORDINARY),
    }
}

/// The priority of an ordinary definition.
pub(super) const ORDINARY: u32 = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_means_itself_is_a_literal() {
        for text in
            ["true", "null", "12", "-3", "1.5", "\"a b\"", "''x''", "./a", "[ 1 \"b\" ]", "{ }"]
        {
            assert!(parse(text).is_some(), "{text}");
        }
        for text in [
            "",
            "x",
            "1 + 1",
            "\"${x}\"",
            "[ pkgs.htop ]",
            "true; y = 2",
            "builtins.exec",
            "{ a = 1; }",
            "(import ./x)",
            "./${x}",
            "\"a",
            "1 2",
        ] {
            assert!(parse(text).is_none(), "{text}");
        }
        let odd = "a \"b\" \\ ${c}\n\t";
        let quoted = crate::notation::string(odd);
        assert!(parse(&quoted).is_some(), "{quoted}");
    }

    #[test]
    fn priorities_are_seen_through() {
        let of = |text: &str| {
            let (inner, priority) = unwrap(rnix::Root::parse(text).tree().expr().unwrap());
            (inner.syntax().text().to_string(), priority)
        };
        assert_eq!(of("lib.mkForce (true)"), ("true".to_owned(), 50));
        assert_eq!(of("(mkOverride 90 1)"), ("1".to_owned(), 90));
        assert_eq!(of("lib.mkDefault \"x\""), ("\"x\"".to_owned(), 1000));
        assert_eq!(of("lib.mkIf a b"), ("lib.mkIf a b".to_owned(), 100));
        assert_eq!(of("f x"), ("f x".to_owned(), 100));
    }
}
