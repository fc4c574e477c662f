//! `nixvox ctl`: the running service, from outside.

use super::Exit;
use super::args::{Ctl, CtlAction};
use crate::domain::Progress;
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
        CtlAction::Watch => Request::Watch,
    };
    let mut message = client.ask(&request)?;
    print(&message, ctl.json)?;
    if matches!(request, Request::Watch) {
        loop {
            message = match client.receive() {
                Err(Error::Gone) => return Ok(Exit::Done),
                message => message?,
            };
            print(&message, ctl.json)?;
        }
    }
    Ok(match message {
        Message::Answer(answer) => answer.verdict.into(),
        _ => Exit::Done,
    })
}

fn print(message: &Message, json: bool) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string(message)?);
        return Ok(());
    }
    match message {
        Message::Answer(answer) => {
            if let Some(heard) = &answer.heard {
                println!("“{heard}”");
            }
            println!("{}", answer.show);
        }
        Message::Status(status) => {
            let microphone = if status.microphone { "open" } else { "closed" };
            let key = status.hotkey.as_ref().map(|key| format!(", key {key}")).unwrap_or_default();
            let (state, turns, pid) = (status.state, status.turns, status.pid);
            println!("{state}, microphone {microphone}{key}, {turns} turns, process {pid}");
        }
        Message::Progress(progress) => {
            let Progress { paths, current, .. } = progress;
            let current = current.as_deref().unwrap_or_default();
            println!("· {} of {} {current}", paths.done, paths.expected);
        }
        Message::State { state } => println!("· {state}"),
        Message::Trouble { text } => println!("! {text}"),
        Message::Missed { count } => println!("! {count} messages were missed"),
        Message::Hello { .. } | Message::Taken | Message::Spoken { .. } | Message::Error { .. } => {
        }
    }
    Ok(())
}
