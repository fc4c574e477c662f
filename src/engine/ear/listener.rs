//! The ear's side of the thread: frames in, what they mean out.

use super::guard::Guard;
use super::playing::Playing;
use super::switches::Switches;
use super::{Mode, Opening, Sound};
use crate::domain::{TurnId, Utterance};
use crate::dsp::{Endpointing, Level, Mark, SILENCE, Segmenter, VAD_FRAME, Vad};
use crate::ports::AudioSource;
use std::time::{Duration, Instant};

/// So many frames of what may be somebody else's speech make our own voice wait: 32 ms.
const STIRRING: usize = 2;
/// It waits for so many frames, unless an utterance begins: 192 ms.
const HELD: usize = 12;
/// After the key's release speech still counts for so long, in frames: 480 ms.
const TAIL: usize = 30;

/// Cuts what a source gives into utterances.
pub(super) struct Listener {
    mode: Mode,
    switches: Switches,
    guard: Guard,
    vad: Vad,
    level: Level,
    segmenter: Segmenter,
    by: Opening,
    pressed: bool,
    /// Frames since the key's release.
    released: usize,
    /// Frames in a row that may be somebody else's speech while our voice sounds.
    stirring: usize,
    /// Frames for which our voice still waits.
    held: usize,
    turn: TurnId,
    pause: u32,
}

impl Listener {
    pub(super) fn new(mode: Mode, switches: Switches, playing: Playing) -> Self {
        Self {
            mode,
            switches,
            guard: Guard::new(playing),
            vad: Vad::default(),
            level: Level::default(),
            segmenter: Segmenter::new(Endpointing::VOICE),
            by: Opening::Voice,
            pressed: false,
            released: 0,
            stirring: 0,
            held: 0,
            turn: TurnId::default(),
            pause: 0,
        }
    }

    /// Listen to `source` until it ends, fails, or nobody wants to hear more.
    pub(super) fn listen<S: AudioSource>(
        &mut self,
        source: S,
        tell: &mut impl FnMut(Sound),
    ) -> Result<(), S::Error> {
        let heard = self.follow(source, tell);
        if heard.is_err() {
            self.forget();
        }
        heard
    }

    /// Forget what was begun: it is not gone on with when there is sound again, which may be much later.
    fn forget(&mut self) {
        drop(self.segmenter.finish());
        (self.pressed, self.stirring, self.held) = (false, 0, 0);
        self.guard.hold(false);
    }

    fn follow<S: AudioSource>(
        &mut self,
        mut source: S,
        tell: &mut impl FnMut(Sound),
    ) -> Result<(), S::Error> {
        let mut is_ready = false;
        let (mut heard, mut samples) = (Vec::new(), Vec::new());
        while !self.switches.is_over() {
            let more = source.read(&mut heard)?;
            // a device that opens may give nothing all the same
            if !std::mem::replace(&mut is_ready, true) {
                tell(Sound::Ready);
            }
            if S::IS_LIVE {
                self.guard.clean(&heard, self.segmenter.is_open(), &mut samples);
                heard.clear();
            } else {
                samples.append(&mut heard);
            }
            let whole = samples.len() / VAD_FRAME * VAD_FRAME;
            let (frames, _) = samples[..whole].as_chunks::<VAD_FRAME>();
            for frame in frames {
                self.frame(frame, tell);
            }
            samples.drain(..whole);
            if !more {
                if let Some(samples) = self.segmenter.finish() {
                    tell(self.over(samples, 0));
                }
                return Ok(());
            }
        }
        Ok(())
    }

    fn frame(&mut self, frame: &[f32; VAD_FRAME], tell: &mut impl FnMut(Sound)) {
        let pressed = self.switches.is_pressed();
        if pressed && !self.pressed {
            let quiet_ms = self.segmenter.quiet_ms();
            match self.segmenter.finish() {
                Some(samples) if self.by == Opening::Key => tell(self.over(samples, quiet_ms)),
                // what was being said before was not meant for us
                _ => {}
            }
            // what is left of our own voice is no beginning of theirs
            if self.guard.is_sounding() {
                self.segmenter.forget();
            }
            self.segmenter.open();
            tell(self.opened(Opening::Key));
        }
        self.pressed = pressed;
        self.released = if pressed { 0 } else { self.released + 1 };
        let endpointing = self.endpointing();
        self.segmenter.set_endpointing(endpointing);
        self.go_on();
        let quiet_ms = self.segmenter.quiet_ms();
        let score = self.score(frame);
        match self.segmenter.push(frame, score) {
            Mark::Nothing => {}
            Mark::Opened => tell(self.opened(Opening::Voice)),
            Mark::Resumed => tell(Sound::Resumed),
            Mark::Paused => {
                self.pause += 1;
                let samples = self.segmenter.so_far().to_vec();
                let so_far = Utterance { turn: self.turn, samples };
                tell(Sound::Paused { so_far, by: self.by, pause: self.pause });
            }
            Mark::Ended(samples) => {
                tell(self.over(samples, quiet_ms));
                if pressed && self.by == Opening::Key {
                    tell(Sound::Cut);
                }
            }
        }
    }

