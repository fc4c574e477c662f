//! Change of sample rate.

use super::Error;
use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler, WindowFunction};

/// Input frames a block. A larger block puts the filter's cut-off closer to the Nyquist frequency;
/// the delay that it costs is cut off again, since only whole buffers are resampled here.
const BLOCK: usize = 1024;

/// `samples` (mono, at `from_hz`) at `to_hz`: as long in time to within one sample, and shifted by
/// at most half a sample of the input. Equal rates pass through untouched.
///
/// # Errors
/// A rate of 0 Hz.
///
/// # Examples
/// ```
/// let half_a_second = vec![0.0; 22_050];
/// let resampled = nixvox::dsp::resample(&half_a_second, 44_100, 16_000)?;
/// assert_eq!(resampled.len(), 8_000);
/// # Ok::<(), nixvox::dsp::Error>(())
/// ```
pub fn resample(samples: &[f32], from_hz: u32, to_hz: u32) -> Result<Vec<f32>, Error> {
    if from_hz == to_hz || samples.is_empty() {
        return Ok(samples.to_vec());
    }
    let mut resampler = Fft::<f32>::new_custom(
        from_hz as usize,
        to_hz as usize,
        BLOCK,
        1,
        1,
        WindowFunction::BlackmanHarris2,
        FixedSync::Both,
    )
    .map_err(|source| Error::Rates { from_hz, to_hz, source })?;
    let input = InterleavedSlice::new(samples, 1, samples.len())
        .map_err(|error| Error::Resample(Box::new(error)))?;
    let output = resampler
        .process_all(&input, samples.len(), None)
        .map_err(|error| Error::Resample(Box::new(error)))?;
    Ok(output.take_data())
}

/// Resamples a stream block by block. What comes out is behind, as it has to look ahead, but not shifted:
/// what the filter begins with, before the first sample, is left out.
pub struct StreamResampler {
    /// `None` where the rates are equal.
    resampler: Option<Fft<f32>>,
    from_hz: u32,
    to_hz: u32,
    pending: Vec<f32>,
    /// Samples that were taken in, and that came out, since it began.
    taken: u64,
    given: u64,
    /// Samples that are left out still.
    early: usize,
}

impl StreamResampler {
    /// A resampler of mono samples from `from_hz` to `to_hz`, `block_ms` of them at a time. The more,
    /// the closer the filter's cut-off is to the Nyquist frequency, and the longer the delay: twice that.
    ///
    /// # Errors
    /// A rate of 0 Hz.
    pub fn new(from_hz: u32, to_hz: u32, block_ms: u32) -> Result<Self, Error> {
        let resampler = if from_hz == to_hz {
            None
        } else {
            let block = from_hz as usize * block_ms as usize / 1000;
            let made =
                Fft::new(from_hz as usize, to_hz as usize, block.max(1), 1, FixedSync::Input);
            Some(made.map_err(|source| Error::Rates { from_hz, to_hz, source })?)
        };
        let early = resampler.as_ref().map_or(0, Resampler::output_delay);
        let (pending, taken, given) = (Vec::new(), 0, 0);
        Ok(Self { resampler, from_hz, to_hz, pending, taken, given, early })
    }

    /// Take in `samples`; what is ready is appended to `output`.
    pub fn push(&mut self, samples: &[f32], output: &mut Vec<f32>) -> Result<(), Error> {
        let Some(resampler) = &mut self.resampler else {
            output.extend_from_slice(samples);
            return Ok(());
        };
        self.taken += samples.len() as u64;
        self.pending.extend_from_slice(samples);
        loop {
            let block = resampler.input_frames_next();
            if self.pending.len() < block {
                return Ok(());
            }
            let failed = |error: Box<dyn std::error::Error + Send + Sync>| Error::Resample(error);
            let input = InterleavedSlice::new(&self.pending[..block], 1, block)
                .map_err(|error| failed(Box::new(error)))?;
            let ready = resampler.process(&input, None).map_err(|error| failed(Box::new(error)))?;
            let ready = ready.take_data();
            let early = self.early.min(ready.len());
            self.early -= early;
            self.given += (ready.len() - early) as u64;
            output.extend_from_slice(&ready[early..]);
            self.pending.drain(..block);
        }
    }

