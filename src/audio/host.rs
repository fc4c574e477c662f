//! Which audio system is used, and what devices it has.

use super::Error;
use cpal::traits::{DeviceTrait, HostTrait};
use cpal::{BufferSize, Stream, SupportedBufferSize};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

/// How long an audio system may take to answer. A sink that sleeps was seen to need 2 s.
pub(super) const OPEN_LIMIT: Duration = Duration::from_secs(5);

/// What `nixvox doctor` tells of the audio devices.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Devices {
    /// The audio system, such as `pulseaudio` or `alsa`.
    pub host: String,
    /// Why the sound server is not used, where there is one.
    pub server_refused: Option<String>,
    /// Names of the inputs, the default one first.
    pub inputs: Vec<String>,
    /// Names of the outputs, the default one first.
    pub outputs: Vec<String>,
}

/// The inputs and outputs there are.
///
/// # Errors
/// No audio system can be reached, or it does not answer within 5 s.
pub fn devices() -> Result<Devices, Error> {
    within(OPEN_LIMIT, || {
        let (host, refusal) = host_and_refusal()?;
        Ok(Devices {
            host: host.id().to_string(),
            server_refused: refusal.as_ref().map(refused),
            inputs: names(host.default_input_device(), host.input_devices().map_err(Error::Open)?),
            outputs: names(
                host.default_output_device(),
                host.output_devices().map_err(Error::Open)?,
            ),
        })
    })
}

/// Does `work` with the audio system to use: the first that answers. A sound server (`PulseAudio`, or
/// `PipeWire` by the same protocol) comes before ALSA, whose bare devices only one program at a time may
/// have. Where the server that was used so far has gone, it is done anew.
///
/// # Errors
/// No audio system can be reached; that of `work`.
pub(super) fn with_host<T>(
    work: impl Fn(&Arc<cpal::Host>) -> Result<T, Error>,
) -> Result<T, Error> {
    let host = connected()?;
    match work(&host) {
        Err(_) if is_server(&host) && host.devices().is_err() => {
            connections().clear();
            work(&connected()?)
        }
        done => done,
    }
}

fn connected() -> Result<Arc<cpal::Host>, Error> {
    let (host, refusal) = host_and_refusal()?;
    if let Some(error) = refusal {
        TOLD.call_once(|| tracing::warn!("sound goes through {}: {}", host.id(), refused(&error)));
    }
    Ok(host)
}

/// Whether others may play on its devices meanwhile.
pub(super) fn is_server(host: &cpal::Host) -> bool {
    host.id() != cpal::HostId::Alsa
}

/// The connections to the sound server; one that nobody else holds is free for the next stream. They
/// are not closed, since cpal may leave a closed one behind: its thread sleeps on, where its last holder
/// goes after the server's last word, and the server takes 64. On each is one stream only: the server
/// would have two of them begin together.
static CONNECTIONS: Mutex<Vec<Arc<cpal::Host>>> = Mutex::new(Vec::new());

fn connections() -> MutexGuard<'static, Vec<Arc<cpal::Host>>> {
    CONNECTIONS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is told of a sound server that is there and not used. The client for it sends what is in the
/// cookie's file, and a server hangs up where that is nothing.
fn refused(error: &cpal::Error) -> String {
    format!(
        "the sound server refuses ({error}); where ~/.config/pulse/cookie is missing, `pactl info` makes it"
    )
}

/// That a sound server refuses is told once.
static TOLD: Once = Once::new();

/// The host to use, and why the one before it is not used.
fn host_and_refusal() -> Result<(Arc<cpal::Host>, Option<cpal::Error>), Error> {
    let mut kept = connections();
    if let Some(free) = kept.iter().find(|host| Arc::strong_count(host) == 1) {
        return Ok((Arc::clone(free), None));
    }
    let mut refusal = None;
    // cpal lists the hosts in that order.
    for id in cpal::available_hosts() {
        match cpal::host_from_id(id) {
            Ok(host) => {
                let host = Arc::new(host);
                kept.extend(is_server(&host).then(|| Arc::clone(&host)));
                return Ok((host, refusal));
            }
            Err(error) => refusal = Some(error),
        }
    }
    Err(Error::NoHost(refusal))
}

