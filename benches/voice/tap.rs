//! What sounds in a device, as somebody beside it hears it.

use anyhow::Context;
use std::io::Read;
use std::process::Child;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

/// Samples of a tap that are judged at a time: 5 ms.
const BLOCK: usize = 80;
/// What is louder is heard, of 32,768.
const AUDIBLE: u16 = 300;
/// Silence for so long is the end of a sound.
const GAP: Duration = Duration::from_millis(400);
/// Nothing takes longer.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// A device's sounds: when each began, and when it ended.
pub(crate) struct Tap {
    sounds: Receiver<(Instant, Instant)>,
    begun: Receiver<Instant>,
    child: Child,
}

impl Tap {
    /// The sounds in what `child` writes: mono samples at 16 kHz, 16 bits each, as they come.
    pub(crate) fn new(mut child: Child) -> anyhow::Result<Self> {
        let mut stream = child.stdout.take().context("no sound")?;
        let (sender, sounds) = mpsc::channel();
        let (start, begun) = mpsc::channel();
        thread::spawn(move || {
            let mut sound: Option<(Instant, Instant)> = None;
            let mut block = [0; BLOCK * 2];
            while stream.read_exact(&mut block).is_ok() {
                let now = Instant::now();
                let (samples, _) = block.as_chunks::<2>();
                let audible =
                    |sample: &[u8; 2]| i16::from_le_bytes(*sample).unsigned_abs() > AUDIBLE;
                match &mut sound {
                    Some((_, last)) if samples.iter().any(audible) => *last = now,
                    Some((first, last)) if now - *last > GAP => {
                        let _ = sender.send((*first, *last));
                        sound = None;
                    }
                    None if samples.iter().any(audible) => {
                        let _ = start.send(now);
                        sound = Some((now, now));
                    }
                    _ => {}
                }
            }
        });
        Ok(Self { sounds, begun, child })
    }

    /// The next sound that begins.
    pub(crate) fn begins(&self) -> anyhow::Result<Instant> {
        self.begun.recv_timeout(LIMIT).context("no sound began")
    }

    /// The next sound that ends: its beginning and end.
    pub(crate) fn ends(&self) -> anyhow::Result<(Instant, Instant)> {
        self.sounds.recv_timeout(LIMIT).context("no sound ended")
    }

    /// Forget what was heard.
    pub(crate) fn forget(&self) {
        while self.sounds.try_recv().is_ok() || self.begun.try_recv().is_ok() {}
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
