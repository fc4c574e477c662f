//! What takes the rights of the machine's owner: the system's profile, its activation, and the files
//! of its configuration.
//!
//! Floor 4. [`Direct`] does it in this process, where it may. Else `nixvox-helper` does it, a small
//! program of root's that [`serve`]s one socket, knows who calls, and can do nothing else: what it
//! takes are store paths, generations and texts, each checked anew. [`Helper`] is its client.
//!
//! Who may have it make any system the machine's is as good as its owner: that is what polkit asks
//! about.

mod access;
mod caller;
mod client;
mod confine;
mod direct;
mod error;
mod protocol;
mod server;

pub use access::{Access, SOCKET};
pub use client::Helper;
pub use direct::Direct;
pub use error::Error;
pub use server::{Office, serve};
