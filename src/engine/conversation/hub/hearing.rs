//! What is heard: from sounds to commands.

use super::super::super::ear::{Opening, Sound};
use super::super::super::stopwatch::Stopwatch;
use super::super::event::{Key, Trouble};
use super::super::order::{Order, Said};
use super::{Beginning, Hub, Source, WAITING, is_stop};
use crate::domain::{Hearing, Intent, Transcript, TurnId, Utterance};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// An utterance that is over.
#[derive(Debug)]
pub(super) struct Spoken {
    by: Opening,
    watch: Stopwatch,
    beginning: Beginning,
}

/// Recognition that began at a pause, in the hope that it is the end.
#[derive(Debug)]
pub(super) struct Early {
    turn: TurnId,
    pause: u32,
    by: Opening,
    job: u64,
    abort: Arc<AtomicBool>,
    transcript: Option<Result<Transcript, String>>,
}

impl Hub {
    pub(super) fn sound(&mut self, sound: Sound, now: Instant) {
        if self.source == Source::Unwanted {
            return;
        }
        match sound {
            Sound::Ready => {
                if std::mem::replace(&mut self.source, Source::Open) == Source::Lost {
                    self.orders.push(Order::Tell(Trouble::MicrophoneBack));
                    self.remark(self.remarks.back.clone());
                } else {
                    self.orders.push(Order::TellReady);
                }
            }
            Sound::Lost(why) => self.lost(why),
            Sound::Opened { by, .. } => {
                self.open = true;
                let over_own = by == Opening::Voice && self.own.sound(now);
                // the key has broken in before its utterance is open
                let broke_in = by == Opening::Key && self.beginning.broke_in;
                self.beginning = Beginning { at: Some(now), broke_in, over_own };
                self.forget_early();
                if self.manners.speaks {
                    self.orders.push(Order::Wake);
                }
                // a key silences by itself
                if self.manners.live && by == Opening::Voice {
                    self.break_in(now);
                }
            }
            Sound::Paused { so_far, by, pause } => {
                if self.manners.live && self.awaited.is_none() {
                    let (turn, abort) = (so_far.turn, Arc::new(AtomicBool::new(false)));
                    let job = self.transcribe(so_far, &abort);
                    self.early = Some(Early { turn, pause, by, job, abort, transcript: None });
                }
            }
            Sound::Resumed => self.forget_early(),
            Sound::Utterance { utterance, by, pause, spoken_until } => {
                self.open = false;
                let mut watch = Stopwatch::since(spoken_until);
                watch.lap("silence");
                let beginning = std::mem::take(&mut self.beginning);
                self.utterance(utterance, pause, Spoken { by, watch, beginning }, now);
            }
            Sound::Cut => self.key(Key::Release, now),
            Sound::End => self.source = Source::Ended,
        }
    }

    fn lost(&mut self, why: String) {
        self.open = false;
        self.forget_early();
        match std::mem::replace(&mut self.source, Source::Lost) {
            Source::Closed if !self.manners.patient => self.orders.push(Order::End(Some(why))),
            Source::Closed | Source::Open => {
                self.orders.push(Order::Tell(Trouble::Microphone(why)));
                self.remark(self.remarks.lost.clone());
            }
            // that was told
            Source::Lost | Source::Ended | Source::Unwanted => {}
        }
    }

    pub(super) fn transcribe(&mut self, utterance: Utterance, abort: &Arc<AtomicBool>) -> u64 {
        self.jobs += 1;
        let (job, abort) = (self.jobs, Arc::clone(abort));
        self.orders.push(Order::Transcribe { job, utterance, abort });
        job
    }

    pub(super) fn forget_early(&mut self) {
        if let Some(early) = self.early.take() {
            early.abort.store(true, Ordering::Relaxed);
        }
    }

