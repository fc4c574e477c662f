//! The files that a module imports by path.

use super::literal::{bare, call};
use super::module;
use super::source::File;
use crate::domain::Place;
use rnix::ast::{BinOpKind, Expr, HasEntry, InterpolPart};
use rowan::ast::AstNode;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// One file that is imported.
pub(super) struct Import {
    /// The file; of a directory its `default.nix`.
    pub(super) path: PathBuf,
    /// Where it is written.
    pub(super) place: Place,
}

/// What `file` imports by path. Others, `<nixos-hardware/…>` or a flake's modules, are not the
/// user's to edit here. Nothing where the file is no Nix.
pub(super) fn imports(file: &File) -> Vec<Import> {
    let mut found = Vec::new();
    if !file.is_sound() {
        return found;
    }
    if let Some(Expr::AttrSet(set)) = module::body(&file.root()) {
        for entry in set.attrpath_values() {
            let is_imports = module::keys(&entry).is_some_and(|keys| keys == ["imports"]);
            if let Some(value) = entry.value().filter(|_| is_imports) {
                collect(file, &value, &mut found);
            }
        }
    }
    found
}

/// The paths in a list of modules, however it is put together.
pub(super) fn collect(file: &File, expr: &Expr, found: &mut Vec<Import>) {
    match bare(expr.clone()) {
        Expr::List(list) => list.items().for_each(|item| collect(file, &item, found)),
        Expr::BinOp(both) if both.operator() == Some(BinOpKind::Concat) => {
            for side in [both.lhs(), both.rhs()].into_iter().flatten() {
                collect(file, &side, found);
            }
        }
        Expr::With(with) => {
            if let Some(body) = with.body() {
                collect(file, &body, found);
            }
        }
        // a module that is called with arguments of its own is a module all the same
        ref made @ Expr::Apply(_) => {
            if let Some((name, arguments)) = call(made)
                && name == "import"
                && let Some(first) = arguments.first()
            {
                collect(file, first, found);
            }
        }
        Expr::PathRel(path) => {
            let mut text = String::new();
            for part in path.parts() {
                let InterpolPart::Literal(part) = part else { return };
                text.push_str(part.text());
            }
            push(file, expr, Path::new(&text), found);
        }
        Expr::PathAbs(path) => {
            let text = path.syntax().text().to_string();
            push(file, expr, Path::new(&text), found);
        }
        _ => {}
    }
}

fn push(file: &File, expr: &Expr, target: &Path, found: &mut Vec<Import>) {
    // as Nix does, beside where the text is
    let real = fs::canonicalize(&file.path).unwrap_or_else(|_| file.path.clone());
    let base = real.parent().unwrap_or_else(|| Path::new("/"));
    let mut path = normal(&base.join(target));
    if path.is_dir() {
        path.push("default.nix");
    }
    found.push(Import { path, place: file.start(expr.syntax().text_range()) });
}

/// `path` without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => drop(clean.pop()),
            other => clean.push(other),
        }
    }
    clean
}
