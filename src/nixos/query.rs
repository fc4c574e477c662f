//! What an option is set to, as far as the text tells.

use super::error::Error;
use super::find::{What, find};
use super::lists;
use super::literal::{bare, is_literal, unwrap};
use super::module;
use super::option::{OptionPath, written};
use super::source::{Configuration, File};
use crate::domain::{Obstacle, OptionState, OptionValue};
use rnix::ast::{Expr, HasEntry, LetIn};
use rowan::ast::AstNode;

/// Longest chain of local names that is followed.
const MAX_NAMES: usize = 8;

impl Configuration {
    /// What `option` is set to. Of definitions that override each other only those that win are
    /// told; definitions that depend on something are all told, and marked.
    ///
    /// # Errors
    /// [`Error::Syntax`] where a file is no Nix.
    pub fn query(&self, option: &OptionPath) -> Result<OptionState, Error> {
        self.sound()?;
        let mut values: Vec<(u32, OptionValue)> = Vec::new();
        for found in find(self, option.names()) {
            let place = found.place(self);
            let text = |expr: &Expr| expr.syntax().text().to_string();
            let value = match &found.what {
                What::Set(expr) => {
                    let (inner, priority) = unwrap(bare(expr.clone()));
                    let inner = resolve(inner);
                    let items = lists::items(&inner);
                    let known = is_literal(&inner) || items.is_some();
                    let obstacle = (!known).then(|| obstacle_of(&inner));
                    let value =
                        OptionValue { below: None, value: text(&inner), items, place, obstacle };
                    (priority, value)
                }
                What::Part(names, expr) => {
                    let value = OptionValue {
                        below: Some(written(names)),
                        value: text(expr),
                        items: lists::items(expr),
                        place,
                        obstacle: None,
                    };
                    (super::literal::ORDINARY, value)
                }
                What::Behind(obstacle) => {
                    let file: &File = &self.files[found.file];
                    let value = file.text[std::ops::Range::<usize>::from(found.range)].to_owned();
                    let obstacle = Some(*obstacle);
                    (
                        super::literal::ORDINARY,
                        OptionValue { below: None, value, items: None, place, obstacle },
                    )
                }
            };
            values.push(value);
        }
        let plain = |value: &OptionValue| value.obstacle.is_none();
        let wins =
            values.iter().filter(|(_, value)| plain(value)).map(|(priority, _)| *priority).min();
        values.retain(|(priority, value)| !plain(value) || Some(*priority) == wins);
        Ok(OptionState {
            option: option.to_string(),
            values: values.into_iter().map(|(_, value)| value).collect(),
            evaluated: None,
        })
    }
}

/// What keeps a value from being told.
pub(super) fn obstacle_of(expr: &Expr) -> Obstacle {
    match super::literal::call(expr) {
        Some((name, _)) if name == "mkIf" => Obstacle::Conditional,
        Some((name, _)) if name == "mkMerge" => Obstacle::Merged,
        _ if matches!(expr, Expr::IfElse(_)) => Obstacle::Conditional,
        _ => Obstacle::Computed,
    }
}

/// The value of a local name, as far as it is one that `let` gives.
fn resolve(expr: Expr) -> Expr {
    let mut expr = expr;
    for _ in 0..MAX_NAMES {
        let Expr::Ident(ident) = &expr else { break };
        let name = ident.syntax().text().to_string();
        let scopes = ident.syntax().ancestors().filter_map(LetIn::cast);
        let entry = scopes
            .flat_map(|scope| scope.attrpath_values())
            .find(|entry| module::keys(entry).is_some_and(|keys| keys == [name.as_str()]));
        match entry.and_then(|entry| entry.value()) {
            Some(value) => expr = bare(value),
            None => break,
        }
    }
    expr
}
