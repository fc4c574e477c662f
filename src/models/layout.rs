//! Which tensors of a ggml Whisper file come from which `CTranslate2` variables.

use super::ct2::{Floats, Variable, Weights};
use super::error::Error;
use super::quantise::{BLOCK, Form};

/// The sizes that a Whisper file's header gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sizes {
    /// Tokens, the special ones among them.
    pub(super) vocabulary: usize,
    /// Encoder positions of 20 ms.
    pub(super) audio_context: usize,
    /// Width of every layer, both sides.
    pub(super) width: usize,
    pub(super) audio_heads: usize,
    pub(super) audio_layers: usize,
    /// Decoder positions, in tokens.
    pub(super) text_context: usize,
    pub(super) text_heads: usize,
    pub(super) text_layers: usize,
    pub(super) mels: usize,
}

/// One tensor to write.
#[derive(Debug)]
pub(super) struct Tensor<'a> {
    pub(super) name: String,
    /// Lengths, outermost first.
    pub(super) shape: Vec<usize>,
    pub(super) form: Form,
    pub(super) values: Floats<'a>,
}

/// The sizes, and every tensor in the order of the file, the matrices in the form `matrices`.
pub(super) fn plan<'a>(
    weights: &Weights<'a>,
    matrices: Form,
) -> Result<(Sizes, Vec<Tensor<'a>>), Error> {
    if weights.spec != "WhisperSpec" {
        return Err(wrong("the specification", format!("is {}", weights.spec)));
    }
    let sizes = sizes(weights)?;
    let mut plan = Plan { weights, sizes, matrices, tensors: Vec::new() };
    plan.front()?;
    for layer in 0..sizes.audio_layers {
        plan.layer("encoder", layer)?;
    }
    for layer in 0..sizes.text_layers {
        plan.layer("decoder", layer)?;
    }
    plan.back()?;
    Ok((sizes, plan.tensors))
}

fn wrong(variable: &str, reason: String) -> Error {
    Error::Variable { variable: variable.to_owned(), reason }
}

fn find<'w, 'a>(weights: &'w Weights<'a>, name: &str) -> Result<&'w Variable<'a>, Error> {
    let found = weights.variables.get(name);
    found.ok_or_else(|| wrong(name, "is missing".to_owned()))
}

fn sizes(weights: &Weights<'_>) -> Result<Sizes, Error> {
    let shape = |name: &str, axis: usize| {
        let length = find(weights, name)?.shape.get(axis).copied();
        length.ok_or_else(|| wrong(name, format!("has no axis {axis}")))
    };
    let heads = |name: &str| {
        let heads = find(weights, name)?.integer();
        let heads = heads.and_then(|n| usize::try_from(n).ok());
        heads.filter(|&n| n > 0).ok_or_else(|| wrong(name, "is not a count".to_owned()))
    };
    // the highest number found counts, so that a gap is noticed as a missing variable
    let layers = |side: &str| {
        let names = weights.variables.keys();
        let numbers = names.filter_map(|name| {
            let layer = name.strip_prefix(side)?.strip_prefix("/layer_")?;
            layer.split('/').next()?.parse::<u32>().ok()
        });
        numbers.max().map_or(0, |last| last as usize + 1)
    };
    let width = shape("decoder/embeddings/weight", 1)?;
    if width == 0 || width % BLOCK != 0 {
        let reason = format!("is {width} wide, which is no multiple of {BLOCK}");
        return Err(wrong("decoder/embeddings/weight", reason));
    }
    Ok(Sizes {
        vocabulary: shape("decoder/embeddings/weight", 0)?,
        audio_context: shape("encoder/position_encodings/encodings", 0)?,
        width,
        audio_heads: heads("encoder/num_heads")?,
        audio_layers: layers("encoder"),
        text_context: shape("decoder/position_encodings/encodings", 0)?,
        text_heads: heads("decoder/num_heads")?,
        text_layers: layers("decoder"),
        mels: shape("encoder/conv1/weight", 1)?,
    })
}

struct Plan<'w, 'a> {
    weights: &'w Weights<'a>,
    sizes: Sizes,
    matrices: Form,
    tensors: Vec<Tensor<'a>>,
}

