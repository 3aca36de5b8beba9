//! all-MiniLM-L6-v2 (Apache-2.0, <https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2>) in ONNX Runtime.

use std::path::PathBuf;

use rayon::prelude::*;

use super::Error;
use super::tokens::BertVocabulary;
use crate::analysis::Embedding;
use crate::inference::{
    self, BatchSizer, Data, Device, Output, Runtime, Session, SessionOptions, Tensor, TensorSpec,
    open, run_batch,
};
use crate::settings::DeviceChoice;

const INPUTS: [&str; 3] = ["input_ids", "attention_mask", "token_type_ids"];
const OUTPUT: &str = "last_hidden_state";
/// Values of an embedding.
const WIDTH: usize = 384;

/// The files of one model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextModelFiles {
    /// The graph.
    pub model: PathBuf,
    /// The vocabulary.
    pub tokenizer: PathBuf,
}

/// The model, loaded; one thread owns it.
#[derive(Debug)]
pub struct TextModel {
    session: Session,
    vocabulary: BertVocabulary,
    sizer: BatchSizer,
}

impl TextModel {
    /// Loads the model on the device that was asked for and runs it once.
    ///
    /// The int8 graph is made for the CPU: CUDA has no kernels for its matrix products.
    ///
    /// # Errors
    /// [`Error::Vocabulary`] for the tokenizer; [`Error::Inference`] when a demanded device cannot run the graph or the
    /// file is not this model.
    pub fn open(
        runtime: &Runtime,
        files: &TextModelFiles,
        wanted: DeviceChoice,
        options: &SessionOptions,
    ) -> Result<Self, Error> {
        let vocabulary = BertVocabulary::read(&files.tokenizer)?;
        let trial = vocabulary.tokens("")?;
        let session = open(runtime, &files.model, wanted, options, |session| {
            let tokens = INPUTS.map(|name| TensorSpec::indices(name, &[None, None]));
            let states = TensorSpec::floats(OUTPUT, &[None, None, Some(WIDTH)]);
            session.expect(&tokens, &[states])?;
            embed_batch(session, &[trial.as_slice()]).map(drop)
        })?;
        let batch = match session.device() {
            // A fifth more short sentences a second than one by one; larger batches gain no more.
            Device::Cpu => 16,
            Device::Cuda(_) => 64,
        };
        Ok(Self {
            session,
            vocabulary,
            sizer: BatchSizer::fixed(batch),
        })
    }

    /// Returns the session, to ask where and why it runs there and what it has cost.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Returns one embedding a text, in the order of the texts; what is longer than 256 tokens is read up to there.
    ///
    /// Texts of like length run together, so that little is padded. The int8 graph shares its scale over a batch: the
    /// same texts in one call give the same bits, a text in other company may differ in the last ones.
    ///
    /// # Errors
    /// [`Error::Text`] for a text without tokens, [`Error::Inference`] for a run that did not pass.
    pub fn embed(&mut self, texts: &[&str]) -> Result<Vec<Embedding>, Error> {
        let vocabulary = &self.vocabulary;
        let tokens = texts.par_iter().map(|text| vocabulary.tokens(text));
        let tokens: Vec<Vec<i64>> = tokens.collect::<Result<_, Error>>()?;
        let order = by_length(&tokens);
        let sorted: Vec<&[i64]> = order.iter().map(|&at| tokens[at].as_slice()).collect();
        let (session, sizer) = (&mut self.session, &mut self.sizer);
        let found = run_batch(&sorted, sizer, |batch| embed_batch(session, batch))?;
        Ok(put_back(found, &order))
    }
}

/// Returns the positions of the texts, the shortest first, equal ones in their own order.
fn by_length(tokens: &[Vec<i64>]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..tokens.len()).collect();
    order.sort_by_key(|&at| tokens[at].len());
    order
}

fn put_back<T>(sorted: Vec<T>, order: &[usize]) -> Vec<T> {
    let mut placed: Vec<_> = order.iter().copied().zip(sorted).collect();
    placed.sort_by_key(|(at, _)| *at);
    placed.into_iter().map(|(_, value)| value).collect()
}

fn embed_batch(
    session: &mut Session,
    batch: &[&[i64]],
) -> Result<Vec<Embedding>, inference::Error> {
    let longest = batch.iter().map(|tokens| tokens.len()).max().unwrap_or(0);
    let padded = |of: fn(i64) -> i64| -> Vec<i64> {
        let rows = batch.iter().flat_map(|tokens| {
            let padding = std::iter::repeat_n(0, longest - tokens.len());
            tokens.iter().map(move |&id| of(id)).chain(padding)
        });
        rows.collect()
    };
    let shape = [batch.len(), longest];
    let values = [padded(|id| id), padded(|_| 1), padded(|_| 0)];
    let inputs: Vec<_> = INPUTS
        .iter()
        .zip(&values)
        .map(|(name, values)| Tensor {
            name,
            shape: &shape,
            data: Data::I64(values),
        })
        .collect();
    let hidden = session.run(&inputs, &[OUTPUT])?.pop();
    let hidden = hidden.ok_or_else(|| inference::Error::Run("no hidden state".into()))?;
    means(&hidden, batch)
}

/// Averages the states of each text's own tokens.
fn means(hidden: &Output, batch: &[&[i64]]) -> Result<Vec<Embedding>, inference::Error> {
    let &[rows, tokens, width] = hidden.shape.as_slice() else {
        let why = format!(
            "expected states [batch, tokens, width], found {:?}",
            hidden.shape
        );
        return Err(inference::Error::Run(why));
    };
    if rows != batch.len() || width == 0 {
        let why = format!("{rows} rows of {width} states to {} texts", batch.len());
        return Err(inference::Error::Run(why));
    }
    let states = hidden.values.chunks_exact((tokens * width).max(1));
    let means = states.zip(batch).map(|(states, tokens)| {
        let mut sum = vec![0.0; width];
        for state in states.chunks_exact(width).take(tokens.len()) {
            sum.iter_mut().zip(state).for_each(|(sum, v)| *sum += v);
        }
        Embedding::new(sum)
    });
    Ok(means.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ran_in_order_of_length_comes_back_in_order_of_asking() {
        let tokens = [vec![1, 2, 3], vec![4], vec![5, 6], vec![7]];
        let order = by_length(&tokens);
        assert_eq!(order, [1, 3, 2, 0]);
        assert_eq!(
            put_back(vec!["b", "d", "c", "a"], &order),
            ["a", "b", "c", "d"]
        );
    }

    #[test]
    fn padding_has_no_part_in_a_mean() {
        let hidden = Output {
            shape: vec![2, 2, 2],
            values: vec![1.0, 0.0, 0.0, 1.0, 0.0, 3.0, 9.0, 9.0],
        };
        let found = means(&hidden, &[&[5, 6], &[7]]).unwrap();
        assert_eq!(found[0], Embedding::new(vec![1.0, 1.0]));
        assert_eq!(found[1].values(), [0.0, 1.0]);
    }

    #[test]
    fn an_answer_of_another_shape_is_an_error() {
        let hidden = Output {
            shape: vec![1, 2],
            values: vec![1.0, 0.0],
        };
        assert!(means(&hidden, &[&[5]]).is_err());
    }
}
