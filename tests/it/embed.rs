//! Embeddings of real pictures, held against the original model and against one another.

use std::time::Duration;

use ndarray::Array2;
use opusclip::analysis::Embedding;
use opusclip::analysis::embed::{DUPLICATE, EmbedModel};
use opusclip::frame::Picture;
use opusclip::inference::{BatchSizer, SessionOptions};
use opusclip::settings::DeviceChoice;

use crate::hearing::model;
use crate::needs::{Missing, shared};
use crate::or_skip;
use crate::seeing::{golden, photograph, watch};

fn embed_model() -> Result<EmbedModel, Missing> {
    let (runtime, path) = model("efficientnet_lite0.onnx")?;
    let options = SessionOptions { threads: 1 };
    Ok(EmbedModel::open(runtime, &path, DeviceChoice::Cpu, &options).unwrap())
}

fn embed(model: &mut EmbedModel, pictures: &[&Picture]) -> Vec<Embedding> {
    model.embed(pictures, &mut BatchSizer::fixed(4)).unwrap()
}

#[test]
fn the_embedding_is_that_of_the_original() {
    let mut model = or_skip!(embed_model());
    let (picture, mut recorded) = or_skip!(golden("efficientnet_lite0"));
    let wanted: Array2<f32> = recorded.by_name("embedding").unwrap();
    let found = embed(&mut model, &[&picture]).remove(0);
    let wanted = Embedding::new(wanted.as_slice().unwrap().to_vec());
    assert_eq!(found.values().len(), wanted.values().len());
    for (found, wanted) in found.values().iter().zip(wanted.values()) {
        assert!((found - wanted).abs() < 1e-4, "{found} instead of {wanted}");
    }
}

#[test]
fn pictures_of_one_shot_are_alike_and_those_of_different_videos_are_not() {
    let mut model = or_skip!(embed_model());
    let video = or_skip!(shared("media/faces/obama_speech.mp4"));
    let other = or_skip!(shared("media/faces/dlib-2008_002506.jpg"));
    let mut pictures = Vec::new();
    watch(&video, Duration::from_secs(4), |frame| {
        pictures.extend(frame.picture)
    });
    pictures.push(photograph(&other));
    let found = embed(&mut model, &pictures.iter().collect::<Vec<_>>());
    let (last, shot) = found.split_last().unwrap();
    for picture in &shot[1..] {
        assert!(
            picture.cosine(&shot[0]) > DUPLICATE,
            "{}",
            picture.cosine(&shot[0])
        );
        assert!(picture.cosine(last) < 0.5, "{}", picture.cosine(last));
    }
}

#[test]
fn a_batch_gives_what_single_pictures_give() {
    let mut model = or_skip!(embed_model());
    let grey = |level| Picture {
        width: 64,
        height: 36,
        rgb: vec![level; 64 * 36 * 3],
    };
    let (dark, light) = (grey(20), grey(200));
    let both = embed(&mut model, &[&dark, &light]);
    for (picture, together) in [&dark, &light].into_iter().zip(&both) {
        assert!(embed(&mut model, &[picture])[0].cosine(together) > 0.99999);
    }
}
