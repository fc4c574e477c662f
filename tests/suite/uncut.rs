//! A Piper voice's network that cannot be cut in two.

/// What the place to cut is found by, and as long a name that it is not.
const PLACE: [&[u8]; 2] = [b"dec.conv_pre.weight", b"dec.conv_prx.weight"];

/// The same `network`, in which the place to cut it is not found; `None` where that does not stand in it
/// twice, where it is and where it is used.
pub(crate) fn uncut(mut network: Vec<u8>) -> Option<Vec<u8>> {
    let [place, other] = PLACE;
    let windows = network.windows(place.len()).enumerate();
    let starts: Vec<usize> =
        windows.filter(|(_, window)| *window == place).map(|(at, _)| at).collect();
    for &start in &starts {
        network[start..start + place.len()].copy_from_slice(other);
    }
    (starts.len() == 2).then_some(network)
}
