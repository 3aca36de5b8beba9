//! The only folder that knows ONNX Runtime and the models.

mod catalog;

pub use catalog::{Catalog, Error as CatalogError, Model};
