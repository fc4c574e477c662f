//! Adapters: small changes to a model's weights, added to them when they are converted.
//!
//! An adapter is a safetensors file. Under the names that ggml gives the tensors it holds either the
//! two factors `NAME.a` (rows × rank) and `NAME.b` (rank × columns) of a change of low rank, or the
//! whole change as `NAME`. Its metadata names the SHA-256 of the weights that it was made for.

use super::error::Error;
use super::layout::Tensor;
use super::quantise;
use crate::digest::sha256;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use std::collections::BTreeMap;

/// The adapters that nixvox brings, by name.
const EMBEDDED: &[(&str, &[u8])] =
    &[("tiny.en-nix-r48", include_bytes!("../../models/adapters/tiny.en-nix-r48.safetensors"))];

/// What the metadata's `format` must be.
const FORMAT: &str = "nixvox-adapter-1";

/// A change to each of some tensors.
#[derive(Debug)]
pub(super) struct Adapter {
    name: String,
    base: String,
    changes: BTreeMap<String, Change>,
}

#[derive(Debug)]
struct Change {
    /// Rows and columns; a row for each index of the outermost axis.
    size: [usize; 2],
    part: Part,
}

#[derive(Debug)]
enum Part {
    Whole(Vec<f32>),
    /// `a` (rows × rank) and `b` (rank × columns), both row by row.
    Product {
        rank: usize,
        a: Vec<f32>,
        b: Vec<f32>,
    },
}

impl Adapter {
    /// The embedded adapter `name`.
    pub(super) fn embedded(name: &str) -> Result<Self, Error> {
        let found = EMBEDDED.iter().find(|(known, _)| *known == name);
        let (_, bytes) = found.ok_or_else(|| wrong(name, "there is none of that name"))?;
        Self::read(name, bytes)
    }

    /// The adapter in `bytes`, called `name` in errors.
    pub(super) fn read(name: &str, bytes: &[u8]) -> Result<Self, Error> {
        let broken = |error: safetensors::SafeTensorError| wrong(name, error.to_string());
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(broken)?;
        let metadata = header.metadata().clone().unwrap_or_default();
        let value = |key: &str| {
            let missing = || wrong(name, format!("its metadata has no `{key}`"));
            metadata.get(key).cloned().ok_or_else(missing)
        };
        let format = value("format")?;
        if format != FORMAT {
            return Err(wrong(name, format!("its format is {format}, expected {FORMAT}")));
        }
        let tensors = SafeTensors::deserialize(bytes).map_err(broken)?;
        let mut changes = BTreeMap::new();
        for (tensor, view) in tensors.iter() {
            let (target, change) = match tensor.rsplit_once('.') {
                Some((_, "b")) => continue, // read with its `.a`
                Some((target, "a")) => {
                    let b = tensors.tensor(&format!("{target}.b")).map_err(broken)?;
                    (target, Change::product(&view, &b))
                }
                _ => (tensor, Change::whole(&view)),
            };
            let change = change.map_err(|reason| wrong(name, format!("{tensor} {reason}")))?;
            changes.insert(target.to_owned(), change);
        }
        if tensors.names().into_iter().any(|tensor| {
            tensor.strip_suffix(".b").is_some_and(|target| !changes.contains_key(target))
        }) {
            return Err(wrong(name, "a factor `.b` has no `.a`"));
        }
        Ok(Self { name: name.to_owned(), base: value("base_sha256")?, changes })
    }

    /// Refuse to change anything but `tensors`, made of `weights`, that it was made for.
    pub(super) fn fits(&self, weights: &[u8], tensors: &[Tensor<'_>]) -> Result<(), Error> {
        let found = sha256(weights);
        if found != self.base {
            let reason = format!("it was made for the weights {}, not for {found}", self.base);
            return Err(wrong(&self.name, reason));
        }
        for (target, Change { size, .. }) in &self.changes {
            let tensor = tensors.iter().find(|tensor| tensor.name == *target);
            let tensor = tensor.ok_or_else(|| {
                wrong(&self.name, format!("it changes {target}, which the model does not have"))
            })?;
            if tensor.shape.first() != Some(&size[0])
                || tensor.shape.iter().product::<usize>() != size[0] * size[1]
            {
                let reason = format!("it changes {target} by {size:?}, not {:?}", tensor.shape);
                return Err(wrong(&self.name, reason));
            }
        }
        Ok(())
    }

    /// What is added to the tensor `name`, in its order; `None` where nothing is.
    pub(super) fn change(&self, name: &str) -> Option<Vec<f32>> {
        self.changes.get(name).map(Change::values)
    }
}

fn wrong(name: &str, reason: impl Into<String>) -> Error {
    Error::Adapter { name: name.to_owned(), reason: reason.into() }
}

/// The values of `view`, which must be finite.
fn values(view: &TensorView<'_>) -> Result<Vec<f32>, String> {
    if view.dtype() != Dtype::F16 {
        return Err(format!("is of type {:?}; only F16 is known", view.dtype()));
    }
    let values = quantise::from_f16(view.data());
    if values.iter().all(|value| value.is_finite()) {
        Ok(values)
    } else {
        Err("holds values that are no numbers".to_owned())
    }
}

impl Change {
    fn whole(view: &TensorView<'_>) -> Result<Self, String> {
        let shape = view.shape();
        let rows = *shape.first().ok_or("has no axis")?;
        Ok(Self { size: [rows, shape[1..].iter().product()], part: Part::Whole(values(view)?) })
    }

