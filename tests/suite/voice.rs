//! The real voice.

use nixvox::audio::{self, WavSink};
use nixvox::domain::Speech;
use nixvox::models::Models;
use nixvox::ports::{AudioSink, Voice};
use nixvox::tts::{Options, Piper, load_runtime, runtime_version};

fn voice() -> Piper {
    let models = Models::open(None).unwrap();
    let library = models.onnxruntime().unwrap();
    assert!(runtime_version(&library).unwrap().starts_with("1."));
    load_runtime(&library).unwrap();
    load_runtime(&library).unwrap();
    Piper::load(&models.voice("en_US-joe-medium").unwrap().onnx, Options::default()).unwrap()
}

fn clauses(voice: &mut Piper, text: &str) -> Vec<Speech> {
    let mut clauses = Vec::new();
    voice
        .speak(text, &mut |speech| {
            clauses.push(speech);
            true
        })
        .unwrap();
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
        .speak("First sentence. Second sentence. Third sentence.", &mut |_| {
            count += 1;
            count < 2
        })
        .unwrap();
    assert_eq!(count, 2);
}

#[test]
fn what_was_prepared_is_spoken_at_once_and_as_before() {
    let mut voice = voice();
    let text = "Generation 42 is current in the user profile. It was made yesterday at 10:00.";
    let time = |voice: &mut Piper| {
        let (start, mut first) = (std::time::Instant::now(), None);
        voice
            .speak(text, &mut |speech| {
                first.get_or_insert((start.elapsed(), speech));
                false
            })
            .unwrap();
        first.unwrap()
    };
    let start = std::time::Instant::now();
    voice.prepare(text).unwrap();
    let preparing = start.elapsed();
    let (took, speech) = time(&mut voice);
    let (_, again) = time(&mut voice);
    println!("prepared in {preparing:?}, spoken after {took:?}");
    assert!(took < preparing / 4, "prepared in {preparing:?}, spoken after {took:?}");
    assert_eq!(speech, again);
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
