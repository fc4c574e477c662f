//! A voice's network cut in two: from phonemes to latent frames, and from these to samples.
//!
//! The second half only convolves, so that it can be run on a stretch of the frames at a time: a
//! clause begins to sound while the rest of it is made. The file is ONNX, which is Protocol Buffers;
//! of its messages (onnx.proto) only the fields that are needed are described here, and all of those
//! that a network is computed by are kept as they are.

use bytes::Bytes;
use prost::Message;
use std::collections::{HashMap, HashSet};

/// What the first layer of the second half weighs the frames with, in voices that Piper exported.
const FIRST_WEIGHT: &str = "dec.conv_pre.weight";
/// A tensor's element type f32.
const FLOAT: i32 = 1;

#[derive(Clone, PartialEq, Message)]
struct Model {
    #[prost(int64, tag = "1")]
    ir_version: i64,
    #[prost(message, optional, tag = "7")]
    graph: Option<Graph>,
    #[prost(bytes = "bytes", repeated, tag = "8")]
    opset_import: Vec<Bytes>,
    #[prost(bytes = "bytes", repeated, tag = "25")]
    functions: Vec<Bytes>,
}

#[derive(Clone, PartialEq, Message)]
struct Graph {
    #[prost(bytes = "bytes", repeated, tag = "1")]
    nodes: Vec<Bytes>,
    #[prost(string, tag = "2")]
    name: String,
    #[prost(bytes = "bytes", repeated, tag = "5")]
    initializers: Vec<Bytes>,
    #[prost(bytes = "bytes", repeated, tag = "11")]
    inputs: Vec<Bytes>,
    #[prost(bytes = "bytes", repeated, tag = "12")]
    outputs: Vec<Bytes>,
}

#[derive(Clone, PartialEq, Message)]
struct Node {
    #[prost(string, repeated, tag = "1")]
    inputs: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    outputs: Vec<String>,
}

#[derive(Clone, PartialEq, Message)]
struct Initializer {
    #[prost(int64, repeated, tag = "1")]
    dims: Vec<i64>,
    #[prost(string, tag = "8")]
    name: String,
}

#[derive(Clone, PartialEq, Message)]
struct Value {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, optional, tag = "2")]
    kind: Option<Kind>,
}

#[derive(Clone, PartialEq, Message)]
struct Kind {
    #[prost(message, optional, tag = "1")]
    tensor: Option<Tensor>,
}

#[derive(Clone, PartialEq, Message)]
struct Tensor {
    #[prost(int32, tag = "1")]
    element: i32,
}

/// The halves of a network, each a model of its own.
pub(super) struct Halves {
    /// From phonemes to latent frames.
    pub(super) encoder: Vec<u8>,
    /// From latent frames to samples.
    pub(super) vocoder: Vec<u8>,
    /// Values of a latent frame.
    pub(super) channels: usize,
}

/// The halves of `model`; `None` where it is no network of this shape, or its second half takes
/// more than frames, as those of several speakers do.
pub(super) fn halves(model: Bytes) -> Option<Halves> {
    let model = Model::decode(model).ok()?;
    let graph = model.graph.as_ref()?;
    let nodes = decoded::<Node>(&graph.nodes)?;
    let initializers = decoded::<Initializer>(&graph.initializers)?;
    let weight = initializers.iter().find(|initializer| initializer.name == FIRST_WEIGHT)?;
    let channels = usize::try_from(*weight.dims.get(1)?).ok()?;
    let first = nodes.iter().find(|node| node.inputs.iter().any(|name| name == FIRST_WEIGHT))?;
    let frames = first.inputs.first()?;
    let [output] = graph.outputs.as_slice() else { return None };
    let output = Value::decode(output.clone()).ok()?.name;

    let known: HashSet<&str> = initializers.iter().map(|known| known.name.as_str()).collect();
    let second = upstream(&nodes, &output, frames, &known)?;
    let inputs = decoded::<Value>(&graph.inputs)?;
    let given: HashSet<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
    let given = &given | &known;
    let first = upstream(&nodes, frames, "", &given)?;

    let between = Value {
        name: frames.clone(),
        kind: Some(Kind { tensor: Some(Tensor { element: FLOAT }) }),
    };
    let between = vec![Bytes::from(between.encode_to_vec())];
    let half = |nodes_of: &HashSet<usize>, inputs: &[Bytes], outputs: &[Bytes]| {
        let of_half = |&(index, _): &(usize, &Bytes)| nodes_of.contains(&index);
        let taken: HashSet<&str> =
            nodes_of.iter().flat_map(|&index| &nodes[index].inputs).map(String::as_str).collect();
        let needed = initializers.iter().zip(&graph.initializers);
        let needed = needed.filter(|(known, _)| taken.contains(known.name.as_str()));
        let graph = Graph {
            nodes: graph.nodes.iter().enumerate().filter(of_half).map(|(_, n)| n.clone()).collect(),
            name: graph.name.clone(),
            initializers: needed.map(|(_, bytes)| bytes.clone()).collect(),
            inputs: inputs.to_vec(),
            outputs: outputs.to_vec(),
        };
        let model = Model {
            ir_version: model.ir_version,
            graph: Some(graph),
            opset_import: model.opset_import.clone(),
            functions: model.functions.clone(),
        };
        model.encode_to_vec()
    };
    Some(Halves {
        encoder: half(&first, &graph.inputs, &between),
        vocoder: half(&second, &between, &graph.outputs),
        channels,
    })
}

