//! What the text model says of real sentences, held against the original.

use std::fs;
use std::path::PathBuf;

use opusclip::analysis::text::{Embedding, Error, Files, TextModel, cosine};
use opusclip::inference::SessionOptions;
use opusclip::settings::DeviceChoice;
use serde::Deserialize;

use crate::hearing::{installed, shared};
use crate::or_skip;

#[derive(Deserialize)]
struct Golden {
    sentences: Vec<String>,
    embedding_f32: Vec<Vec<f32>>,
    embedding_int8: Vec<Vec<f32>>,
}

fn golden() -> Result<Golden, String> {
    let text = fs::read_to_string(shared("models/golden/minilm.json")?).unwrap();
    Ok(serde_json::from_str(&text).unwrap())
}

fn files() -> Result<Files, String> {
    let (_, listed) = installed("text")?;
    let of = |kind: &str| -> Result<PathBuf, String> {
        let found = listed.iter().find(|p| p.extension() == Some(kind.as_ref()));
        let found = found.filter(|path| path.is_file()).cloned();
        found.ok_or_else(|| format!("{kind} file for text"))
    };
    Ok(Files {
        model: of("onnx")?,
        tokenizer: of("json")?,
    })
}

fn text_model() -> Result<TextModel, String> {
    let (runtime, _) = installed("text")?;
    let options = SessionOptions { threads: 1 };
    Ok(TextModel::open(runtime, &files()?, DeviceChoice::Cpu, &options).unwrap())
}

#[test]
fn embeddings_are_those_of_the_original() {
    let mut model = or_skip!(text_model());
    let golden = or_skip!(golden());
    let sentences: Vec<&str> = golden.sentences.iter().map(String::as_str).collect();
    let found = model.embed(&sentences).unwrap();
    assert_eq!(found.len(), sentences.len());
    for (golden, least) in [
        (golden.embedding_f32, 0.999),
        (golden.embedding_int8, 0.9999),
    ] {
        for (found, wanted) in found.iter().zip(golden) {
            let alike = cosine(found, &Embedding::new(wanted).unwrap());
            assert!(alike >= least, "{alike}");
        }
    }
}

#[test]
fn a_text_means_the_same_in_any_company() {
    let mut model = or_skip!(text_model());
    let long = "and then we went on and on about it ".repeat(40);
    let texts: Vec<String> = (0..40)
        .map(|i| format!("Number {i} {}", &long[..(i * 97) % 1200]))
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let together = model.embed(&texts).unwrap();
    assert_eq!(model.embed(&texts).unwrap(), together);
    for (text, one) in texts.iter().zip(&together) {
        let alone = model.embed(&[text]).unwrap();
        let alike = cosine(&alone[0], one);
        assert!(alike >= 0.995, "{text}: {alike}");
    }
}

#[test]
fn texts_without_end_or_words_have_a_meaning_too() {
    let mut model = or_skip!(text_model());
    let endless = "all work and no play makes a dull talk ".repeat(5000);
    let start = &endless[..4000];
    let found = model
        .embed(&[&endless, start, "", "今日は晴れ。", "🎬"])
        .unwrap();
    assert!(
        cosine(&found[0], &found[1]) > 0.999,
        "only the first 256 tokens are read"
    );
    assert_eq!(model.embed(&[]).unwrap(), []);
}

#[test]
fn a_file_that_is_no_vocabulary_is_named() {
    let (runtime, _) = or_skip!(installed("text"));
    let files = Files {
        tokenizer: PathBuf::from("nowhere/tokenizer.json"),
        ..or_skip!(files())
    };
    let options = SessionOptions { threads: 1 };
    let refused = TextModel::open(runtime, &files, DeviceChoice::Cpu, &options);
    let Err(Error::Vocabulary { path, .. }) = refused else {
        panic!("opened a vocabulary that is not there");
    };
    assert_eq!(path, files.tokenizer);
}
