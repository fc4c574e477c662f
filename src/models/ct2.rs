//! Reads `model.bin` of `CTranslate2`, binary version 6: named, shaped arrays, little-endian.

use super::error::Error;
use super::quantise;
use std::collections::BTreeMap;

const VERSION: u32 = 6;

/// Every variable of one `model.bin`, borrowed from its bytes.
#[derive(Debug)]
pub(super) struct Weights<'a> {
    /// Which model the variables make, e.g. `WhisperSpec`.
    pub(super) spec: &'a str,
    pub(super) variables: BTreeMap<&'a str, Variable<'a>>,
}

/// One array, in row-major order.
#[derive(Debug, Clone)]
pub(super) struct Variable<'a> {
    /// Lengths, outermost first; empty for a scalar.
    pub(super) shape: Vec<usize>,
    pub(super) kind: Kind,
    pub(super) bytes: &'a [u8],
}

/// What an array's elements are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    F32,
    I8,
    I16,
    I32,
    F16,
}

impl Kind {
    fn from_tag(tag: u8) -> Option<Self> {
        [Self::F32, Self::I8, Self::I16, Self::I32, Self::F16].get(usize::from(tag)).copied()
    }

    /// Bytes an element.
    pub(super) fn width(self) -> usize {
        match self {
            Self::I8 => 1,
            Self::I16 | Self::F16 => 2,
            Self::F32 | Self::I32 => 4,
        }
    }
}

impl Variable<'_> {
    /// The value of a scalar integer.
    pub(super) fn integer(&self) -> Option<i32> {
        match (self.kind, self.bytes) {
            (Kind::I8, &[a]) => Some(i32::from(a.cast_signed())),
            (Kind::I16, &[a, b]) => Some(i32::from(i16::from_le_bytes([a, b]))),
            (Kind::I32, &[a, b, c, d]) => Some(i32::from_le_bytes([a, b, c, d])),
            _ => None,
        }
    }
}

/// Floating-point values, still in the file's form.
#[derive(Debug, Clone, Copy)]
pub(super) struct Floats<'a> {
    kind: Kind,
    bytes: &'a [u8],
}

impl<'a> Floats<'a> {
    /// The part `index` of `variable` cut in `parts` equal ones; `None` where it holds no floats,
    /// or cannot be cut so.
    pub(super) fn of(variable: &Variable<'a>, index: usize, parts: usize) -> Option<Self> {
        let kind = variable.kind;
        let whole = variable.bytes.len();
        if !matches!(kind, Kind::F16 | Kind::F32) || !whole.is_multiple_of(parts * kind.width()) {
            return None;
        }
        let part = whole / parts;
        let bytes = variable.bytes.get(index * part..(index + 1) * part)?;
        Some(Self { kind, bytes })
    }

    /// The values, at most `count` at a time.
    pub(super) fn chunks(self, count: usize) -> impl Iterator<Item = Vec<f32>> + 'a {
        let chunks = self.bytes.chunks(count * self.kind.width());
        chunks.map(move |bytes| {
            if self.kind == Kind::F16 {
                return quantise::from_f16(bytes);
            }
            let (words, _) = bytes.as_chunks::<4>();
            words.iter().map(|word| f32::from_le_bytes(*word)).collect()
        })
    }
}

/// Parse all of `bytes`.
pub(super) fn parse(bytes: &[u8]) -> Result<Weights<'_>, Error> {
    let mut input = Input { bytes, offset: 0 };
    let version = input.u32("the version")?;
    if version != VERSION {
        return Err(malformed(
            0,
            format!("binary version {version}, of which only {VERSION} is known"),
        ));
    }
    let spec = input.string("the specification's name")?;
    input.u32("the revision")?;
    let mut variables = BTreeMap::new();
    for _ in 0..input.u32("the number of variables")? {
        let name = input.string("a variable's name")?;
        variables.insert(name, input.variable(name)?);
    }
    for _ in 0..input.u32("the number of aliases")? {
        input.string("an alias")?;
        input.string("an alias's target")?;
    }
    match bytes.len() - input.offset {
        0 => Ok(Weights { spec, variables }),
        left => Err(malformed(input.offset, format!("{left} bytes follow the end"))),
    }
}

fn malformed(offset: usize, reason: String) -> Error {
    Error::Malformed { offset, reason }
}