    fn utterance(&mut self, utterance: Utterance, pause: u32, spoken: Spoken, now: Instant) {
        match self.early.take() {
            Some(early) if (early.turn, early.pause) == (utterance.turn, pause) => {
                match early.transcript {
                    Some(result) => self.understood(result, spoken, now),
                    None => self.awaited = Some((early.job, spoken)),
                }
                return;
            }
            early => self.early = early,
        }
        self.forget_early();
        self.utterances.push_back((utterance, spoken));
        if self.manners.live && self.utterances.len() > WAITING {
            self.utterances.pop_front();
            tracing::warn!("an utterance was dropped: still busy with others");
        }
    }

    pub(super) fn transcribed(
        &mut self,
        job: u64,
        result: Result<Transcript, String>,
        now: Instant,
    ) {
        if let Some((_, spoken)) = self.awaited.take_if(|(awaited, _)| *awaited == job) {
            self.understood(result, spoken, now);
            return;
        }
        let Some(mut early) = self.early.take_if(|early| early.job == job) else { return };
        if let Ok(transcript) = &result {
            let words = self.attention.strip(transcript.clone());
            let ms = self.patience.ms(&words, &self.understanding);
            self.orders.push(Order::Patience { pause: early.pause, ms });
            // the answer is thought of while the silence goes on
            if let Some((transcript, hearing)) =
                self.meant(transcript.clone(), early.by, self.beginning, now)
            {
                self.orders.push(Order::Rehearse { job, said: transcript, hearing });
            }
        }
        early.transcript = Some(result);
        self.early = Some(early);
    }

    /// The answer to an early job's words would be `text`, or begin so.
    pub(super) fn rehearsed(&mut self, job: u64, text: String) {
        if self.early.as_ref().is_some_and(|early| early.job == job) {
            self.orders.push(Order::Prepare { text });
        }
    }

    fn understood(&mut self, result: Result<Transcript, String>, mut spoken: Spoken, now: Instant) {
        spoken.watch.lap("recognise");
        let transcript = match result {
            Ok(transcript) => transcript,
            Err(error) => return tracing::error!(%error, "an utterance was not recognised"),
        };
        let meant = self.meant(transcript, spoken.by, spoken.beginning, now);
        spoken.watch.lap("understand");
        // other talk is neither answered, shown nor kept
        let Some((transcript, hearing)) = meant else { return };
        let Spoken { watch, beginning: Beginning { at, broke_in, .. }, .. } = spoken;
        let begun = at.unwrap_or_else(|| watch.begun());
        self.command(Said { transcript, client: None, hearing, begun, watch, broke_in });
    }

    /// What was meant for us, without the words that called us; `None` for other talk, and for our own
    /// where it may be that.
    fn meant(
        &self,
        transcript: Transcript,
        by: Opening,
        beginning: Beginning,
        now: Instant,
    ) -> Option<(Transcript, Hearing)> {
        let begun = beginning.at.unwrap_or(now);
        let called = by == Opening::Key || self.attention.admits(&transcript, begun);
        let transcript = self.attention.strip(transcript);
        let judgement = self.understanding.judge(&transcript);
        // who did not call us has to say just what stops, or wakes
        let exact = judgement.is_exact();
        let hearing = Hearing::from(judgement);
        // what is under way can be stopped without being called first
        let about_act = self.under_way.is_some() && exact && is_about_act(&hearing);
        let by_voice = by == Opening::Voice;
        let overheard = hearing == Hearing::Nothing && by_voice;
        let asleep = self.attention.is_asleep() && by_voice && !(exact && is_wake(&hearing));
        let own = beginning.over_own && !(exact && stops(&hearing)) && self.own.hold(&transcript);
        ((called || about_act) && !overheard && !asleep && !own).then_some((transcript, hearing))
    }
}

/// Whether it is about what is under way.
fn is_about_act(hearing: &Hearing) -> bool {
    matches!(hearing.intent(), Some(Intent::DialogueCancel | Intent::DialogueProgress))
}

fn stops(hearing: &Hearing) -> bool {
    hearing.intent().is_some_and(is_stop)
}

fn is_wake(hearing: &Hearing) -> bool {
    hearing.intent() == Some(Intent::DialogueWake)
}
