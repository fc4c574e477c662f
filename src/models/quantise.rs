//! The forms that ggml keeps numbers in, by ggml's own conversions.

use serde::Deserialize;
use whisper_rs::whisper_rs_sys as sys;

/// Values that share one scale in [`Form::Q8_0`]; a matrix's width must be a multiple of it.
pub(super) const BLOCK: usize = 32;

/// How a tensor's values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Form {
    /// IEEE single precision.
    F32,
    /// IEEE half precision.
    F16,
    /// Blocks of 32: an f16 scale and 32 eight-bit integers.
    Q8_0,
}

impl Form {
    /// The number that stands for the form in a tensor's header.
    pub(super) fn tag(self) -> usize {
        match self {
            Self::F32 => 0,
            Self::F16 => 1,
            Self::Q8_0 => 8,
        }
    }

    /// The number that stands for a file whose matrices are in this form.
    pub(super) fn file_type(self) -> usize {
        const QUANTISER_VERSION: usize = 2;
        match self {
            Self::F32 => 0,
            Self::F16 => 1,
            Self::Q8_0 => 1000 * QUANTISER_VERSION + 7,
        }
    }

    /// `values` in this form. Of [`Form::Q8_0`], only whole blocks are written.
    pub(super) fn encode(self, values: &[f32]) -> Vec<u8> {
        match self {
            Self::F32 => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
            Self::F16 => to_f16(values).iter().flat_map(|h| h.to_le_bytes()).collect(),
            Self::Q8_0 => to_q8_0(values),
        }
    }
}

/// Half precision, little-endian, widened to single; exact.
pub(super) fn from_f16(bytes: &[u8]) -> Vec<f32> {
    let (pairs, _) = bytes.as_chunks::<2>();
    let halves: Vec<u16> = pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
    let mut values = vec![0.0; halves.len()];
    // SAFETY: both slices hold `halves.len()` values, which ggml reads and writes respectively.
    unsafe {
        sys::ggml_fp16_to_fp32_row(halves.as_ptr(), values.as_mut_ptr(), signed(halves.len()));
    }
    values
}

/// The length of a slice, which the language keeps in the signed range.
fn signed(length: usize) -> i64 {
    length.cast_signed() as i64
}

fn to_f16(values: &[f32]) -> Vec<u16> {
    let mut halves = vec![0; values.len()];
    // SAFETY: both slices hold `values.len()` values, which ggml reads and writes respectively.
    unsafe {
        sys::ggml_fp32_to_fp16_row(values.as_ptr(), halves.as_mut_ptr(), signed(values.len()));
    }
    halves
}

fn to_q8_0(values: &[f32]) -> Vec<u8> {
    const BLOCK_BYTES: usize = 2 + BLOCK;
    let blocks = values.len() / BLOCK;
    let mut quantised = vec![0u8; blocks * BLOCK_BYTES];
    // SAFETY: ggml reads one row of `blocks * BLOCK` values and writes `blocks * BLOCK_BYTES` bytes,
    // which is what the two slices hold at least; no importance matrix is needed for this form.
    unsafe {
        sys::ggml_quantize_chunk(
            sys::ggml_type_GGML_TYPE_Q8_0,
            values.as_ptr(),
            quantised.as_mut_ptr().cast(),
            0,
            1,
            signed(blocks * BLOCK),
            std::ptr::null(),
        );
    }
    quantised
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_precision_survives_the_round_trip() {
        let bytes: Vec<u8> = [0x0000u16, 0x3c00, 0xc000, 0x7bff, 0x0001]
            .iter()
            .flat_map(|h| h.to_le_bytes())
            .collect();
        let values = from_f16(&bytes);
        assert_eq!(values[..4], [0.0, 1.0, -2.0, 65504.0]);
        assert_eq!(Form::F16.encode(&values), bytes);
    }

    #[test]
    fn a_quantised_value_is_off_by_at_most_a_step() {
        let values: Vec<f32> = (0..96).map(|i| ((i * 37 % 101) as f32).sin()).collect();
        let bytes = Form::Q8_0.encode(&values);
        assert_eq!(bytes.len(), 3 * 34);
        for (block, values) in bytes.chunks(34).zip(values.chunks(32)) {
            let step = from_f16(&block[..2])[0];
            let largest = values.iter().fold(0f32, |m, v| m.max(v.abs()));
            assert!((step - largest / 127.0).abs() < step * 1e-3);
            for (&q, value) in block[2..].iter().zip(values) {
                let error = (f32::from(q.cast_signed()) * step - value).abs();
                // half a step by rounding, and the f16 scale's own rounding
                assert!(error <= step * 0.57, "{value}: {error} of {step}");
            }
        }
    }

    #[test]
    fn zeros_stay_zeros() {
        assert!(Form::Q8_0.encode(&[0.0; 64]).iter().all(|&b| b == 0));
    }
}
