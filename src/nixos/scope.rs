//! Names that nothing defines, and names that are defined twice: what Nix refuses before it
//! evaluates anything.

use super::literal::bare;
use super::module;
use rnix::TextRange;
use rnix::ast::{self, Attr, AttrSet, Entry, Expr, HasEntry, InterpolPart, Param};
use rowan::ast::AstNode;
use std::collections::BTreeMap;

/// What Nix defines everywhere; names that begin with `__` come on top.
const GLOBAL: [&str; 23] = [
    "abort",
    "baseNameOf",
    "break",
    "builtins",
    "derivation",
    "derivationStrict",
    "dirOf",
    "false",
    "fetchGit",
    "fetchMercurial",
    "fetchTarball",
    "fetchTree",
    "fromTOML",
    "import",
    "isNull",
    "map",
    "null",
    "placeholder",
    "removeAttrs",
    "scopedImport",
    "throw",
    "toString",
    "true",
];

/// A mistake, at its place in the text.
pub(super) struct Mistake {
    pub(super) range: TextRange,
    pub(super) what: Slip,
}

/// What kind of mistake.
pub(super) enum Slip {
    /// Nothing defines this name.
    Undefined(String),
    /// This is defined a second time.
    Twice(String),
}

/// The mistakes in `expr`, in the order of the text.
pub(super) fn mistakes(expr: &Expr) -> Vec<Mistake> {
    let mut walk = Walk { names: Vec::new(), open: 0, found: Vec::new() };
    walk.expr(expr);
    walk.found.sort_by_key(|mistake| mistake.range.start());
    walk.found
}

struct Walk {
    /// The names that are defined here.
    names: Vec<String>,
    /// How many `with` could define any name.
    open: usize,
    found: Vec<Mistake>,
}

impl Walk {
    fn knows(&self, name: &str) -> bool {
        self.open > 0
            || name.starts_with("__")
            || GLOBAL.contains(&name)
            || self.names.iter().rev().any(|known| known == name)
    }

    fn use_of(&mut self, name: &str, range: TextRange) {
        if !self.knows(name) {
            self.found.push(Mistake { range, what: Slip::Undefined(name.to_owned()) });
        }
    }

    /// Go through `part` with `names` defined.
    fn within(&mut self, names: Vec<String>, part: impl FnOnce(&mut Self)) {
        let outer = self.names.len();
        self.names.extend(names);
        part(self);
        self.names.truncate(outer);
    }

    fn some(&mut self, expr: Option<Expr>) {
        if let Some(expr) = expr {
            self.expr(&expr);
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Ident(ident) => {
                let syntax = ident.syntax();
                self.use_of(&syntax.text().to_string(), syntax.text_range());
            }
            Expr::Lambda(lambda) => self.lambda(lambda),
            Expr::LetIn(scope) => {
                self.twice(scope.entries());
                let names = defined(scope.entries());
                self.inherited(scope.inherits());
                self.within(names, |walk| {
                    walk.values(scope.entries());
                    walk.some(scope.body());
                });
            }
            Expr::LegacyLet(scope) => {
                let names = defined(scope.entries());
                self.inherited(scope.inherits());
                self.within(names, |walk| walk.values(scope.entries()));
            }
            Expr::AttrSet(set) => self.set(set),
            Expr::With(with) => {
                self.some(with.namespace());
                self.open += 1;
                self.some(with.body());
                self.open -= 1;
            }
            Expr::Select(select) => {
                self.some(select.expr());
                self.attrs(select.attrpath());
                self.some(select.default_expr());
            }
            Expr::HasAttr(has) => {
                self.some(has.expr());
                self.attrs(has.attrpath());
            }
            Expr::Str(string) => self.string(string),
            Expr::PathRel(path) => self.parts(path.parts()),
            Expr::PathAbs(path) => self.parts(path.parts()),
            Expr::PathHome(path) => self.parts(path.parts()),
            // the rest is no more than its parts
            other => {
                for child in other.syntax().children().filter_map(Expr::cast) {
                    self.expr(&child);
                }
            }
        }
    }

    fn set(&mut self, set: &AttrSet) {
        self.twice(set.entries());
        self.inherited(set.inherits());
        if set.rec_token().is_some() {
            let names = defined(set.entries());
            self.within(names, |walk| walk.values(set.entries()));
        } else {
            self.values(set.entries());
        }
    }

