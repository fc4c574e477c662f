//! The desktop's portal: it asks the user once, and tells when the key is used.

use super::backend::{Backend, Move};
use super::chord::{Chord, Modifier};
use super::error::Error;
use futures_lite::StreamExt;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::time::timeout;
use zbus::connection::Builder;
use zbus::message::Type as MessageType;
use zbus::zvariant::{DynamicType, ObjectPath, OwnedObjectPath, OwnedValue, Value};
use zbus::{Connection, MatchRule, Message, MessageStream};

const PORTAL: &str = "org.freedesktop.portal.Desktop";
const OBJECT: &str = "/org/freedesktop/portal/desktop";
const SHORTCUTS: &str = "org.freedesktop.portal.GlobalShortcuts";
/// What the portal knows us as; a desktop file has this name.
const APPLICATION: &str = "org.nixvox.nixvox";
/// What the shortcut is called on the bus.
const SHORTCUT: &str = "talk";
/// How long the bus and the portal may take to answer, where nobody is asked.
const LIMIT: Duration = Duration::from_secs(5);
/// How often to look whether to end while somebody is asked.
const POLL: Duration = Duration::from_millis(200);

/// Particulars, as the portal takes and tells them.
type Details<'a> = HashMap<&'a str, Value<'a>>;

/// A session that has the key.
pub(super) struct Portal {
    runtime: Runtime,
    wire: Wire,
    session: OwnedObjectPath,
}

/// Whether this session's desktop has such a portal.
pub(super) fn probe() -> Result<(), Error> {
    let runtime = runtime()?;
    runtime.block_on(Wire::connect()).map(drop)
}

fn runtime() -> Result<Runtime, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Error::Portal(error.into()))
}

impl Portal {
    /// Ask for `chord`; the user may be asked, and chooses the key in the end.
    pub(super) fn open(chord: &Chord, over: &AtomicBool) -> Result<Self, Error> {
        let runtime = runtime()?;
        let (wire, session) = runtime.block_on(async {
            let mut wire = Wire::connect().await?;
            let session = wire.bind(chord, over).await?;
            Ok::<_, Error>((wire, session))
        })?;
        Ok(Self { runtime, wire, session })
    }
}

impl Backend for Portal {
    fn next(&mut self, limit: Duration) -> Result<Option<Move>, Error> {
        let Self { runtime, wire, session } = self;
        // nothing is lost where the time is over: a message stays where it is until it is taken
        match runtime.block_on(async { timeout(limit, wire.next_move(session)).await }) {
            Ok(step) => step.map(Some),
            Err(_) => Ok(None),
        }
    }
}

/// The session bus, and what the portal says on it.
struct Wire {
    connection: Connection,
    messages: MessageStream,
}

impl Wire {
    /// Connect, and see that the portal gives global shortcuts.
    async fn connect() -> Result<Self, Error> {
        let absent = |why: String| Error::Absent(format!("no portal gives global keys: {why}"));
        let connecting = async { Builder::session()?.method_timeout(LIMIT).build().await };
        let connection = match timeout(LIMIT, connecting).await {
            Ok(connected) => connected.map_err(|error| absent(error.to_string()))?,
            Err(_) => return Err(absent("the session bus does not answer".to_owned())),
        };
        let properties = Some("org.freedesktop.DBus.Properties");
        let version = (SHORTCUTS, "version");
        let asked = connection.call_method(Some(PORTAL), OBJECT, properties, "Get", &version).await;
        asked.map_err(|error| absent(error.to_string()))?;
        let messages = MessageStream::from(&connection);
        Ok(Self { connection, messages })
    }

    /// Open a session, and have the key bound in it.
    async fn bind(&mut self, chord: &Chord, over: &AtomicBool) -> Result<OwnedObjectPath, Error> {
        let bus = zbus::fdo::DBusProxy::new(&self.connection).await?;
        let told = MatchRule::builder().msg_type(MessageType::Signal).sender(PORTAL)?.build();
        bus.add_match_rule(told).await.map_err(zbus::Error::from)?;
        let gone = MatchRule::builder()
            .msg_type(MessageType::Signal)
            .sender("org.freedesktop.DBus")?
            .member("NameOwnerChanged")?
            .arg(0, PORTAL)?
            .build();
        bus.add_match_rule(gone).await.map_err(zbus::Error::from)?;
        self.register().await;

        let options = details([("handle_token", "session"), ("session_handle_token", "nixvox")]);
        let made = self.request("CreateSession", &(options,), chord, over).await?;
        // the documentation says a string, and some give a path
        let session = match made.get("session_handle").map(|handle| &**handle) {
            Some(Value::Str(path)) => OwnedObjectPath::try_from(path.as_str()).ok(),
            Some(Value::ObjectPath(path)) => Some(path.to_owned().into()),
            _ => None,
        };
        let session = session.ok_or(Error::Closed)?;

        let trigger = trigger(chord);
        let shortcut =
            details([("description", "Talk to nixvox"), ("preferred_trigger", trigger.as_str())]);
        let shortcuts = [(SHORTCUT, shortcut)];
        let options = details([("handle_token", "bind")]);
        let body = (&session, shortcuts.as_slice(), "", options);
        self.request("BindShortcuts", &body, chord, over).await?;
        Ok(session)
    }

