//! The real voice.

use super::uncut::uncut;
use nixvox::audio::{self, WavSink};
use nixvox::domain::Speech;
use nixvox::models::Models;
use nixvox::ports::{AudioSink, Occasion, Voice};
use nixvox::tts::{Options, Piper, load_runtime, runtime_version};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

fn voice() -> Piper {
    voice_with(Options::default())
}

fn voice_with(options: Options) -> Piper {
    let models = Models::open(None).unwrap();
    let library = models.onnxruntime().unwrap();
    assert!(runtime_version(&library).unwrap().starts_with("1."));
    load_runtime(&library).unwrap();
    load_runtime(&library).unwrap();
    let files = models.voice("en_US-joe-medium").unwrap();
    Piper::load(&files.onnx, &files.config, options).unwrap()
}

fn stretches(voice: &mut Piper, text: &str) -> Vec<Speech> {
    let mut stretches = Vec::new();
    voice
        .speak(text, &mut |speech| {
            stretches.push(speech);
            true
        })
        .unwrap();
    stretches
}

fn clauses(voice: &mut Piper, text: &str) -> Vec<Speech> {
    let mut clauses: Vec<Speech> = Vec::new();
    for stretch in stretches(voice, text) {
        match clauses.last_mut().filter(|clause| clause.goes_on) {
            Some(clause) => {
                clause.samples.extend(stretch.samples);
                clause.goes_on = stretch.goes_on;
            }
            None => clauses.push(stretch),
        }
    }
    assert!(clauses.iter().all(|clause| !clause.goes_on), "each has its end");
    clauses
}

fn seconds(clauses: &[Speech]) -> f64 {
    clauses.iter().map(|clause| clause.samples.len() as f64 / f64::from(clause.rate_hz)).sum()
}

#[test]
fn speech_is_audible_unclipped_and_of_plausible_length() {
    let mut voice = voice();
    let text = "Rolled back to generation 3. Firefox went from 149.0 to 148.0.";
    let clauses = clauses(&mut voice, text);
    assert_eq!(clauses.len(), 2);
    assert!((5.0..12.0).contains(&seconds(&clauses)));
    let audible = clauses[0].samples.iter().position(|sample| sample.abs() > 0.005).unwrap();
    assert!(audible < 22_050 * 30 / 1000, "{audible} samples of silence first");
    for clause in &clauses {
        let peak = clause.samples.iter().fold(0.0_f32, |peak, x| peak.max(x.abs()));
        let energy: f32 = clause.samples.iter().map(|x| x * x).sum();
        let rms = (energy / clause.samples.len() as f32).sqrt();
        assert!(peak < 1.0 && (0.02..0.3).contains(&rms), "peak {peak}, rms {rms}");
    }
}

#[test]
fn each_clause_is_handed_out_when_it_is_ready_and_may_be_the_last() {
    let mut voice = voice();
    let mut count = 0;
    voice
        .speak("First sentence. Second sentence. Third sentence.", &mut |speech| {
            count += usize::from(!speech.goes_on);
            count < 2
        })
        .unwrap();
    assert_eq!(count, 2);
}

#[test]
fn what_was_prepared_is_spoken_at_once_and_as_before() {
    let mut voice = voice();
    let time = |voice: &mut Piper, text: &str| {
        let (start, mut first) = (Instant::now(), None);
        voice
            .speak(text, &mut |speech| {
                first.get_or_insert((start.elapsed(), speech));
                false
            })
            .unwrap();
        first.unwrap()
    };
    // the best of three, as others may keep the machine busy
    let (mut preparing, mut took) = (Duration::MAX, Duration::MAX);
    for number in [42, 43, 44] {
        let text = format!("Generation {number} is current. It was made yesterday at 10:00.");
        let start = Instant::now();
        voice.prepare(&text, Occasion::Often, &mut || true).unwrap();
        preparing = preparing.min(start.elapsed());
        let (first, speech) = time(&mut voice, &text);
        took = took.min(first);
        assert_eq!(speech, time(&mut voice, &text).1);
    }
    println!("prepared in {preparing:?}, spoken after {took:?}");
    assert!(took < preparing / 4, "prepared in {preparing:?}, spoken after {took:?}");
}

#[test]
fn what_is_said_often_is_kept_from_one_start_to_the_next() {
    let dir = tempfile::tempdir().unwrap();
    let kept = dir.path().join("phrases");
    let start = || voice_with(Options { kept: Some(kept.clone()), ..Options::default() });
    let files = || fs::read_dir(&kept).map_or(0, Iterator::count);
    let text = "Nothing was asked.";
    start().prepare("Generation 42 is current.", Occasion::Soon, &mut || true).unwrap();
    assert_eq!(files(), 0, "an answer is nobody else's business");
    let mut first = start();
    first.prepare(text, Occasion::Often, &mut || true).unwrap();
    assert_eq!(files(), 1);
    // no two of a voice's own are alike
    let sound = stretches(&mut first, text);
    assert_eq!(stretches(&mut start(), text), sound);
    assert_ne!(stretches(&mut voice(), text), sound);
}

