//! The service's side of the socket.

use super::board::Board;
use super::protocol::{LONGEST_LINE, Message, PROTOCOL, Request};
use crate::engine::Event;
use crate::lines::{LineError, parsed};
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinSet;
use unix::unistd::Uid;

/// Clients at a time.
const CLIENTS: usize = 32;
/// A client that takes nothing for so long is given up.
const WRITE_LIMIT: Duration = Duration::from_secs(5);
/// A client that does not greet for so long is given up.
const GREETING_LIMIT: Duration = Duration::from_secs(5);

/// Serve clients until `over`.
pub async fn serve(listener: UnixListener, board: Board, over: impl Future<Output = ()>) {
    let room = Arc::new(Semaphore::new(CLIENTS));
    let mut clients = JoinSet::new();
    tokio::pin!(over);
    loop {
        let stream = tokio::select! {
            () = &mut over => break,
            accepted = listener.accept() => accepted,
            Some(_) = clients.join_next() => continue,
        };
        let stream = match stream {
            Ok((stream, _)) => stream,
            Err(error) => {
                // such as too many open files: it passes
                tracing::warn!(%error, "a client could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let (board, place) = (board.clone(), Arc::clone(&room).try_acquire_owned());
        clients.spawn(async move {
            let (reader, writer) = stream_of(stream)?;
            let mut client = Client { reader, writer, board };
            match place {
                Ok(_place) => client.attend().await,
                Err(_) => client.refuse("too many clients").await,
            }
        });
    }
    clients.shutdown().await;
}

/// Both halves of a connection by this very user.
fn stream_of(stream: UnixStream) -> io::Result<(BufReader<OwnedReadHalf>, OwnedWriteHalf)> {
    let user = stream.peer_cred()?.uid();
    if user != Uid::effective().as_raw() {
        tracing::warn!(user, "another user's connection was refused");
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    let (reader, writer) = stream.into_split();
    Ok((BufReader::new(reader), writer))
}

/// One client's connection.
struct Client {
    reader: BufReader<OwnedReadHalf>,
    writer: OwnedWriteHalf,
    board: Board,
}

impl Client {
    async fn attend(&mut self) -> io::Result<()> {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        self.send(&Message::Hello { protocol: PROTOCOL, version }).await?;
        match tokio::time::timeout(GREETING_LIMIT, self.line()).await {
            Ok(Ok(Request::Hello { protocol: PROTOCOL })) => {}
            Ok(Ok(Request::Hello { protocol })) => {
                let why = format!("this is protocol {PROTOCOL}, not {protocol}");
                return self.refuse(&why).await;
            }
            Ok(Ok(_)) => return self.refuse("the first line must be a hello").await,
            Ok(Err(error)) => return self.part(error).await,
            Err(_) => return self.refuse("no hello came").await,
        }
        self.send(&Message::Taken).await?;
        loop {
            let message = match self.line().await {
                Ok(Request::Watch) => return self.watch().await,
                Ok(request) => self.answer(request).await,
                // from which the next one can be told
                Err(error @ LineError::Unexpected { .. }) => {
                    Message::Error { error: format!("not a request: {error}") }
                }
                Err(error) => return self.part(error).await,
            };
            self.send(&message).await?;
        }
    }

    async fn answer(&self, request: Request) -> Message {
        match request {
            Request::Key { key } => self.board.post(Event::Key(key)),
            Request::Cancel => self.board.post(Event::Cancel),
            Request::Say { text } => self.board.say(text).await,
            Request::Reload => self.board.reload().await,
            Request::Status => Message::Status(self.board.status()),
            Request::Hello { .. } | Request::Watch => Message::Taken,
        }
    }

    /// Tell all that happens, until the client leaves.
    async fn watch(&mut self) -> io::Result<()> {
        let mut news = self.board.watch();
        self.send(&Message::Status(self.board.status())).await?;
        let mut rest = [0; 64];
        loop {
            let message = tokio::select! {
                // it has nothing more to say; what it says is not read as requests
                read = self.reader.read(&mut rest) => match read? {
                    0 => return Ok(()),
                    _ => continue,
                },
                message = news.recv() => message,
            };
            match message {
                Ok(message) => self.send(&message).await?,
                Err(RecvError::Lagged(count)) => self.send(&Message::Missed { count }).await?,
                Err(RecvError::Closed) => return Ok(()),
            }
        }
    }

    /// The client's next line.
    async fn line(&mut self) -> Result<Request, LineError> {
        let mut line = Vec::new();
        let mut limited = (&mut self.reader).take(LONGEST_LINE as u64 + 1);
        limited.read_until(b'\n', &mut line).await?;
        parsed(&line, LONGEST_LINE)
    }

    /// Tell the client why it is heard no longer, where it is still there.
    async fn part(&mut self, why: LineError) -> io::Result<()> {
        match why {
            LineError::Gone => Ok(()),
            LineError::Broken(error) => Err(error),
            why => self.refuse(&why.to_string()).await,
        }
    }

    async fn refuse(&mut self, why: &str) -> io::Result<()> {
        self.send(&Message::Error { error: why.to_owned() }).await
    }

    async fn send(&mut self, message: &Message) -> io::Result<()> {
        let mut line = serde_json::to_vec(message)?;
        line.push(b'\n');
        tokio::time::timeout(WRITE_LIMIT, self.writer.write_all(&line)).await?
    }
}