    /// Say who we are; without it some portals know no one outside a sandbox, and older ones need no
    /// telling.
    async fn register(&self) {
        let registry = Some("org.freedesktop.host.portal.Registry");
        let body = (APPLICATION, Details::new());
        let told = self.connection.call_method(Some(PORTAL), OBJECT, registry, "Register", &body);
        if let Err(error) = told.await {
            tracing::debug!(%error, "the portal does not register applications");
        }
    }

    /// Ask the portal for something that it may ask the user about; what it answers.
    async fn request<B: Serialize + DynamicType>(
        &mut self,
        method: &str,
        body: &B,
        chord: &Chord,
        over: &AtomicBool,
    ) -> Result<HashMap<String, OwnedValue>, Error> {
        let reply = self
            .connection
            .call_method(Some(PORTAL), OBJECT, Some(SHORTCUTS), method, body)
            .await?;
        let handle: OwnedObjectPath = reply.body().deserialize()?;
        while !over.load(Ordering::Acquire) {
            let Ok(message) = timeout(POLL, self.message()).await else { continue };
            let message = message?;
            if is(&message, "org.freedesktop.portal.Request", "Response", Some(&handle)) {
                let (code, results) = message.body().deserialize()?;
                return match code {
                    0_u32 => Ok(results),
                    _ => Err(Error::Refused(chord.clone())),
                };
            }
        }
        Err(Error::Over)
    }

    /// The key's next move in `session`.
    async fn next_move(&mut self, session: &OwnedObjectPath) -> Result<Move, Error> {
        loop {
            let message = self.message().await?;
            if is(&message, "org.freedesktop.portal.Session", "Closed", Some(session)) {
                return Err(Error::Closed);
            }
            let step = if is(&message, SHORTCUTS, "Activated", None) {
                Move::Down
            } else if is(&message, SHORTCUTS, "Deactivated", None) {
                Move::Up
            } else {
                continue;
            };
            let body = message.body();
            let told: Result<(ObjectPath<'_>, &str, u64, Details<'_>), _> = body.deserialize();
            if told.is_ok_and(|(path, shortcut, ..)| path == **session && shortcut == SHORTCUT) {
                return Ok(step);
            }
        }
    }

    /// The next message; an error where the bus or the portal is gone.
    async fn message(&mut self) -> Result<Message, Error> {
        let Some(message) = self.messages.next().await else { return Err(Error::Closed) };
        let message = message?;
        if is(&message, "org.freedesktop.DBus", "NameOwnerChanged", None) {
            let body = message.body();
            let (name, _, owner): (&str, &str, &str) = body.deserialize()?;
            if name == PORTAL && owner.is_empty() {
                return Err(Error::Closed);
            }
        }
        Ok(message)
    }
}

/// Whether `message` is this signal, of this object where one is named.
fn is(message: &Message, interface: &str, member: &str, path: Option<&ObjectPath<'_>>) -> bool {
    let header = message.header();
    header.message_type() == MessageType::Signal
        && header.interface().is_some_and(|it| it == interface)
        && header.member().is_some_and(|it| it == member)
        && path.is_none_or(|path| header.path() == Some(path))
}

fn details<'a, const N: usize>(pairs: [(&'a str, &'a str); N]) -> Details<'a> {
    pairs.into_iter().map(|(key, value)| (key, Value::from(value))).collect()
}

/// The chord as the portal writes it: `CTRL+ALT+space`.
fn trigger(chord: &Chord) -> String {
    let modifiers = chord.modifiers.iter().map(|modifier| match modifier {
        Modifier::Ctrl => "CTRL+",
        Modifier::Alt => "ALT+",
        Modifier::Shift => "SHIFT+",
        Modifier::Super => "LOGO+",
    });
    modifiers.chain([chord.key.symbol.as_str()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chords_are_written_as_the_portal_reads_them() {
        let trigger = |text: &str| trigger(&text.parse().unwrap());
        assert_eq!(trigger("ctrl+alt+space"), "CTRL+ALT+space");
        assert_eq!(trigger("super+f9"), "LOGO+F9");
        assert_eq!(trigger("right_ctrl"), "Control_R");
    }
}