    fn lambda(&mut self, lambda: &ast::Lambda) {
        let ident = |ident: Option<ast::Ident>| ident.map(|i| i.syntax().text().to_string());
        let names = match lambda.param() {
            Some(Param::IdentParam(param)) => ident(param.ident()).into_iter().collect(),
            Some(Param::Pattern(pattern)) => {
                let entries = pattern.pat_entries().filter_map(|entry| ident(entry.ident()));
                entries.chain(pattern.pat_bind().and_then(|bind| ident(bind.ident()))).collect()
            }
            None => Vec::new(),
        };
        self.within(names, |walk| {
            if let Some(Param::Pattern(pattern)) = lambda.param() {
                for entry in pattern.pat_entries() {
                    walk.some(entry.default());
                }
            }
            walk.some(lambda.body());
        });
    }

    /// `inherit x` takes x from around; `inherit (e) x` is looked at with the values.
    fn inherited(&mut self, inherits: impl Iterator<Item = ast::Inherit>) {
        for inherit in inherits.filter(|inherit| inherit.from().is_none()) {
            for attr in inherit.attrs() {
                if let Some(name) = module::name(&attr) {
                    self.use_of(&name, attr.syntax().text_range());
                }
            }
        }
    }

    fn values(&mut self, entries: impl Iterator<Item = Entry>) {
        for entry in entries {
            match entry {
                Entry::Inherit(inherit) => self.some(inherit.from().and_then(|from| from.expr())),
                Entry::AttrpathValue(entry) => {
                    self.attrs(entry.attrpath());
                    self.some(entry.value());
                }
            }
        }
    }

    fn attrs(&mut self, path: Option<ast::Attrpath>) {
        for attr in path.into_iter().flat_map(|path| path.attrs()) {
            match attr {
                Attr::Dynamic(dynamic) => self.some(dynamic.expr()),
                Attr::Str(string) => self.string(&string),
                Attr::Ident(_) => {}
            }
        }
    }

    fn string(&mut self, string: &ast::Str) {
        self.parts(string.parts());
    }

    fn parts<T>(&mut self, parts: impl IntoIterator<Item = InterpolPart<T>>) {
        for part in parts {
            if let InterpolPart::Interpolation(inner) = part {
                self.some(inner.expr());
            }
        }
    }

    fn twice(&mut self, entries: impl Iterator<Item = Entry>) {
        let mut level = Level::default();
        for entry in entries {
            match entry {
                Entry::Inherit(inherit) => {
                    for attr in inherit.attrs() {
                        if let Some(name) = module::name(&attr)
                            && !level.leaf(std::slice::from_ref(&name))
                        {
                            let range = attr.syntax().text_range();
                            self.found.push(Mistake { range, what: Slip::Twice(name) });
                        }
                    }
                }
                Entry::AttrpathValue(entry) => {
                    let (Some(keys), Some(value)) = (module::keys(&entry), entry.value()) else {
                        continue;
                    };
                    if !level.add(&keys, &value) {
                        let range = entry.syntax().text_range();
                        let what = Slip::Twice(super::option::written(&keys));
                        self.found.push(Mistake { range, what });
                    }
                }
            }
        }
    }
}

/// The names that entries define.
fn defined(entries: impl Iterator<Item = Entry>) -> Vec<String> {
    let mut names = Vec::new();
    for entry in entries {
        match entry {
            Entry::Inherit(inherit) => {
                names.extend(inherit.attrs().filter_map(|attr| module::name(&attr)));
            }
            Entry::AttrpathValue(entry) => {
                let first = entry.attrpath().and_then(|path| path.attrs().next());
                names.extend(first.and_then(|attr| module::name(&attr)));
            }
        }
    }
    names
}

/// What is defined below a name: values, and sets that other entries may add to.
#[derive(Default)]
struct Level(BTreeMap<String, Option<Level>>);

impl Level {
    /// Define `keys`, which nothing else may then; whether they were free.
    fn leaf(&mut self, keys: &[String]) -> bool {
        let Some((first, rest)) = keys.split_first() else { return false };
        if rest.is_empty() {
            let free = !self.0.contains_key(first);
            self.0.entry(first.clone()).or_insert(None);
            return free;
        }
        match self.0.entry(first.clone()).or_insert_with(|| Some(Self::default())) {
            Some(level) => level.leaf(rest),
            None => false,
        }
    }

    /// Define `keys` as `value`; a set that is written out is added to what is there.
    fn add(&mut self, keys: &[String], value: &Expr) -> bool {
        let Expr::AttrSet(set) = bare(value.clone()) else { return self.leaf(keys) };
        let mut level = self;
        for key in keys {
            match level.0.entry(key.clone()).or_insert_with(|| Some(Self::default())) {
                Some(inner) => level = inner,
                None => return false,
            }
        }
        // what is twice within the set itself is told where the set is looked at
        let mut own = Self::default();
        let mut free = true;
        for entry in set.attrpath_values() {
            let (Some(keys), Some(value)) = (module::keys(&entry), entry.value()) else { continue };
            if own.add(&keys, &value) {
                free &= level.add(&keys, &value);
            }
        }
        free
    }
}
