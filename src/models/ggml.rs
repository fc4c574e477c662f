//! Writes whisper.cpp's model files: header, mel filters, vocabulary, tensors, all little-endian.

use super::layout::{Sizes, Tensor};
use super::mel;
use super::quantise::{BLOCK, Form};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

/// The first four bytes of a file, as a little-endian number.
const MAGIC: u32 = 0x6767_6d6c;

/// Values converted at a time: bounds the memory; whole blocks of every form.
const CHUNK: usize = 2048 * BLOCK;

/// Whether the file at `path` starts as a ggml file does.
pub(super) fn is_ggml(path: &Path) -> io::Result<bool> {
    let mut start = Vec::new();
    File::open(path)?.take(4).read_to_end(&mut start)?;
    Ok(start == MAGIC.to_le_bytes())
}

/// Everything before the tensors. The mel filters follow from `sizes`.
pub(super) fn write_header(
    out: &mut impl Write,
    sizes: &Sizes,
    matrices: Form,
    vocabulary: &[Vec<u8>],
) -> io::Result<()> {
    out.write_all(&MAGIC.to_le_bytes())?;
    let Sizes { width, mels, .. } = *sizes;
    let header = [
        sizes.vocabulary,
        sizes.audio_context,
        width,
        sizes.audio_heads,
        sizes.audio_layers,
        sizes.text_context,
        width,
        sizes.text_heads,
        sizes.text_layers,
        mels,
        matrices.file_type(),
    ];
    write_numbers(out, &header)?;
    write_numbers(out, &[mels, mel::BINS])?;
    for weight in mel::filters(mels) {
        out.write_all(&weight.to_le_bytes())?;
    }
    write_numbers(out, &[vocabulary.len()])?;
    for token in vocabulary {
        write_numbers(out, &[token.len()])?;
        out.write_all(token)?;
    }
    Ok(())
}

/// One tensor with its own header, `change` added to its values; nothing where that is empty.
pub(super) fn write_tensor(
    out: &mut impl Write,
    tensor: &Tensor<'_>,
    change: &[f32],
) -> io::Result<()> {
    let Tensor { shape, name, form, .. } = tensor;
    write_numbers(out, &[shape.len(), name.len(), form.tag()])?;
    let innermost_first: Vec<_> = shape.iter().rev().copied().collect();
    write_numbers(out, &innermost_first)?;
    out.write_all(name.as_bytes())?;
    let mut changes = change.chunks(CHUNK);
    for mut values in tensor.values.chunks(CHUNK) {
        let change = changes.next().unwrap_or_default();
        values.iter_mut().zip(change).for_each(|(value, change)| *value += change);
        out.write_all(&form.encode(&values))?;
    }
    Ok(())
}

fn write_numbers(out: &mut impl Write, numbers: &[usize]) -> io::Result<()> {
    for &number in numbers {
        let number = i32::try_from(number).map_err(io::Error::other)?;
        out.write_all(&number.to_le_bytes())?;
    }
    Ok(())
}
