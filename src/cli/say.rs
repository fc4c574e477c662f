//! `nixvox say`: a text, spoken.

use super::args::{Arguments, Say};
use super::{Exit, setup};
use crate::domain::Reply;
use crate::engine::Stopwatch;

pub(super) fn run(arguments: &Arguments, say: &Say) -> anyhow::Result<Exit> {
    let (arguments, say) = (arguments.clone(), say.clone());
    setup::cancellable(move |abort| {
        let config = setup::config(&arguments)?;
        let reply = Reply { say: say.text.join(" "), ..Reply::default() };
        let (mut voice, mut watch) = (setup::voice(&config)?, Stopwatch::start());
        setup::speak(&reply, &mut voice, say.out.as_deref(), &config, abort, &mut watch)?;
        Ok(Exit::Done)
    })
}
