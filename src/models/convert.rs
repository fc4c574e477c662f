//! Converts Whisper weights from `CTranslate2`'s form to a ggml file.

use super::adapter::Adapter;
use super::error::Error;
use super::quantise::Form;
use super::{ct2, ggml, layout, vocabulary};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

/// Whisper's mel channels; only the large models of the third version have others.
const MELS: usize = 80;

/// Write the model in `weights` (`model.bin`) and `words` (`vocabulary.txt`) to `path`, its
/// matrices in the form `matrices`, with what `adapter` changes.
///
/// `tick` is called with the number of tensors written and of all. The result is the same, bit for
/// bit, whenever the input is; on an error, what is at `path` is worthless.
pub(super) fn convert(
    weights: &[u8],
    words: &str,
    (matrices, adapter): (Form, Option<&Adapter>),
    path: &Path,
    mut tick: impl FnMut(usize, usize),
) -> Result<(), Error> {
    let variables = ct2::parse(weights)?;
    let (sizes, tensors) = layout::plan(&variables, matrices)?;
    if let Some(adapter) = adapter {
        adapter.fits(weights, &tensors)?;
    }
    let words = vocabulary::decode(words)?;
    check(&sizes, words.len())?;
    let mut write = || {
        let mut out = BufWriter::new(File::create(path)?);
        ggml::write_header(&mut out, &sizes, matrices, &words)?;
        for (done, tensor) in tensors.iter().enumerate() {
            tick(done, tensors.len());
            let change = adapter.and_then(|adapter| adapter.change(&tensor.name));
            ggml::write_tensor(&mut out, tensor, &change.unwrap_or_default())?;
        }
        tick(tensors.len(), tensors.len());
        out.flush()
    };
    write().map_err(Error::at(path))
}