    fn product(a: &TensorView<'_>, b: &TensorView<'_>) -> Result<Self, String> {
        match (a.shape(), b.shape()) {
            (&[rows, rank], &[same, columns]) if rank == same && rank * columns > 0 => {
                let part = Part::Product { rank, a: values(a)?, b: values(b)? };
                Ok(Self { size: [rows, columns], part })
            }
            (a, b) => Err(format!("of shape {a:?} has no product with the other's {b:?}")),
        }
    }

    /// All of it, row by row. The order of the sums is fixed, so that the result is, too.
    fn values(&self) -> Vec<f32> {
        match &self.part {
            Part::Whole(values) => values.clone(),
            Part::Product { rank, a, b } => {
                let [rows, columns] = self.size;
                let mut values = vec![0.0; rows * columns];
                for (row, factors) in values.chunks_mut(columns).zip(a.chunks(*rank)) {
                    for (factor, b) in factors.iter().zip(b.chunks(columns)) {
                        row.iter_mut().zip(b).for_each(|(value, b)| *value += factor * b);
                    }
                }
                values
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::fixture::{self, Parts, WIDTH};
    use crate::models::quantise::Form;
    use crate::models::{ct2, layout};

    /// What is said against the miniature's adapter, spoilt by `edit`.
    fn refusal(edit: impl FnOnce(&mut Parts)) -> String {
        let variables = fixture::whisper();
        let weights = fixture::file(&variables);
        let parsed = ct2::parse(&weights).unwrap();
        let (_, tensors) = layout::plan(&parsed, Form::Q8_0).unwrap();
        let adapter = Adapter::read("mini", &fixture::adapter(&variables, edit));
        adapter.and_then(|adapter| adapter.fits(&weights, &tensors)).unwrap_err().to_string()
    }

    #[test]
    fn what_is_no_adapter_of_this_model_is_refused_with_the_reason() {
        const MATRIX: &str = "decoder.blocks.0.attn.value.weight";
        const A: &str = "decoder.blocks.0.attn.value.weight.a";
        const B: &str = "decoder.blocks.0.attn.value.weight.b";
        let refuse = |word: &str, edit: fn(&mut Parts)| {
            let error = refusal(edit);
            assert!(error.starts_with("the adapter mini cannot be used: "), "{error}");
            assert!(error.contains(word), "no {word:?} in {error:?}");
        };
        refuse("`format`", |parts| parts.metadata.clear());
        refuse("expected nixvox-adapter-1", |parts| {
            parts.metadata.insert("format".into(), "lora".into());
        });
        refuse("`base_sha256`", |parts| {
            parts.metadata.remove("base_sha256");
        });
        refuse("made for the weights 00", |parts| {
            parts.metadata.insert("base_sha256".into(), "00".into());
        });
        refuse(B, |parts| {
            parts.tensors.remove(B);
        });
        refuse("no `.a`", |parts| {
            parts.tensors.remove(A);
        });
        refuse("no product", |parts| {
            parts.tensors.insert(B, (vec![1, WIDTH], vec![0.0; WIDTH]));
        });
        refuse(MATRIX, |parts| {
            parts.tensors.insert(B, (vec![2, 1], vec![0.0; 2]));
        });
        refuse("no numbers", |parts| {
            parts.tensors.insert(B, (vec![2, WIDTH], vec![f32::NAN; 2 * WIDTH]));
        });
        refuse("which the model does not have", |parts| {
            parts.tensors.insert("encoder.blocks.9.attn_ln.bias", (vec![1], vec![0.0]));
        });
    }

    #[test]
    fn a_file_cut_anywhere_is_refused() {
        let whole = fixture::adapter(&fixture::whisper(), |_| {});
        for end in (0..whole.len()).step_by(7) {
            let error = Adapter::read("mini", &whole[..end]).unwrap_err();
            assert!(matches!(error, Error::Adapter { .. }), "cut at {end}: {error}");
        }
    }

    #[test]
    fn every_embedded_adapter_is_whole() {
        for (name, bytes) in EMBEDDED {
            let adapter = Adapter::embedded(name).unwrap();
            assert!(adapter.changes.len() > 100 && bytes.len() <= 8_000_000, "{name}");
        }
        assert!(Adapter::embedded("none").is_err());
    }
}
