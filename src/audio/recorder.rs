//! Recording from a sound server, by its own protocol. cpal, which does the rest, asks after each piece
//! how late it is, and its client clears a megabyte before each look at its socket: together that was
//! two thirds of what listening all day took of a core.

use super::host::OPEN_LIMIT;
use pulseaudio::protocol::stream::{BufferAttr, StreamFlags};
use pulseaudio::protocol::{
    self, AuthParams, AuthReply, ChannelMap, Command, CommandReply, CreateRecordStreamReply, Prop,
    Props, ProtocolError, RecordStreamParams, SampleFormat, SampleSpec, SetClientNameReply,
};
use pulseaudio::{cookie_path_from_env, socket_path_from_env};
use std::ffi::CString;
use std::fs;
use std::io::{self, BufReader, Read};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::thread::{self, JoinHandle};

/// The channel of messages that are no sound.
const CONTROL: u32 = u32::MAX;

/// A recording under way: a connection of its own, which a thread reads, and which ends with this.
pub(super) struct Recorder {
    socket: UnixStream,
    reader: Option<JoinHandle<()>>,
}

impl Recorder {
    /// Record the source of this name at `rate_hz`, mixed to one channel, in pieces of `frames`. `take` is
    /// given each, and `gone` is told that no more will come: the source was unplugged, or the server ended.
    pub(super) fn start(
        source: &str,
        rate_hz: u32,
        frames: u32,
        mut take: impl FnMut(&[f32]) + Send + 'static,
        gone: impl FnOnce() + Send + 'static,
    ) -> Result<Self, ProtocolError> {
        let mut server = Server::connect()?;
        let recording = server.ask::<CreateRecordStreamReply>(&Command::CreateRecordStream(
            RecordStreamParams {
                sample_spec: SampleSpec {
                    format: SampleFormat::Float32Le,
                    channels: 1,
                    sample_rate: rate_hz,
                },
                channel_map: ChannelMap::mono(),
                source_name: Some(CString::new(source).map_err(io::Error::from)?),
                buffer_attr: BufferAttr {
                    fragment_size: frames.saturating_mul(size_of::<f32>() as u32),
                    ..BufferAttr::default()
                },
                flags: StreamFlags { adjust_latency: true, ..StreamFlags::default() },
                ..RecordStreamParams::default()
            },
        ))?;
        let socket = server.socket.get_ref().try_clone()?;
        socket.set_read_timeout(None)?;
        let reader = thread::Builder::new().name("recorder".to_owned()).spawn(move || {
            if let Err(error) = server.record(recording.channel, &mut take) {
                tracing::debug!(%error, "the sound server records no more");
            }
            gone();
        })?;
        Ok(Self { socket, reader: Some(reader) })
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        // the thread reads no more; an error is that the server has done the same
        let _ = self.socket.shutdown(Shutdown::Both);
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

/// A connection to the sound server.
struct Server {
    socket: BufReader<UnixStream>,
    version: u16,
    asked: u32,
}

impl Server {
    fn connect() -> Result<Self, ProtocolError> {
        let path =
            socket_path_from_env().ok_or(io::ErrorKind::NotFound).map_err(io::Error::from)?;
        let socket = UnixStream::connect(path)?;
        socket.set_read_timeout(Some(OPEN_LIMIT))?;
        let mut server =
            Self { socket: BufReader::new(socket), version: protocol::MAX_VERSION, asked: 0 };
        let cookie = cookie_path_from_env().and_then(|path| fs::read(path).ok());
        let reply = server.ask::<AuthReply>(&Command::Auth(AuthParams {
            version: protocol::MAX_VERSION,
            supports_shm: false,
            supports_memfd: false,
            cookie: cookie.unwrap_or_default(),
        }))?;
        server.version = reply.version.min(protocol::MAX_VERSION);
        let mut properties = Props::new();
        properties.set(Prop::ApplicationName, c"nixvox");
        server.ask::<SetClientNameReply>(&Command::SetClientName(properties))?;
        Ok(server)
    }

    fn ask<R: CommandReply>(&mut self, command: &Command) -> Result<R, ProtocolError> {
        protocol::write_command_message(self.socket.get_mut(), self.asked, command, self.version)?;
        self.asked += 1;
        protocol::read_reply_message(&mut self.socket, self.version).map(|(_, reply)| reply)
    }

    /// Hand what comes on `channel` to `take`, until the source is gone.
    fn record(&mut self, channel: u32, take: &mut impl FnMut(&[f32])) -> Result<(), ProtocolError> {
        let (mut message, mut samples) = (Vec::new(), Vec::new());
        loop {
            let descriptor = protocol::read_descriptor(&mut self.socket)?;
            let length = descriptor.length as usize;
            if length > protocol::MAX_MEMBLOCKQ_LENGTH {
                return Err(ProtocolError::Invalid(format!("a message of {length} bytes")));
            }
            message.resize(length, 0);
            self.socket.read_exact(&mut message)?;
            if descriptor.channel == channel {
                let (sounds, _) = message.as_chunks();
                samples.clear();
                samples.extend(sounds.iter().map(|&sample| f32::from_le_bytes(sample)));
                take(&samples);
            } else if descriptor.channel == CONTROL {
                // what else a server tells changes nothing
                let told = Command::read_tag_prefixed(&mut message.as_slice(), self.version);
                if let Ok((_, Command::RecordStreamKilled(_))) = told {
                    return Ok(());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    /// What is taken of `sent`, and how it ended.
    fn taken(sent: &[u8]) -> (Vec<f32>, Result<(), ProtocolError>) {
        let (mut sender, socket) = UnixStream::pair().unwrap();
        sender.write_all(sent).unwrap();
        drop(sender);
        let (version, mut taken) = (protocol::MAX_VERSION, Vec::new());
        let mut server = Server { socket: BufReader::new(socket), version, asked: 0 };
        let ended = server.record(7, &mut |samples| taken.extend_from_slice(samples));
        (taken, ended)
    }

    fn sound(channel: u32, samples: &[f32]) -> Vec<u8> {
        let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        let mut message = Vec::new();
        protocol::write_memblock(&mut message, channel, &bytes, 0).unwrap();
        message
    }

    fn told(command: &Command) -> Vec<u8> {
        let mut message = Vec::new();
        protocol::write_command_message(&mut message, 0, command, protocol::MAX_VERSION).unwrap();
        message
    }

    #[test]
    fn sound_is_taken_until_the_source_is_gone() {
        let gone = told(&Command::RecordStreamKilled(7));
        let sent = [sound(7, &[0.5, -1.0]), sound(8, &[0.1]), sound(CONTROL, &[0.2]), gone];
        let (taken, ended) = taken(&[&sent.concat()[..], &sound(7, &[0.3])].concat());
        assert_eq!(taken, [0.5, -1.0]);
        assert!(ended.is_ok(), "{ended:?}");
    }

    #[test]
    fn a_server_that_breaks_off_or_lies_ends_it() {
        let whole = sound(7, &[0.5]);
        for end in 0..whole.len() {
            let (taken, ended) = taken(&whole[..end]);
            assert!(taken.is_empty() && ended.is_err(), "{end}");
        }
        let (taken, ended) = taken(&[[0xff; 4], [0; 4], [0; 4], [0; 4], [0; 4]].concat());
        assert!(taken.is_empty() && matches!(ended, Err(ProtocolError::Invalid(_))));
    }
}
