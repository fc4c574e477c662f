//! Where an option is set, or may be.

use super::literal::{bare, call, unwrap};
use super::module;
use super::source::{Configuration, File};
use crate::domain::{Obstacle, Place};
use rnix::TextRange;
use rnix::ast::{Attr, AttrSet, AttrpathValue, BinOpKind, Entry, Expr, HasEntry};
use rowan::ast::AstNode;

/// One place that has to do with an option.
pub(super) struct Found {
    /// Which of the configuration's files.
    pub(super) file: usize,
    /// Where in it.
    pub(super) range: TextRange,
    /// What is there.
    pub(super) what: What,
}

/// What a place does with an option.
pub(super) enum What {
    /// Sets it, plainly, to this value.
    Set(Expr),
    /// Sets something below it, with these names further on.
    Part(Vec<String>, Expr),
    /// Sets it, or may do so, in a way that only evaluation tells.
    Behind(Obstacle),
}

impl Found {
    pub(super) fn place(&self, configuration: &Configuration) -> Place {
        configuration.files[self.file].start(self.range)
    }
}

/// Every place of `configuration` that has to do with the option `names`, in the files' order.
pub(super) fn find(configuration: &Configuration, names: &[String]) -> Vec<Found> {
    let mut found = Vec::new();
    for (index, file) in configuration.files.iter().enumerate() {
        let mut search = Search { file: index, found: Vec::new(), behind: None };
        search.module(file, names);
        found.append(&mut search.found);
    }
    found
}

struct Search {
    file: usize,
    found: Vec<Found>,
    /// What all that is found now lies behind.
    behind: Option<Obstacle>,
}

impl Search {
    fn module(&mut self, file: &File, names: &[String]) {
        match module::body(&file.root()) {
            Some(Expr::AttrSet(set)) => self.set(&set, &module::inner_path(&set, names)),
            // a whole module behind a condition
            Some(body @ Expr::Apply(_)) => self.value(&body, names),
            _ => {}
        }
    }

    fn push(&mut self, range: TextRange, what: What) {
        let what = match self.behind {
            Some(obstacle) => What::Behind(obstacle),
            None => what,
        };
        self.found.push(Found { file: self.file, range, what });
    }

    fn set(&mut self, set: &AttrSet, path: &[String]) {
        for entry in set.entries() {
            match entry {
                Entry::Inherit(inherit) => {
                    let name = |attr: Attr| module::name(&attr);
                    if inherit.attrs().filter_map(name).any(|name| name == path[0]) {
                        let range = inherit.syntax().text_range();
                        self.push(range, What::Behind(Obstacle::Computed));
                    }
                }
                Entry::AttrpathValue(entry) => self.entry(&entry, path),
            }
        }
    }

    fn entry(&mut self, entry: &AttrpathValue, path: &[String]) {
        let (Some(attrpath), Some(value)) = (entry.attrpath(), entry.value()) else { return };
        let range = entry.syntax().text_range();
        let mut rest = path;
        let mut attrs = attrpath.attrs();
        while let Some(attr) = attrs.next() {
            let Some((first, others)) = rest.split_first() else {
                let further = std::iter::once(attr).chain(attrs);
                let further = further.map(|attr| module::name(&attr)).collect::<Option<Vec<_>>>();
                let what = further.map(|names| What::Part(names, value));
                return self.push(range, what.unwrap_or(What::Behind(Obstacle::Computed)));
            };
            match module::name(&attr) {
                Some(name) if name == *first => rest = others,
                Some(_) => return,
                // a name that is computed may be any
                None => return self.push(range, What::Behind(Obstacle::Computed)),
            }
        }
        if rest.is_empty() {
            self.push(range, What::Set(value));
        } else {
            self.value(&value, rest);
        }
    }

    /// Look for `path` in a value that stands where a set of options does.
    fn value(&mut self, value: &Expr, path: &[String]) {
        let value = unwrap(bare(value.clone())).0;
        let range = value.syntax().text_range();
        match &value {
            Expr::AttrSet(set) => self.set(set, path),
            Expr::With(with) => {
                if let Some(body) = with.body() {
                    self.value(&body, path);
                }
            }
            Expr::LetIn(scope) => {
                if let Some(body) = scope.body() {
                    self.value(&body, path);
                }
            }
            Expr::IfElse(branch) => {
                for side in [branch.body(), branch.else_body()].into_iter().flatten() {
                    self.under(Obstacle::Conditional, &side, path);
                }
            }
            Expr::BinOp(both) if both.operator() == Some(BinOpKind::Update) => {
                for side in [both.lhs(), both.rhs()].into_iter().flatten() {
                    self.under(Obstacle::Computed, &side, path);
                }
            }
            Expr::Apply(_) => match call(&value) {
                Some((name, arguments)) => self.call(&name, &arguments, range, path),
                None => self.push(range, What::Behind(Obstacle::Computed)),
            },
            _ => self.push(range, What::Behind(Obstacle::Computed)),
        }
    }

    fn call(&mut self, name: &str, arguments: &[Expr], range: TextRange, path: &[String]) {
        match (name, arguments) {
            ("mkIf" | "optionalAttrs", [_, value]) => {
                self.under(Obstacle::Conditional, value, path);
            }
            ("mkMerge", [parts]) => match bare(parts.clone()) {
                Expr::List(list) => {
                    for part in list.items() {
                        self.under(Obstacle::Merged, &part, path);
                    }
                }
                _ => self.push(range, What::Behind(Obstacle::Merged)),
            },
            _ => self.push(range, What::Behind(Obstacle::Computed)),
        }
    }

    fn under(&mut self, obstacle: Obstacle, value: &Expr, path: &[String]) {
        let outer = self.behind;
        self.behind = outer.or(Some(obstacle));
        self.value(value, path);
        self.behind = outer;
    }
}