impl<'a> Plan<'_, 'a> {
    /// What comes before the layers: the encoder's positions and convolutions.
    fn front(&mut self) -> Result<(), Error> {
        self.positions("encoder", self.sizes.audio_context)?;
        let width = self.sizes.width;
        for (name, channels) in [("conv1", self.sizes.mels), ("conv2", width)] {
            let at = format!("encoder/{name}/weight");
            let values = self.values(&at, &[width, channels, 3])?;
            let name = format!("encoder.{name}");
            self.put(&name, "weight", &[width, channels, 3], Form::F16, values);
            let values = self.values(&at.replace("weight", "bias"), &[width])?;
            self.put(&name, "bias", &[width, 1], Form::F32, values);
        }
        Ok(())
    }

    /// What comes after the layers: the closing norms, the decoder's positions and embedding.
    fn back(&mut self) -> Result<(), Error> {
        self.norm("encoder.ln_post", "encoder/layer_norm")?;
        self.positions("decoder", self.sizes.text_context)?;
        let shape = [self.sizes.vocabulary, self.sizes.width];
        let values = self.values("decoder/embeddings/weight", &shape)?;
        self.put("decoder.token_embedding", "weight", &shape, self.matrices, values);
        self.norm("decoder.ln", "decoder/layer_norm")
    }

    fn layer(&mut self, side: &str, layer: usize) -> Result<(), Error> {
        let (to, at) = (format!("{side}.blocks.{layer}"), format!("{side}/layer_{layer}"));
        let hidden = 4 * self.sizes.width;
        self.norm(&format!("{to}.mlp_ln"), &format!("{at}/ffn/layer_norm"))?;
        self.fused(
            &format!("{at}/ffn/linear_0"),
            &[format!("{to}.mlp.0")],
            [hidden, self.sizes.width],
        )?;
        self.fused(
            &format!("{at}/ffn/linear_1"),
            &[format!("{to}.mlp.2")],
            [self.sizes.width, hidden],
        )?;
        self.attention(
            &format!("{to}.attn"),
            &format!("{at}/self_attention"),
            &[&["query", "key", "value"], &["out"]],
        )?;
        if side == "decoder" {
            self.attention(
                &format!("{to}.cross_attn"),
                &format!("{at}/attention"),
                &[&["query"], &["key", "value"], &["out"]],
            )?;
        }
        Ok(())
    }

    /// An attention block and its norm; `linears` says which projections each `linear_N` holds.
    fn attention(&mut self, to: &str, at: &str, linears: &[&[&str]]) -> Result<(), Error> {
        self.norm(&format!("{to}_ln"), &format!("{at}/layer_norm"))?;
        for (index, parts) in linears.iter().enumerate() {
            let names: Vec<_> = parts.iter().map(|part| format!("{to}.{part}")).collect();
            self.fused(&format!("{at}/linear_{index}"), &names, [self.sizes.width; 2])?;
        }
        Ok(())
    }

    /// One linear variable that holds the projections `names` one below the other, each of `shape`.
    fn fused(&mut self, at: &str, names: &[String], shape: [usize; 2]) -> Result<(), Error> {
        let [rows, columns] = shape;
        let (weight, bias) = (format!("{at}/weight"), format!("{at}/bias"));
        let parts = names.len();
        for (index, name) in names.iter().enumerate() {
            let values = self.part(&weight, &[parts * rows, columns], index, parts)?;
            self.put(name, "weight", &shape, self.matrices, values);
            let values = self.part(&bias, &[parts * rows], index, parts)?;
            if name.rsplit('.').next() != Some("key") {
                self.put(name, "bias", &[rows], Form::F32, values);
            } else if values.chunks(rows).flatten().any(|value| value != 0.0) {
                // Whisper's keys have no bias, and ggml's file no place for one
                return Err(wrong(&bias, "has a key bias other than zero".to_owned()));
            }
        }
        Ok(())
    }

    fn norm(&mut self, to: &str, at: &str) -> Result<(), Error> {
        let shape = [self.sizes.width];
        for (parameter, variable) in [("weight", "gamma"), ("bias", "beta")] {
            let values = self.values(&format!("{at}/{variable}"), &shape)?;
            self.put(to, parameter, &shape, Form::F32, values);
        }
        Ok(())
    }

    fn positions(&mut self, side: &str, count: usize) -> Result<(), Error> {
        let shape = [count, self.sizes.width];
        let values = self.values(&format!("{side}/position_encodings/encodings"), &shape)?;
        self.put(side, "positional_embedding", &shape, Form::F32, values);
        Ok(())
    }

    fn put(&mut self, to: &str, name: &str, shape: &[usize], form: Form, values: Floats<'a>) {
        self.tensors.push(Tensor {
            name: format!("{to}.{name}"),
            shape: shape.to_vec(),
            form,
            values,
        });
    }

    fn values(&self, name: &str, shape: &[usize]) -> Result<Floats<'a>, Error> {
        self.part(name, shape, 0, 1)
    }

    /// The part `index` of `parts` equal ones of the variable `name`, which must have `shape`.
    fn part(
        &self,
        name: &str,
        shape: &[usize],
        index: usize,
        parts: usize,
    ) -> Result<Floats<'a>, Error> {
        let variable = find(self.weights, name)?;
        if variable.shape != shape {
            let found = &variable.shape;
            return Err(wrong(name, format!("has shape {found:?}, expected {shape:?}")));
        }
        Floats::of(variable, index, parts).ok_or_else(|| {
            let kind = variable.kind;
            wrong(name, format!("is of type {kind:?}; only F16 and F32 are known"))
        })
    }
}