    /// How likely `frame` is speech for us; the network is not asked where that does not matter.
    fn score(&mut self, frame: &[f32; VAD_FRAME]) -> f32 {
        let is_open = self.segmenter.is_open();
        let by_key = is_open && self.by == Opening::Key;
        let is_background = self.level.push(frame, is_open);
        match (self.mode, by_key) {
            (_, true) if self.pressed => 1.0,
            (_, true) if self.released > TAIL => 0.0,
            (Mode::HandsFree, _) if !is_open && self.guard.is_getting_in() => 0.0,
            (Mode::HandsFree, _) if !is_open => {
                let score = self.vad.score(frame);
                let score = if self.guard.is_all_ours() { 0.0 } else { score };
                self.hold_on(score);
                score
            }
            (_, true) | (Mode::HandsFree, _) => {
                // it is asked all the same, as it hears what comes by what came before
                let score = self.vad.score(frame);
                if is_background { 0.0 } else { score }
            }
            (Mode::PushToTalk, false) => 0.0,
        }
    }

    /// Have our voice wait as soon as there may be somebody: whether there is takes longer to tell, and
    /// a gap in a word costs little.
    fn hold_on(&mut self, score: f32) {
        let stirs = self.guard.is_sounding() && score >= SILENCE;
        self.stirring = if stirs { self.stirring + 1 } else { 0 };
        if self.stirring == STIRRING {
            tracing::debug!("our voice waits: somebody may be speaking");
            self.held = HELD;
            self.guard.hold(true);
        }
    }

    /// Let our voice go on, where nothing came of it; what was begun upon is hushed by now.
    fn go_on(&mut self) {
        if self.held > 0 {
            self.held -= 1;
            if self.held == 0 {
                self.guard.hold(false);
            }
        }
    }

    fn endpointing(&self) -> Endpointing {
        if self.segmenter.is_open() && self.by == Opening::Key {
            return Endpointing::KEY;
        }
        match self.switches.patience(self.pause) {
            Some(ms) if self.segmenter.is_open() => Endpointing::VOICE.ending_after(ms),
            // a remnant of our own voice is short
            _ if self.guard.is_sounding() => Endpointing::OVER_VOICE,
            _ => Endpointing::VOICE,
        }
    }

    fn opened(&mut self, by: Opening) -> Sound {
        self.turn = self.turn.next();
        self.by = by;
        Sound::Opened { turn: self.turn, by }
    }

    fn over(&self, samples: Vec<f32>, quiet_ms: u64) -> Sound {
        let spoken_until = Instant::now();
        Sound::Utterance {
            utterance: Utterance { turn: self.turn, samples },
            by: self.by,
            pause: self.pause,
            spoken_until: spoken_until
                .checked_sub(Duration::from_millis(quiet_ms))
                .unwrap_or(spoken_until),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Controls;
    use super::*;
    use crate::audio::Monitor;
    use std::convert::Infallible;

    const PIECE: usize = 1600;

    /// A room where the key is pressed after half a second, and held for another.
    struct Room {
        controls: Controls,
        pieces: usize,
    }

    impl AudioSource for Room {
        type Error = Infallible;
        const IS_LIVE: bool = true;

        fn read(&mut self, samples: &mut Vec<f32>) -> Result<bool, Infallible> {
            samples.extend([0.1; PIECE]);
            self.pieces += 1;
            self.controls.press(self.pieces > 5);
            Ok(self.pieces < 10)
        }
    }

    /// How long the utterance is that the key opens while `playing`, in samples.
    fn utterance(playing: Playing) -> usize {
        let switches = Switches::default();
        let room = Room { controls: Controls(switches.clone()), pieces: 0 };
        let mut told = Vec::new();
        let mut listener = Listener::new(Mode::PushToTalk, switches, playing);
        listener.listen(room, &mut |sound| told.push(sound)).unwrap();
        match told.as_slice() {
            [Sound::Ready, Sound::Opened { .. }, Sound::Utterance { utterance, .. }] => {
                utterance.samples.len()
            }
            told => panic!("{told:?}"),
        }
    }

    #[test]
    fn what_came_before_the_key_belongs_to_it_unless_that_was_our_own_voice() {
        let held = 5 * PIECE;
        assert!(utterance(Playing::default()) > held + 4 * PIECE);
        let speaking = Playing::default();
        *speaking.monitor().lock().unwrap() = Some(Monitor::of(&vec![0.1; 10 * PIECE]));
        let over_ours = utterance(speaking);
        // with the silence that is put before it
        assert!((held..held + 14 * VAD_FRAME).contains(&over_ours), "{over_ours}");
    }
}