/// A voice that draws no noise, with `network` for its own.
fn without_noise(network: impl FnOnce(Vec<u8>) -> Vec<u8>, directory: &Path) -> Piper {
    let files = Models::open(None).unwrap().voice("en_US-joe-medium").unwrap();
    let mut config: serde_json::Value =
        serde_json::from_slice(&fs::read(&files.config).unwrap()).unwrap();
    config["inference"]["noise_scale"] = 0.0.into();
    config["inference"]["noise_w"] = 0.0.into();
    let (onnx, configuration) = (directory.join("voice.onnx"), directory.join("voice.onnx.json"));
    fs::write(&configuration, config.to_string()).unwrap();
    fs::write(&onnx, network(fs::read(&files.onnx).unwrap())).unwrap();
    Piper::load(&onnx, &configuration, Options::default()).unwrap()
}

#[test]
fn a_clause_sounds_before_it_is_made_and_its_stretches_are_what_the_whole_is() {
    drop(voice());
    let [cut, whole] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let mut cut = without_noise(|network| network, cut.path());
    let mut whole = without_noise(|network| uncut(network).unwrap(), whole.path());
    let text = "There are one hundred forty nine packages in the profile of the user.";
    let made = stretches(&mut whole, text);
    let [made] = made.as_slice() else { panic!("{} stretches of the whole", made.len()) };
    let joined = stretches(&mut cut, text);
    assert!(joined.len() >= 3, "{} stretches", joined.len());
    let joined = &clauses(&mut cut, text)[0];
    assert_eq!(joined.samples.len(), made.samples.len());
    let apart = joined.samples.iter().zip(&made.samples).map(|(a, b)| (a - b).abs());
    let apart = apart.fold(0.0_f32, f32::max);
    assert!(apart < 1e-3, "{apart} apart");

    let time = |voice: &mut Piper, text: &str| {
        let (start, mut first) = (Instant::now(), None);
        voice
            .speak(text, &mut |_| {
                first.get_or_insert(start.elapsed());
                false
            })
            .unwrap();
        first.unwrap()
    };
    let (mut soon, mut late) = (Duration::MAX, Duration::MAX);
    for number in ["two", "three", "four"] {
        let text =
            format!("What is current in the profile of the user is generation forty {number}");
        soon = soon.min(time(&mut cut, &text));
        late = late.min(time(&mut whole, &text));
    }
    println!("the first stretch after {soon:?}, the whole after {late:?}");
    assert!(soon < late * 3 / 4, "{soon:?}, the whole {late:?}");
}

#[test]
fn what_was_prepared_in_part_is_gone_on_with() {
    let mut voice = voice();
    let text = "Generation 42 is current in the user profile.";
    let mut steps = 0;
    voice
        .prepare(text, Occasion::Soon, &mut || {
            steps += 1;
            steps < 2
        })
        .unwrap();
    assert_eq!(steps, 2, "it was stopped after one stretch");
    let first = stretches(&mut voice, text);
    assert!(first.len() > 1 && first[0].goes_on);
    let again = stretches(&mut voice, text);
    let [again] = again.as_slice() else { panic!("it is kept as a whole") };
    let joined: Vec<f32> = first.into_iter().flat_map(|stretch| stretch.samples).collect();
    assert_eq!(joined.len(), again.samples.len());
}

#[test]
fn twice_the_speed_takes_about_half_the_time() {
    let mut voice = voice();
    let text = "There are one hundred forty nine packages in the profile";
    let normal = seconds(&clauses(&mut voice, text));
    voice.set_speed(2.0);
    let fast = seconds(&clauses(&mut voice, text));
    assert!((0.4..0.75).contains(&(fast / normal)), "{fast} s of {normal} s");
}

#[test]
fn odd_text_is_spoken_or_skipped() {
    let mut voice = voice();
    for silent in ["", " \n ", "...", "?!"] {
        assert!(clauses(&mut voice, silent).is_empty(), "{silent:?}");
    }
    for odd in ["a\0b\u{7}c", "日本語 🙂 и ещё", "((((", &"x".repeat(5_000), "\\\"'`<>{}|^~"]
    {
        clauses(&mut voice, odd);
    }
}

#[test]
fn an_answer_goes_through_a_wav_file_and_comes_back() {
    let mut voice = voice();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("answer.wav");
    let spoken = clauses(&mut voice, "Done. Hello is installed.");
    let mut sink = WavSink::create(&path).unwrap();
    for clause in &spoken {
        sink.play(clause).unwrap();
    }
    sink.finish().unwrap();
    let heard = audio::read(&path).unwrap();
    let expected = seconds(&spoken);
    assert!((heard.len() as f64 / 16_000.0 - expected).abs() < 0.01);
}