    /// Append what is still to come of all that was taken in to `output`, which is then as long in
    /// time as that to within one sample.
    pub fn finish(mut self, output: &mut Vec<f32>) -> Result<(), Error> {
        let Some(resampler) = &self.resampler else { return Ok(()) };
        let (block, before) = (resampler.input_frames_max(), output.len());
        let all = (self.taken * u64::from(self.to_hz)).div_ceil(u64::from(self.from_hz).max(1));
        let missing = usize::try_from(all.saturating_sub(self.given)).unwrap_or(0);
        while output.len() < before + missing {
            self.push(&vec![0.0; block], output)?;
        }
        output.truncate(before + missing);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f32::consts::TAU;

    fn sine(hz: f32, rate: u32, samples: usize) -> Vec<f32> {
        (0..samples).map(|n| (TAU * hz * n as f32 / rate as f32).sin()).collect()
    }

    fn rms(samples: &[f32]) -> f32 {
        (samples.iter().map(|x| x * x).sum::<f32>() / samples.len() as f32).sqrt()
    }

    /// Without the filter's edges, 30 ms at each end.
    fn inner(samples: &[f32], rate: u32) -> &[f32] {
        let edge = rate as usize * 30 / 1000;
        &samples[edge..samples.len() - edge]
    }

    /// Amplitude of a tone, its shift in samples against one that starts with the edge of
    /// [`inner`], and the RMS of all that is not the tone.
    fn measure(hz: f32, samples: &[f32], rate: u32) -> (f32, f32, f32) {
        let start = rate as usize * 30 / 1000;
        let step = TAU * hz / rate as f32;
        let angle = |n: usize| step * (n + start) as f32;
        let scale = 2.0 / samples.len() as f32;
        let tone = samples.iter().enumerate();
        let (in_phase, across) = tone.fold((0.0, 0.0), |(sin, cos), (n, x)| {
            (sin + x * angle(n).sin() * scale, cos + x * angle(n).cos() * scale)
        });
        let rest: Vec<f32> = (samples.iter().enumerate())
            .map(|(n, x)| x - in_phase * angle(n).sin() - across * angle(n).cos())
            .collect();
        let shift = f32::atan2(across, in_phase) / step;
        (in_phase.hypot(across), shift, rms(&rest))
    }

    #[test]
    fn a_tone_keeps_length_phase_and_amplitude() {
        for (from, to) in [
            (44_100, 16_000),
            (48_000, 16_000),
            (8_000, 16_000),
            (22_050, 48_000),
            (96_000, 44_100),
            (11_025, 16_000),
        ] {
            let input = sine(1000.0, from, from as usize / 3);
            let output = resample(&input, from, to).unwrap();
            let exact = input.len() as f64 * f64::from(to) / f64::from(from);
            assert!(
                (output.len() as f64 - exact).abs() <= 1.0,
                "{from} → {to}: {} samples for {exact}",
                output.len()
            );
            let (amplitude, shift, residue) = measure(1000.0, inner(&output, to), to);
            assert!((amplitude - 1.0).abs() < 0.002, "{from} → {to}: {amplitude}");
            let half = 0.55 * to as f32 / from as f32;
            assert!(shift.abs() < half, "{from} → {to}: shifted by {shift}");
            assert!(residue < 0.002, "{from} → {to}: {residue}");
        }
    }

    #[test]
    fn what_would_alias_is_rejected() {
        let output = resample(&sine(10_000.0, 48_000, 48_000), 48_000, 16_000).unwrap();
        assert!(rms(inner(&output, 16_000)) < 1e-3);
    }

    #[test]
    fn equal_rates_and_silence_pass_through() {
        assert_eq!(resample(&[0.1, -0.2], 16_000, 16_000).unwrap(), [0.1, -0.2]);
        assert_eq!(resample(&[], 8_000, 16_000).unwrap(), [0.0; 0]);
    }

    #[test]
    fn fewer_samples_than_a_block_are_kept() {
        assert_eq!(resample(&[0.5; 10], 8_000, 16_000).unwrap().len(), 20);
    }

    #[test]
    fn a_rate_of_zero_is_an_error() {
        assert!(matches!(resample(&[0.0], 0, 16_000), Err(Error::Rates { from_hz: 0, .. })));
    }

    #[test]
    fn a_stream_keeps_its_pitch_whatever_the_blocks() {
        let tone: Vec<f32> = (0..44_100)
            .map(|i| (i as f32 * 440.0 * std::f32::consts::TAU / 44_100.0).sin())
            .collect();
        let mut stream = StreamResampler::new(44_100, 16_000, 10).unwrap();
        let mut output = Vec::new();
        for block in tone.chunks(333) {
            stream.push(block, &mut output).unwrap();
        }
        assert!((15_000..=16_000).contains(&output.len()), "{}", output.len());
        let settled = &output[4_000..12_000];
        let crossings = settled.windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count();
        assert!((219..=221).contains(&crossings), "{crossings} periods in half a second");
        assert!(StreamResampler::new(0, 16_000, 10).is_err());
    }

    #[test]
    fn what_comes_in_stretches_is_as_long_and_as_if_it_had_come_at_once() {
        for (from, to) in [(22_050, 48_000), (48_000, 16_000), (16_000, 16_000)] {
            let input = sine(1000.0, from, from as usize / 3);
            let mut stream = StreamResampler::new(from, to, 10).unwrap();
            let mut output = Vec::new();
            for stretch in input.chunks(3_000) {
                stream.push(stretch, &mut output).unwrap();
            }
            stream.finish(&mut output).unwrap();
            let whole = resample(&input, from, to).unwrap();
            assert!(output.len().abs_diff(whole.len()) <= 1, "{} {}", output.len(), whole.len());
            let (amplitude, shift, residue) = measure(1000.0, inner(&output, to), to);
            assert!((amplitude - 1.0).abs() < 0.002, "{from} → {to}: {amplitude}");
            assert!(shift.abs() < 0.55 * to as f32 / from as f32, "{from} → {to}: {shift}");
            assert!(residue < 0.002, "{from} → {to}: {residue}");
        }
    }
}
