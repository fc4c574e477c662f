//! Whisper's mel filter bank, computed as librosa does: the Slaney scale, area-normalised triangles.

const RATE_HZ: f64 = 16_000.0;
const FFT_SIZE: usize = 400;

/// Frequency bins a filter spans: those of a 400-point FFT from 0 Hz to 8 kHz.
pub(super) const BINS: usize = FFT_SIZE / 2 + 1;

/// Below this frequency the Slaney scale is linear, above it logarithmic.
const BREAK_HZ: f64 = 1000.0;
const BREAK_MEL: f64 = 15.0;

/// Above the break, one mel multiplies the frequency by the exponential of this.
fn log_step() -> f64 {
    6.4_f64.ln() / 27.0
}

fn mel_to_hz(mel: f64) -> f64 {
    if mel < BREAK_MEL {
        mel * BREAK_HZ / BREAK_MEL
    } else {
        BREAK_HZ * (log_step() * (mel - BREAK_MEL)).exp()
    }
}

/// `count` filters of [`BINS`] weights each, filter after filter.
pub(super) fn filters(count: usize) -> Vec<f32> {
    let top = BREAK_MEL + (RATE_HZ / 2.0 / BREAK_HZ).ln() / log_step();
    let edges: Vec<f64> =
        (0..count + 2).map(|i| mel_to_hz(top * i as f64 / (count + 1) as f64)).collect();
    let mut filters = Vec::with_capacity(count * BINS);
    for edge in edges.windows(3) {
        let (low, centre, high) = (edge[0], edge[1], edge[2]);
        for bin in 0..BINS {
            let hz = bin as f64 * RATE_HZ / FFT_SIZE as f64;
            let rising = (hz - low) / (centre - low);
            let falling = (high - hz) / (high - centre);
            let weight = rising.min(falling).max(0.0) * 2.0 / (high - low);
            filters.push(weight as f32);
        }
    }
    filters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filters_are_those_that_whisper_was_trained_with() {
        let filters = filters(80);
        assert_eq!(filters.len(), 80 * 201);
        assert_eq!(filters.iter().filter(|&&w| w != 0.0).count(), 391);
        let known = [
            (0, 1, 0.024_862_595),
            (1, 1, 0.001_990_82),
            (1, 2, 0.022_871_77),
            (20, 20, 0.013_890_394),
            (79, 195, 0.002_243_795),
        ];
        for (filter, bin, weight) in known {
            let found = filters[filter * BINS + bin];
            assert!((found - weight).abs() < 1e-8, "{filter} {bin}: {found}");
        }
    }
}