fn decoded<M: Message + Default>(messages: &[Bytes]) -> Option<Vec<M>> {
    messages.iter().map(|bytes| M::decode(bytes.clone()).ok()).collect()
}

/// The nodes that `name` comes of, back to `from` and to what is `known`; `None` where it comes of
/// anything else.
fn upstream(
    nodes: &[Node],
    name: &str,
    from: &str,
    known: &HashSet<&str>,
) -> Option<HashSet<usize>> {
    let makers: HashMap<&str, usize> = nodes
        .iter()
        .enumerate()
        .flat_map(|(index, node)| node.outputs.iter().map(move |made| (made.as_str(), index)))
        .collect();
    let (mut found, mut open) = (HashSet::new(), vec![name]);
    while let Some(name) = open.pop() {
        // an optional input that is not given has no name
        if name.is_empty() || name == from || known.contains(name) {
            continue;
        }
        let &index = makers.get(name)?;
        if found.insert(index) {
            open.extend(nodes[index].inputs.iter().map(String::as_str));
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(inputs: &[&str], output: &str) -> Bytes {
        let inputs = inputs.iter().map(|&name| name.to_owned()).collect();
        Node { inputs, outputs: vec![output.to_owned()] }.encode_to_vec().into()
    }

    fn value(name: &str) -> Bytes {
        Value { name: name.to_owned(), kind: None }.encode_to_vec().into()
    }

    fn initializer(name: &str) -> Bytes {
        Initializer { dims: vec![512, 192, 7], name: name.to_owned() }.encode_to_vec().into()
    }

    /// A network from "input" over "z" to "output"; `side` is what its last node takes beside.
    fn network(side: &str) -> Bytes {
        let graph = Graph {
            nodes: vec![
                node(&["input", "emb"], "x"),
                node(&["x", "", "scale"], "z"),
                node(&["z", FIRST_WEIGHT], "y"),
                node(&["y", side], "output"),
            ],
            name: "voice".to_owned(),
            initializers: ["emb", "scale", FIRST_WEIGHT, "post"].map(initializer).to_vec(),
            inputs: ["input", "sid"].map(value).to_vec(),
            outputs: vec![value("output")],
        };
        let model = Model {
            ir_version: 8,
            graph: Some(graph),
            opset_import: vec![Bytes::from_static(b"\x10\x0f")],
            functions: Vec::new(),
        };
        model.encode_to_vec().into()
    }

    /// The names of a half's nodes by what they make, its initializers, inputs and outputs.
    fn shape(half: Vec<u8>) -> [Vec<String>; 4] {
        let model = Model::decode(Bytes::from(half)).unwrap();
        assert_eq!((model.ir_version, model.opset_import.len()), (8, 1));
        let graph = model.graph.unwrap();
        let nodes = decoded::<Node>(&graph.nodes).unwrap();
        let values = |values: &[Bytes]| decoded::<Value>(values).unwrap();
        [
            nodes.into_iter().map(|mut node| node.outputs.remove(0)).collect(),
            decoded::<Initializer>(&graph.initializers)
                .unwrap()
                .into_iter()
                .map(|i| i.name)
                .collect(),
            values(&graph.inputs).into_iter().map(|value| value.name).collect(),
            values(&graph.outputs).into_iter().map(|value| value.name).collect(),
        ]
    }

    #[test]
    fn a_network_is_cut_where_the_frames_are() {
        let Halves { encoder, vocoder, channels } = halves(network("post")).unwrap();
        assert_eq!(channels, 192);
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let expected = [&["x", "z"][..], &["emb", "scale"], &["input", "sid"], &["z"]].map(names);
        assert_eq!(shape(encoder), expected);
        let expected = [&["y", "output"][..], &[FIRST_WEIGHT, "post"], &["z"], &["output"]];
        assert_eq!(shape(vocoder), expected.map(names));
    }

    #[test]
    fn what_is_of_another_shape_is_left_whole() {
        for side in ["sid", "x", "missing"] {
            // "x" is made before the frames, of the input
            assert!(halves(network(side)).is_none(), "{side}");
        }
        assert!(halves(Bytes::from_static(b"no model")).is_none());
        assert!(halves(Bytes::new()).is_none());
    }
}