fn check(sizes: &layout::Sizes, words: usize) -> Result<(), Error> {
    let wrong =
        |variable: &str, reason: String| Error::Variable { variable: variable.to_owned(), reason };
    if sizes.mels != MELS {
        let reason = format!("has {} mel channels, expected {MELS}", sizes.mels);
        return Err(wrong("encoder/conv1/weight", reason));
    }
    if words >= sizes.vocabulary {
        let reason = format!("has {} rows for {words} words", sizes.vocabulary);
        return Err(wrong("decoder/embeddings/weight", reason));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::fixture::{self, Raw, VOCABULARY, WIDTH};
    use std::collections::BTreeMap;

    /// A tensor read back: its lengths, innermost first, its type tag and its data.
    type Read = (Vec<i32>, i32, Vec<u8>);

    fn converted(variables: &[Raw], matrices: Form) -> Result<Vec<u8>, Error> {
        adapted(variables, (matrices, None))
    }

    fn adapted(variables: &[Raw], how: (Form, Option<&Adapter>)) -> Result<Vec<u8>, Error> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("mini.bin");
        let mut ticks = Vec::new();
        let weights = fixture::file(variables);
        convert(&weights, VOCABULARY, how, &path, |done, all| {
            ticks.push((done, all));
        })?;
        assert_eq!((ticks.len(), ticks.last()), (51, Some(&(50, 50))));
        Ok(std::fs::read(path).unwrap())
    }

    /// Header numbers, words and tensors of a ggml file.
    fn read(mut bytes: &[u8]) -> (Vec<i32>, Vec<Vec<u8>>, BTreeMap<String, Read>) {
        fn take<'a>(bytes: &mut &'a [u8], count: i32) -> &'a [u8] {
            let (taken, left) = bytes.split_at(count as usize);
            *bytes = left;
            taken
        }
        fn number(bytes: &mut &[u8]) -> i32 {
            i32::from_le_bytes(take(bytes, 4).try_into().unwrap())
        }
        assert_eq!(take(&mut bytes, 4), b"lmgg");
        let header = (0..13).map(|_| number(&mut bytes)).collect::<Vec<_>>();
        take(&mut bytes, 4 * header[11] * header[12]);
        let words = (0..number(&mut bytes)).map(|_| {
            let length = number(&mut bytes);
            take(&mut bytes, length).to_vec()
        });
        let words = words.collect();
        let mut tensors = BTreeMap::new();
        while !bytes.is_empty() {
            let (rank, length, tag) = (number(&mut bytes), number(&mut bytes), number(&mut bytes));
            let shape: Vec<_> = (0..rank).map(|_| number(&mut bytes)).collect();
            let name = String::from_utf8(take(&mut bytes, length).to_vec()).unwrap();
            let count: i32 = shape.iter().product();
            let size = match tag {
                0 => 4 * count,
                1 => 2 * count,
                _ => count / 32 * 34,
            };
            tensors.insert(name, (shape, tag, take(&mut bytes, size).to_vec()));
        }
        (header, words, tensors)
    }

    #[test]
    fn a_miniature_whisper_comes_through_whole() {
        let bytes = converted(&fixture::whisper(), Form::F32).unwrap();
        let (header, words, tensors) = read(&bytes);
        assert_eq!(header, [5, 6, 32, 2, 1, 4, 32, 2, 1, 80, 0, 80, 201]);
        assert_eq!(words, [&b"a"[..], b" roll", "é".as_bytes()]);
        assert_eq!(tensors.len(), 50);

        let values = |name: &str, count| fixture::values(name, count);
        let (shape, tag, data) = &tensors["decoder.blocks.0.cross_attn.value.weight"];
        assert_eq!((&shape[..], *tag), (&[32, 32][..], 0));
        let both = values("decoder/layer_0/attention/linear_1/weight", 2 * WIDTH * WIDTH);
        assert_eq!(*data, Form::F32.encode(&both[WIDTH * WIDTH..]));
        let (_, _, data) = &tensors["encoder.blocks.0.attn.value.bias"];
        let all = values("encoder/layer_0/self_attention/linear_0/bias", 3 * WIDTH);
        assert_eq!(*data, Form::F32.encode(&all[2 * WIDTH..]));
        assert!(!tensors.contains_key("encoder.blocks.0.attn.key.bias"));
        assert_eq!(tensors["encoder.conv1.bias"].0, [1, 32]);
    }

    #[test]
    fn matrices_are_quantised_and_nothing_else() {
        let bytes = converted(&fixture::whisper(), Form::Q8_0).unwrap();
        assert_eq!(bytes, converted(&fixture::whisper(), Form::Q8_0).unwrap());
        let (header, _, tensors) = read(&bytes);
        assert_eq!(header[10], 2007);
        for (name, (shape, tag, _)) in tensors {
            let expected = match &name {
                name if name.contains("positional") || name.ends_with("bias") => 0,
                name if name.contains("conv") => 1,
                _ if shape.len() == 2 => 8,
                _ => 0,
            };
            assert_eq!(tag, expected, "{name}");
        }
    }

    #[test]
    fn a_key_bias_is_not_dropped_silently() {
        let mut variables = fixture::whisper();
        let name = "encoder/layer_0/self_attention/linear_0/bias";
        let bias = variables.iter_mut().find(|v| v.0 == name).unwrap();
        bias.3[2 * WIDTH + 1] = 0x3c;
        let error = converted(&variables, Form::Q8_0).unwrap_err().to_string();
        assert!(error.contains(name) && error.contains("key bias"), "{error}");
    }

    #[test]
    fn every_variable_is_needed_in_its_own_shape() {
        for index in 0..fixture::whisper().len() {
            let mut variables = fixture::whisper();
            let name = variables[index].0.clone();
            variables[index].0.push('x');
            let error = converted(&variables, Form::Q8_0).unwrap_err();
            assert!(matches!(error, Error::Variable { .. }), "without {name}: {error}");

            variables[index].0.pop();
            variables[index].1.push(1);
            if !name.ends_with("num_heads") {
                let error = converted(&variables, Form::Q8_0).unwrap_err();
                assert!(matches!(error, Error::Variable { .. }), "reshaped {name}: {error}");
            }
        }
    }

    #[test]
    fn an_adapter_changes_what_it_names_and_nothing_else() {
        let variables = fixture::whisper();
        let adapter = Adapter::read("mini", &fixture::adapter(&variables, |_| {})).unwrap();
        let (_, _, plain) = read(&converted(&variables, Form::F32).unwrap());
        let (_, _, changed) = read(&adapted(&variables, (Form::F32, Some(&adapter))).unwrap());
        let floats = |data: &[u8]| -> Vec<f32> {
            data.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
        };
        for (name, (_, _, before)) in plain {
            let (before, after) = (floats(&before), floats(&changed[&name].2));
            let change = match name.as_str() {
                // rows of the factor 1, 2, 3 … over columns of 0.5 and 0.25
                "decoder.blocks.0.attn.value.weight" => {
                    |at: usize| (at / WIDTH) as f32 * 0.5 + 0.25
                }
                "encoder.ln_post.bias" => |_| 1.5,
                _ => |_| 0.0,
            };
            for (at, (before, after)) in before.iter().zip(after).enumerate() {
                assert!((before + change(at) - after).abs() < 1e-6, "{name} at {at}");
            }
        }
    }

    #[test]
    fn an_adapter_for_other_weights_is_refused() {
        let variables = fixture::whisper();
        let adapter = Adapter::read("mini", &fixture::adapter(&variables, |_| {})).unwrap();
        let mut others = fixture::whisper();
        others[0].3[0] ^= 1;
        let error = adapted(&others, (Form::Q8_0, Some(&adapter))).unwrap_err().to_string();
        assert!(error.starts_with("the adapter mini cannot be used: it was made for"), "{error}");
    }
}