struct Input<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Input<'a> {
    fn take(&mut self, count: usize, what: &str) -> Result<&'a [u8], Error> {
        let left = &self.bytes[self.offset..];
        let taken = left.get(..count).ok_or_else(|| {
            let left = left.len();
            malformed(self.offset, format!("{what} needs {count} bytes, of which {left} are left"))
        })?;
        self.offset += count;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self, what: &str) -> Result<[u8; N], Error> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N, what)?);
        Ok(array)
    }

    fn u32(&mut self, what: &str) -> Result<u32, Error> {
        self.array(what).map(u32::from_le_bytes)
    }

    fn size(&mut self, what: &str) -> Result<usize, Error> {
        self.u32(what).map(|size| size as usize)
    }

    /// A string: its length with the closing NUL, then both.
    fn string(&mut self, what: &str) -> Result<&'a str, Error> {
        let offset = self.offset;
        let length = u16::from_le_bytes(self.array(what)?);
        let bytes = self.take(usize::from(length), what)?;
        bytes
            .strip_suffix(&[0])
            .and_then(|text| std::str::from_utf8(text).ok())
            .ok_or_else(|| malformed(offset, format!("{what} is not NUL-terminated UTF-8")))
    }

    fn variable(&mut self, name: &str) -> Result<Variable<'a>, Error> {
        let offset = self.offset;
        let [rank] = self.array(name)?;
        let shape = (0..rank).map(|_| self.size(name)).collect::<Result<Vec<_>, _>>()?;
        let [tag] = self.array(name)?;
        let kind = Kind::from_tag(tag)
            .ok_or_else(|| malformed(offset, format!("{name} has the unknown type {tag}")))?;
        let count = self.size(name)?;
        let bytes = self.take(count, name)?;
        let expected =
            shape.iter().try_fold(kind.width(), |size, &length| size.checked_mul(length));
        if expected != Some(count) {
            return Err(malformed(offset, format!("{name} of shape {shape:?} has {count} bytes")));
        }
        Ok(Variable { shape, kind, bytes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::fixture;

    /// A file with a 2×2 f16 matrix, a scalar and an alias.
    fn file() -> Vec<u8> {
        let matrix = vec![0, 0x3c, 0, 0xbc, 0, 0, 0, 0x40];
        fixture::file(&[
            ("weight".to_owned(), vec![2, 2], 4, matrix),
            ("heads".to_owned(), vec![], 2, vec![6, 0]),
        ])
    }

    #[test]
    fn variables_are_read_with_their_shapes() {
        let bytes = file();
        let weights = parse(&bytes).unwrap();
        assert_eq!(weights.spec, "WhisperSpec");
        assert_eq!(weights.variables["heads"].integer(), Some(6));
        let weight = &weights.variables["weight"];
        assert_eq!(weight.shape, [2, 2]);
        let chunks: Vec<_> = Floats::of(weight, 0, 1).unwrap().chunks(3).collect();
        assert_eq!(chunks, [vec![1.0, -1.0, 0.0], vec![2.0]]);
        let chunks: Vec<_> = Floats::of(weight, 1, 2).unwrap().chunks(3).collect();
        assert_eq!(chunks, [[0.0, 2.0]]);
        assert!(Floats::of(weight, 0, 3).is_none());
        assert!(Floats::of(&weights.variables["heads"], 0, 1).is_none());
    }

    #[test]
    fn a_file_cut_anywhere_is_refused() {
        let bytes = file();
        for end in 0..bytes.len() {
            assert!(parse(&bytes[..end]).is_err(), "cut at {end}");
        }
        let longer = [&bytes[..], &[0]].concat();
        let error = parse(&longer).unwrap_err().to_string();
        assert!(error.contains("1 bytes follow"), "{error}");
    }

    #[test]
    fn whatever_byte_is_wrong_a_shape_fits_its_bytes() {
        let bytes = file();
        for at in 0..bytes.len() {
            for value in [0, 1, 0x7f, 0xff] {
                let mut hostile = bytes.clone();
                hostile[at] = value;
                let Ok(weights) = parse(&hostile) else {
                    continue;
                };
                for variable in weights.variables.values() {
                    let count: usize = variable.shape.iter().product();
                    assert_eq!(count * variable.kind.width(), variable.bytes.len());
                }
            }
        }
    }

    #[test]
    fn a_shape_that_overflows_is_refused() {
        let mut bytes = file();
        let at = bytes.windows(6).position(|w| w == b"weight").unwrap() + 8;
        bytes[at..at + 8].fill(0xff);
        let error = parse(&bytes).unwrap_err().to_string();
        assert!(error.contains("weight of shape"), "{error}");
    }
}
