//! `nixvox ctl`: the running service, from the command line.

use super::Exit;
use super::args::{Ctl, CtlAction};
use super::out;
use super::view::{View, captions, told};
use crate::engine::Key;
use crate::service::protocol::{Message, Request};
use crate::service::{Client, Error, Place};

pub(super) fn run(ctl: &Ctl) -> anyhow::Result<Exit> {
    let mut client = Client::connect(&Place::own()?)?;
    let key = |key| Request::Key { key };
    let request = match &ctl.action {
        CtlAction::Press => key(Key::Press),
        CtlAction::Release => key(Key::Release),
        CtlAction::Toggle => key(Key::Toggle),
        CtlAction::Cancel => Request::Cancel,
        CtlAction::Say { text } => Request::Say { text: text.join(" ") },
        CtlAction::Status => Request::Status,
        CtlAction::Watch => return watch(&mut client, ctl.json),
        CtlAction::Reload => Request::Reload,
    };
    let message = client.ask(&request)?;
    match &message {
        message if ctl.json => out::json(message),
        Message::Answer(answer) => out::line(captions(answer)),
        Message::Status(status) => out::line(told(status)),
        _ => {}
    }
    Ok(match message {
        Message::Answer(answer) => answer.verdict.into(),
        _ => Exit::Done,
    })
}

/// Show what happens, until the service ends.
fn watch(client: &mut Client, json: bool) -> anyhow::Result<Exit> {
    let mut message = client.ask(&Request::Watch)?;
    let mut view = View::new();
    loop {
        if json {
            out::json(&message);
        } else {
            view.show(&message);
        }
        message = match client.receive() {
            Err(Error::Gone) => return Ok(Exit::Done),
            message => message?,
        };
    }
}
