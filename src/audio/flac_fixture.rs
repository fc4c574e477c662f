//! FLAC files for tests, made without an encoder: every frame is stored verbatim.

const BLOCK: usize = 192;

/// A FLAC file of interleaved `samples`, each of `bits` (16 or 24) bits, at one of the rates that
/// fit the short form of a header (here: below 65.536 kHz).
pub(super) fn flac(rate_hz: u32, channels: u8, bits: u8, samples: &[i32]) -> Vec<u8> {
    let frames = samples.len() / usize::from(channels);
    let mut file = b"fLaC".to_vec();
    file.extend([0x80, 0, 0, 34]); // the last metadata block, STREAMINFO, 34 bytes
    file.extend((BLOCK as u16).to_be_bytes());
    file.extend((BLOCK as u16).to_be_bytes());
    file.extend([0; 6]); // frame sizes: unknown
    let packed = u64::from(rate_hz) << 44
        | u64::from(channels - 1) << 41
        | u64::from(bits - 1) << 36
        | frames as u64;
    file.extend(packed.to_be_bytes());
    file.extend([0; 16]); // MD5: unknown
    for (number, block) in samples.chunks(BLOCK * usize::from(channels)).enumerate() {
        file.extend(frame(number as u8, rate_hz, channels, bits, block));
    }
    file
}

fn frame(number: u8, rate_hz: u32, channels: u8, bits: u8, block: &[i32]) -> Vec<u8> {
    let frames = block.len() / usize::from(channels);
    let depth = if bits == 16 { 0b100 } else { 0b110 };
    // Sync, fixed block size; size in 8 bits at the end; rate in 16 bits at the end.
    let mut bytes = vec![0xff, 0xf8, 0b0110_1101, (channels - 1) << 4 | depth << 1, number];
    bytes.push((frames - 1) as u8);
    bytes.extend((rate_hz as u16).to_be_bytes());
    bytes.push(crc(&bytes, 0x07 << 8, 8) as u8);
    for channel in 0..usize::from(channels) {
        bytes.push(0b0000_0010); // a subframe, verbatim
        for sample in block.iter().skip(channel).step_by(usize::from(channels)) {
            bytes.extend(&sample.to_be_bytes()[4 - usize::from(bits / 8)..]);
        }
    }
    let check = crc(&bytes, 0x8005, 16);
    bytes.extend(check.to_be_bytes());
    bytes
}

/// CRC of 8 or 16 bits; the polynomial's bits are left-aligned in 16.
fn crc(bytes: &[u8], polynomial: u16, width: u32) -> u16 {
    let remainder = bytes.iter().fold(0_u16, |mut remainder, &byte| {
        remainder ^= u16::from(byte) << 8;
        for _ in 0..8 {
            let carry = remainder & 0x8000 != 0;
            remainder <<= 1;
            if carry {
                remainder ^= polynomial;
            }
        }
        remainder
    });
    remainder >> (16 - width)
}
