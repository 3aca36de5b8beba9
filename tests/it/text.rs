//! What the text model says of real sentences, held against the original.

use std::fs;
use std::path::PathBuf;

use opusclip::analysis::Embedding;
use opusclip::analysis::text::{Error, ParagraphRules, TextModel, TextModelFiles, paragraphs};
use opusclip::clips::title::{Background, heading};
use opusclip::inference::SessionOptions;
use opusclip::settings::DeviceChoice;
use opusclip::timeline::{Segment, Sentence, TimeRange, Timestamp, Transcript, Word};
use serde::Deserialize;

use crate::hearing::installed;
use crate::needs::{Kind, Missing, shared};
use crate::or_skip;

#[derive(Deserialize)]
struct Golden {
    sentences: Vec<String>,
    embedding_f32: Vec<Vec<f32>>,
    embedding_int8: Vec<Vec<f32>>,
}

fn golden() -> Result<Golden, Missing> {
    let text = fs::read_to_string(shared("models/golden/minilm.json")?).unwrap();
    Ok(serde_json::from_str(&text).unwrap())
}

fn files() -> Result<TextModelFiles, Missing> {
    let file = |role: &str| -> Result<PathBuf, Missing> {
        let (_, listed) = installed(role)?;
        let found = listed.into_iter().find(|path| path.is_file());
        found.ok_or_else(|| Missing::new(Kind::Models, format!("file for {role}")))
    };
    Ok(TextModelFiles {
        model: file("text")?,
        tokenizer: file("text-tokenizer")?,
    })
}

fn text_model() -> Result<TextModel, Missing> {
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
            let alike = found.cosine(&Embedding::new(wanted));
            assert!(alike >= least, "{alike}");
        }
    }
}

#[test]
fn a_text_means_the_same_in_any_company() {
    let mut model = or_skip!(text_model());
    let long = "and then we went on and on about it ".repeat(40);
    let texts: Vec<String> = (0..16)
        .map(|i| format!("Number {i} {}", &long[..(i * 263) % 1200]))
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let together = model.embed(&texts).unwrap();
    assert_eq!(model.embed(&texts).unwrap(), together);
    for (text, one) in texts.iter().zip(&together) {
        let alone = model.embed(&[text]).unwrap();
        let alike = alone[0].cosine(one);
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
        found[0].cosine(&found[1]) > 0.999,
        "only the first 256 tokens are read"
    );
    assert_eq!(model.embed(&[]).unwrap(), []);
}

#[test]
fn a_file_that_is_no_vocabulary_is_named() {
    let (runtime, _) = or_skip!(installed("text"));
    let files = TextModelFiles {
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

#[test]
fn a_real_model_finds_what_a_clip_is_about() {
    let mut model = or_skip!(text_model());
    let talk = talk(
        "So um, I quit my job at the bank with no savings. And everyone told me I was crazy. But three months later I had \
         my first customer. She paid me forty dollars for a website, and I cried in the car. You know, the weather was bad \
         that day. If you want to quit your job, save six months of rent first. That is the one thing I would do again.",
    );
    let whole = TimeRange::new(Timestamp::ZERO, Timestamp::new(1000, 1).unwrap()).unwrap();
    let background = Background::new(&talk);
    let found = heading(&talk, whole, &background, |texts| model.embed(texts))
        .unwrap()
        .unwrap();
    assert!(
        found.title.contains("quit") && (20..=70).contains(&found.title.len()),
        "{found:?}"
    );
    assert!(
        found.hook.as_ref().is_some_and(|hook| hook != &found.title),
        "{found:?}"
    );
    assert!(!found.keywords.is_empty(), "{found:?}");
}

#[test]
fn a_real_model_parts_two_topics() {
    let mut model = or_skip!(text_model());
    let talk = talk(
        "Bread needs only flour, water, salt and time. You mix the dough until it is smooth. Then it rests in a warm \
         kitchen for an hour. Bake it in a very hot oven until the crust is brown. A good loaf sounds hollow when you \
         knock on it. The telescope was launched in winter on a heavy rocket. It orbits the sun far behind the moon. Its \
         mirror sees galaxies that are thirteen billion light years away. Astronomers wait for months for one night of \
         pictures. Each picture shows stars being born in clouds of dust.",
    );
    let sentences: Vec<_> = talk.sentences().collect();
    let texts: Vec<String> = sentences.iter().map(Sentence::text).collect();
    let embeddings = model
        .embed(&texts.iter().map(String::as_str).collect::<Vec<_>>())
        .unwrap();
    assert_eq!(
        paragraphs(&sentences, &embeddings, &ParagraphRules::default()),
        [0..5, 5..10]
    );
}

/// Words three a second.
fn talk(text: &str) -> Transcript {
    let at = |third| Timestamp::new(third, 3).unwrap();
    let words = text.split_whitespace().zip(0..).map(|(text, i)| Word {
        text: text.into(),
        range: TimeRange::new(at(i), at(i + 1)).unwrap(),
        confidence: 1.0,
        space_before: true,
    });
    Transcript {
        language: "en".into(),
        segments: vec![Segment {
            range: TimeRange::new(at(0), at(3000)).unwrap(),
            text: text.into(),
            words: words.collect(),
        }],
    }
}
