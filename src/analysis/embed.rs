//! Picture embeddings: similar pictures have similar directions.
//!
//! [`EmbedModel`] gives single pictures their [`Embedding`](super::Embedding); [`pool`] makes one for a shot or a clip of
//! them, pure.

mod model;
mod pool;

pub use model::EmbedModel;
pub use pool::pool;

/// Pictures whose cosine is at least this are near duplicates; unrelated ones stay below 0.4.
pub const DUPLICATE: f32 = 0.85;
