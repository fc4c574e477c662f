//! For tests: `CTranslate2` files, among them a whole Whisper in miniature.

use super::quantise::Form;
use crate::digest::sha256;
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use std::collections::{BTreeMap, HashMap};

/// One variable as it is written: name, lengths, type tag, data.
pub(super) type Raw = (String, Vec<usize>, u8, Vec<u8>);

pub(super) const WIDTH: usize = 32;

/// The vocabulary of [`whisper`]: three words, of its five tokens.
pub(super) const VOCABULARY: &str = "a\nĠroll\nÃ©\n<|endoftext|>\n<|en|>\n";

/// A NUL-terminated string after its length.
pub(super) fn string(text: &str) -> Vec<u8> {
    let length = text.len() as u16 + 1;
    [&length.to_le_bytes()[..], text.as_bytes(), &[0]].concat()
}

/// A file of version 6 with `variables` and one alias.
pub(super) fn file(variables: &[Raw]) -> Vec<u8> {
    let number = |number: usize| (number as u32).to_le_bytes();
    let mut bytes = number(6).to_vec();
    bytes.extend(string("WhisperSpec"));
    bytes.extend(number(3));
    bytes.extend(number(variables.len()));
    for (name, shape, tag, data) in variables {
        bytes.extend(string(name));
        bytes.push(shape.len() as u8);
        bytes.extend(shape.iter().flat_map(|&length| number(length)));
        bytes.push(*tag);
        bytes.extend(number(data.len()));
        bytes.extend(data);
    }
    bytes.extend(number(1));
    bytes.extend(string("alias"));
    bytes.extend(string(&variables[0].0));
    bytes
}

/// The values of a variable of [`whisper`], told apart by its name and exact in f16.
pub(super) fn values(name: &str, count: usize) -> Vec<f32> {
    let seed: usize = name.bytes().map(usize::from).sum();
    let value = |i| ((seed + i * 31) % 255) as f32 / 64.0 - 2.0;
    (0..count).map(value).collect()
}

/// The variables of a Whisper of one layer a side, 32 wide.
pub(super) fn whisper() -> Vec<Raw> {
    let mut variables = Vec::new();
    let mut put = |name: &str, shape: &[usize]| {
        let values = values(name, shape.iter().product());
        let data = Form::F16.encode(&values);
        variables.push((name.to_owned(), shape.to_vec(), 4, data));
    };
    put("decoder/embeddings/weight", &[5, WIDTH]);
    put("encoder/position_encodings/encodings", &[6, WIDTH]);
    put("decoder/position_encodings/encodings", &[4, WIDTH]);
    for (conv, channels) in [("conv1", 80), ("conv2", WIDTH)] {
        put(&format!("encoder/{conv}/weight"), &[WIDTH, channels, 3]);
        put(&format!("encoder/{conv}/bias"), &[WIDTH]);
    }
    let mut norms = vec!["encoder/layer_norm".to_owned(), "decoder/layer_norm".to_owned()];
    for side in ["encoder", "decoder"] {
        let layer = format!("{side}/layer_0");
        let mut linears = vec![
            ("self_attention/linear_0", 3, 1),
            ("self_attention/linear_1", 1, 1),
            ("ffn/linear_0", 4, 1),
            ("ffn/linear_1", 1, 4),
        ];
        norms.push(format!("{layer}/self_attention/layer_norm"));
        norms.push(format!("{layer}/ffn/layer_norm"));
        if side == "decoder" {
            norms.push(format!("{layer}/attention/layer_norm"));
            linears.push(("attention/linear_0", 1, 1));
            linears.push(("attention/linear_1", 2, 1));
            linears.push(("attention/linear_2", 1, 1));
        }
        for (linear, rows, columns) in linears {
            let name = format!("{layer}/{linear}");
            put(&format!("{name}/weight"), &[rows * WIDTH, columns * WIDTH]);
            put(&format!("{name}/bias"), &[rows * WIDTH]);
        }
    }
    for norm in norms {
        put(&format!("{norm}/gamma"), &[WIDTH]);
        put(&format!("{norm}/beta"), &[WIDTH]);
    }
    for (name, _, _, data) in &mut variables {
        // the keys' biases, in bytes of f16
        if name.ends_with("self_attention/linear_0/bias") {
            data[2 * WIDTH..4 * WIDTH].fill(0);
        } else if name.ends_with("/attention/linear_1/bias") {
            data[..2 * WIDTH].fill(0);
        }
    }
    for side in ["encoder", "decoder"] {
        variables.push((format!("{side}/num_heads"), Vec::new(), 2, vec![2, 0]));
    }
    variables
}

/// What an adapter's file is made of.
pub(super) struct Parts {
    /// Shapes and values by name.
    pub(super) tensors: BTreeMap<&'static str, (Vec<usize>, Vec<f32>)>,
    pub(super) metadata: HashMap<String, String>,
}

/// An adapter for the file of `variables`, as `edit` leaves it: a change of rank 2 to one matrix, which
/// adds half the row's index and 0.25, and 1.5 on one vector.
pub(super) fn adapter(variables: &[Raw], edit: impl FnOnce(&mut Parts)) -> Vec<u8> {
    let a = (0..WIDTH).flat_map(|row| [row as f32, 1.0]).collect();
    let b = [[0.5; WIDTH], [0.25; WIDTH]].concat();
    let text = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let mut parts = Parts {
        tensors: BTreeMap::from([
            ("decoder.blocks.0.attn.value.weight.a", (vec![WIDTH, 2], a)),
            ("decoder.blocks.0.attn.value.weight.b", (vec![2, WIDTH], b)),
            ("encoder.ln_post.bias", (vec![WIDTH], vec![1.5; WIDTH])),
        ]),
        metadata: HashMap::from([
            text("format", "nixvox-adapter-1"),
            text("base_sha256", &sha256(&file(variables))),
        ]),
    };
    edit(&mut parts);
    let encode =
        |(name, (shape, values)): (_, (_, Vec<f32>))| (name, shape, Form::F16.encode(&values));
    let data: Vec<_> = parts.tensors.into_iter().map(encode).collect();
    let views = data.iter().map(|(name, shape, data)| {
        (name, TensorView::new(Dtype::F16, Vec::clone(shape), data).unwrap())
    });
    safetensors::serialize(views, Some(parts.metadata)).unwrap()
}