/// The device of this name or cpal identifier among `all`, or `default` where none is named.
pub(super) fn choose<I: Iterator<Item = cpal::Device>>(
    name: Option<&str>,
    default: Option<cpal::Device>,
    all: impl FnOnce() -> Result<I, cpal::Error>,
) -> Result<cpal::Device, Error> {
    let device = match name {
        None => default,
        Some(name) => all().map_err(Error::Open)?.find(|device| {
            device.to_string() == name || device.id().is_ok_and(|id| id.to_string() == name)
        }),
    };
    device.ok_or_else(|| Error::NoDevice { name: name.map(str::to_owned) })
}

/// A device's buffer of `ms` where it can, else what it likes best, which on a sound server may be two
/// seconds.
pub(super) fn buffer_size(supported: &SupportedBufferSize, rate_hz: u32, ms: u32) -> BufferSize {
    let frames = rate_hz * ms / 1000;
    match supported {
        SupportedBufferSize::Range { min, max } if (min..=max).contains(&&frames) => {
            BufferSize::Fixed(frames)
        }
        _ => BufferSize::Default,
    }
}

/// Calls `$start::<T>` with the type `T` of a device's samples.
macro_rules! by_sample_format {
    ($format:expr, $start:ident($($argument:expr),*)) => {
        match $format {
            cpal::SampleFormat::I8 => $start::<i8>($($argument),*),
            cpal::SampleFormat::I16 => $start::<i16>($($argument),*),
            cpal::SampleFormat::I24 => $start::<cpal::I24>($($argument),*),
            cpal::SampleFormat::I32 => $start::<i32>($($argument),*),
            cpal::SampleFormat::U8 => $start::<u8>($($argument),*),
            cpal::SampleFormat::U16 => $start::<u16>($($argument),*),
            cpal::SampleFormat::F32 => $start::<f32>($($argument),*),
            cpal::SampleFormat::F64 => $start::<f64>($($argument),*),
            other => return Err(Error::SampleFormat(other)),
        }
    };
}
pub(super) use by_sample_format;

/// Runs `work` on a thread of its own and waits `limit` for it. The audio systems' own calls block
/// without limit where a server hangs; such a thread is left behind, as nothing can end it.
pub(super) fn within<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let (sender, receiver) = mpsc::sync_channel(1);
    thread::Builder::new()
        .name("audio-open".to_owned())
        .spawn(move || sender.send(work()))
        .map_err(Error::Thread)?;
    receiver.recv_timeout(limit).unwrap_or(Err(Error::OpenTimeout(limit.as_millis())))
}

/// A stream that is closed without waiting for it: where a server has ended it already, cpal waits
/// for ever. Its connection is free once it is closed.
pub(super) struct OpenStream(Option<(Stream, Arc<cpal::Host>)>);

impl OpenStream {
    pub(super) fn new(stream: Stream, host: &Arc<cpal::Host>) -> Self {
        Self(Some((stream, Arc::clone(host))))
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        let open = self.0.take();
        // the stream before the connection
        let close = move || open.into_iter().for_each(|(stream, _host)| drop(stream));
        if let Err(error) = thread::Builder::new().name("audio-close".to_owned()).spawn(close) {
            tracing::warn!(%error, "a sound device was closed in the way of others");
        }
    }
}

fn names(default: Option<cpal::Device>, all: impl Iterator<Item = cpal::Device>) -> Vec<String> {
    let default = default.map(|device| device.to_string());
    let mut names: Vec<String> = Vec::new();
    for device in all.filter(is_device) {
        let name = device.to_string();
        if !names.contains(&name) {
            let at = if Some(&name) == default.as_ref() { 0 } else { names.len() };
            names.insert(at, name);
        }
    }
    names
}

/// ALSA lists its plugins too, which are there without any card.
fn is_device(device: &cpal::Device) -> bool {
    let Ok(id) = device.id() else { return false };
    id.host() != cpal::HostId::Alsa || id.id().contains("CARD=")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_hangs_is_given_up() {
        let limit = Duration::from_millis(20);
        let hung: Result<(), Error> = within(limit, || {
            thread::sleep(Duration::from_secs(1));
            Ok(())
        });
        assert!(matches!(hung, Err(Error::OpenTimeout(20))));
    }

    #[test]
    fn work_in_time_is_handed_on() {
        assert_eq!(within(OPEN_LIMIT, || Ok(7)).unwrap(), 7);
    }
}
