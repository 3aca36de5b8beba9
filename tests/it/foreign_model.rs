//! Models that are listed and not what they should be: refused when they are opened, or told by their answers.
//!
//! Each is a graph of some nodes, written as ONNX's protocol buffers.

use std::os::unix::fs::symlink;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::needs::models;
use crate::or_skip;
use crate::place::{Place, code, err};
use crate::process::{cold_studio, json, make, program, studio};

const FLOAT: u64 = 1;
const BYTE: u64 = 2;
const INDEX: u64 = 7;
const SHOTS: &str = "transnetv2.onnx";

fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number > 127 {
        bytes.push(number as u8 | 128);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// A field that holds a number.
fn number(field: u64, value: u64) -> Vec<u8> {
    [varint(field << 3), varint(value)].concat()
}

/// A field that holds bytes: a text, or another message.
fn bytes(field: u64, value: impl AsRef<[u8]>) -> Vec<u8> {
    let value = value.as_ref();
    let head = [varint(field << 3 | 2), varint(value.len() as u64)].concat();
    [&head, value].concat()
}

/// An input or output; a length of 0 is left open.
fn value(name: &str, of: u64, shape: &[u64]) -> Vec<u8> {
    let length = |length: &u64| match length {
        0 => bytes(1, bytes(2, "n")),
        length => bytes(1, number(1, *length)),
    };
    let shape: Vec<u8> = shape.iter().flat_map(length).collect();
    let tensor = [number(1, of), bytes(2, shape)].concat();
    [bytes(1, name), bytes(2, bytes(1, tensor))].concat()
}

fn node(kind: &str, inputs: &[&str], output: &str, attributes: &[Vec<u8>]) -> Vec<u8> {
    let inputs = inputs.iter().flat_map(|input| bytes(1, input));
    let attributes = attributes.iter().flat_map(|attribute| bytes(5, attribute));
    let middle = [bytes(2, output), bytes(4, kind)].concat();
    bytes(
        1,
        inputs.chain(middle).chain(attributes).collect::<Vec<u8>>(),
    )
}

fn constant(name: &str, value: f32) -> Vec<u8> {
    let tensor = [
        number(2, FLOAT),
        bytes(8, name),
        bytes(9, value.to_le_bytes()),
    ];
    bytes(5, tensor.concat())
}

/// A model that gives each frame the brightest value of its picture times `factor`, and `offset` more.
fn model(input: (u64, &[u64]), output: &[u64], factor: f32, offset: f32) -> Vec<u8> {
    let axes: Vec<u64> = (output.len()..input.1.len())
        .map(|axis| axis as u64)
        .collect();
    let axes = integers("axes", &axes);
    let nodes = [
        node("Cast", &["frames"], "f", &[integer("to", FLOAT)]),
        node("ReduceMax", &["f"], "r", &[axes, integer("keepdims", 0)]),
        node("Mul", &["r", "k"], "m", &[]),
        node("Add", &["m", "a"], "single_frame", &[]),
        node("Add", &["m", "a"], "many_hot", &[]),
    ];
    let outputs = ["single_frame", "many_hot"].map(|name| (name, output));
    let constants = [constant("k", factor), constant("a", offset)].concat();
    graph(
        &nodes.concat(),
        &constants,
        ("frames", input.0, input.1),
        &outputs,
    )
}

/// A model of these nodes, with an input and outputs of floats.
fn graph(
    nodes: &[u8],
    constants: &[u8],
    (input, of, shape): (&str, u64, &[u64]),
    outputs: &[(&str, &[u64])],
) -> Vec<u8> {
    let outputs = outputs
        .iter()
        .flat_map(|(name, shape)| bytes(12, value(name, FLOAT, shape)));
    let graph = [
        nodes.to_vec(),
        bytes(2, "stand-in"),
        constants.to_vec(),
        bytes(11, value(input, of, shape)),
        outputs.collect(),
    ];
    let opset = bytes(8, [bytes(1, ""), number(2, 11)].concat());
    [number(1, 7), bytes(7, graph.concat()), opset].concat()
}

/// An attribute of a node that holds whole numbers.
fn integers(name: &str, values: &[u64]) -> Vec<u8> {
    let values: Vec<u8> = values.iter().flat_map(|value| number(8, *value)).collect();
    [bytes(1, name), values, number(20, 7)].concat()
}

fn integer(name: &str, value: u64) -> Vec<u8> {
    [bytes(1, name), number(3, value), number(20, 2)].concat()
}

/// A face model that says the same of every place, or `factor` of how bright it is more.
fn face_model(factor: f32, offset: f32) -> Vec<u8> {
    let pool = [
        integers("kernel_shape", &[4, 4]),
        integers("strides", &[4, 4]),
    ];
    let brightest = [integers("axes", &[1]), integer("keepdims", 1)];
    let joined = |count: usize, output: &str| {
        node(
            "Concat",
            &vec!["heatmap"; count],
            output,
            &[integer("axis", 1)],
        )
    };
    let nodes = [
        node("ReduceMax", &["input"], "r", &brightest),
        node("MaxPool", &["r"], "p", &pool),
        node("Mul", &["p", "k"], "m", &[]),
        node("Add", &["m", "a"], "heatmap", &[]),
        joined(2, "scale"),
        joined(2, "offset"),
        joined(10, "landmarks"),
    ];
    let constants = [constant("k", factor), constant("a", offset)].concat();
    let outputs: [(&str, &[u64]); 4] = [
        ("heatmap", &[0, 1, 0, 0]),
        ("scale", &[0, 2, 0, 0]),
        ("offset", &[0, 2, 0, 0]),
        ("landmarks", &[0, 10, 0, 0]),
    ];
    let input = ("input", FLOAT, &[0, 3, 0, 0][..]);
    graph(&nodes.concat(), &constants, input, &outputs)
}

/// A saliency model that says the same of every place.
fn saliency_model() -> Vec<u8> {
    let brightest = [integers("axes", &[1]), integer("keepdims", 1)];
    let nodes = [
        node("ReduceMax", &["input_image"], "r", &brightest),
        node("Mul", &["r", "k"], "m", &[]),
        node("Add", &["m", "a"], "output_importance", &[]),
    ];
    let constants = [constant("k", 0.0), constant("a", 0.5)].concat();
    let input = ("input_image", FLOAT, &[0, 3, 224, 224][..]);
    let outputs: [(&str, &[u64]); 1] = [("output_importance", &[0, 1, 224, 224])];
    graph(&nodes.concat(), &constants, input, &outputs)
}

/// An embedding model that says the same of every picture.
fn embedding_model() -> Vec<u8> {
    const LENGTH: u64 = 1280;
    let brightest = [integers("axes", &[2, 3]), integer("keepdims", 0)];
    let weights = [
        number(1, 3),
        number(1, LENGTH),
        number(2, FLOAT),
        bytes(8, "w"),
        bytes(9, vec![0; 3 * 4 * LENGTH as usize]),
    ];
    let nodes = [
        node("ReduceMax", &["image"], "r", &brightest),
        node("MatMul", &["r", "w"], "m", &[]),
        node("Add", &["m", "a"], "embedding", &[]),
    ];
    let constants = [bytes(5, weights.concat()), constant("a", 0.5)].concat();
    let input = ("image", FLOAT, &[0, 3, 224, 224][..]);
    let outputs: [(&str, &[u64]); 1] = [("embedding", &[0, LENGTH])];
    graph(&nodes.concat(), &constants, input, &outputs)
}

/// Puts a file or a folder where another name is for it, without a link that leads out of the folder.
fn bring(from: &Path, to: &Path) {
    if from.is_dir() {
        symlink(from, to).unwrap();
    } else if std::fs::hard_link(from, to).is_err() {
        std::fs::copy(from, to).unwrap();
    }
}

/// Makes a folder of the same models but for these, which are listed.
fn install(models: &Path, foreign: &[(&str, Vec<u8>)], folder: &Path) {
    std::fs::create_dir(folder).unwrap();
    for entry in std::fs::read_dir(models).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap();
        let is_foreign = foreign.iter().any(|(file, _)| name == *file);
        if !is_foreign && name != "models.toml" {
            bring(&path, &folder.join(name));
        }
    }
    let text = std::fs::read_to_string(models.join("models.toml")).unwrap();
    let mut list: toml::Table = toml::from_str(&text).unwrap();
    for (file, model) in foreign {
        std::fs::write(folder.join(file), model).unwrap();
        let listed = list["model"].as_array_mut().unwrap().iter_mut();
        for one in listed.filter(|one| one["file"].as_str() == Some(file)) {
            let digest = Sha256::digest(model);
            let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            one["sha256"] = digest.into();
            one["bytes"] = i64::try_from(model.len()).unwrap().into();
        }
    }
    std::fs::write(folder.join("models.toml"), list.to_string()).unwrap();
}

/// Runs as far as the shots with this model; returns the exit code, what was told, and the report.
fn shots(
    model: &[u8],
    runs: usize,
) -> Result<(i32, String, serde_json::Value), crate::needs::Missing> {
    let installed = models()?;
    let (place, _) = cold_studio()?;
    let folder = place.path().join("models");
    install(&installed, &[(SHOTS, model.to_vec())], &folder);
    let args = "process jobs.toml --until shots --set shots.precision=f32";
    let mut end = (0, String::new());
    for _ in 0..runs {
        let output = program(&place, &folder, args).output();
        let output = output.unwrap();
        end = (code(&output), err(&output));
    }
    Ok((end.0, end.1, json(&place, "out/report.json")))
}

const FRAMES: [u64; 5] = [0, 0, 27, 48, 3];

#[test]
fn a_model_of_other_inputs_or_outputs_is_refused_with_what_was_expected_and_found() {
    let cases = [
        (
            model((INDEX, &FRAMES), &[0, 0], 0.001, 0.0),
            "found frames: Int64 [any, any, 27, 48, 3]",
        ),
        (
            model((BYTE, &FRAMES[..4]), &[0, 0], 0.001, 0.0),
            "found frames: Uint8 [any, any, 27, 48]",
        ),
        (
            model((BYTE, &[0, 0, 99, 99, 3]), &[0, 0], 0.001, 0.0),
            "[any, any, 99, 99, 3]",
        ),
        (
            model((BYTE, &FRAMES), &[0], 0.001, 0.0),
            "found single_frame: Float32 [any]",
        ),
    ];
    for (model, found) in cases {
        let (code, told, report) = or_skip!(shots(&model, 1));
        assert_eq!(code, 69, "{told}");
        assert!(told.contains("expected ") && told.contains(found), "{told}");
        assert_eq!(report["jobs"][0]["error"]["class"], "model");
    }
}

#[test]
fn a_model_that_always_answers_the_same_is_told_in_every_run() {
    for value in [0_u8, 1] {
        let model = model((BYTE, &FRAMES), &[0, 0], 0.0, f32::from(value));
        let (code, told, report) = or_skip!(shots(&model, 2));
        assert_eq!(code, 0, "{told}");
        assert!(
            told.contains(&format!("transnetv2 answers {value} whatever")),
            "{told}"
        );
        let given_up = &report["degradations"][0];
        assert!(
            given_up.to_string().contains("transnetv2 answers"),
            "{given_up}"
        );
    }
    let model = model((BYTE, &FRAMES), &[0, 0], 1.0 / 510.0, 0.0);
    let (_, _, report) = or_skip!(shots(&model, 1));
    assert_eq!(report["degradations"], serde_json::json!([]));
}

#[test]
fn models_that_see_the_same_everywhere_are_told_in_every_run() {
    let models = or_skip!(models());
    let place = Place::new();
    std::fs::create_dir(place.path().join("in")).unwrap();
    let changing =
        "-f lavfi -i testsrc2=s=96x64:r=5:d=12 -vf hue=h=100*t -c:v libx264 -pix_fmt yuv420p";
    make(&place, "in/a.mp4", changing);
    let folder = place.path().join("models");
    let foreign = [
        ("centerface.onnx", face_model(0.0, 0.0)),
        ("efficientnet_lite0.onnx", embedding_model()),
        ("vit_s_focus.onnx", saliency_model()),
    ];
    install(&models, &foreign, &folder);
    place.write(
        "jobs.toml",
        "[output]\ndir = 'out'\n[defaults]\naspect = '9:16'\nquality = 'draft'\nclips = { count = 1, min = '9s', max = '12s' }\n[[job]]\ninput = 'in/*'\n",
    );
    for _ in 0..2 {
        let output = program(&place, &folder, "process jobs.toml")
            .output()
            .unwrap();
        let told = err(&output);
        assert_eq!(code(&output), 0, "{told}");
        let degradations = json(&place, "out/report.json")["degradations"].to_string();
        for model in ["centerface", "efficientnet_lite0", "vit_s_focus"] {
            let line = format!("{model} answers the same whatever it is shown");
            assert!(
                told.contains(&line) && degradations.contains(&line),
                "{told}"
            );
        }
    }
}

#[test]
fn a_model_that_answers_with_no_number_fails_the_job_by_its_name() {
    let models = or_skip!(models());
    let (place, _) = or_skip!(studio());
    let folder = place.path().join("models");
    install(
        &models,
        &[("centerface.onnx", face_model(f32::NAN, 0.0))],
        &folder,
    );
    let output = program(&place, &folder, "process jobs.toml --until select").output();
    let output = output.unwrap();
    assert_eq!(code(&output), 1, "{}", err(&output));
    let error = &json(&place, "out/report.json")["jobs"][0]["error"];
    assert_eq!(error["class"], "non_finite", "{error}");
    assert!(
        error["message"].to_string().contains("centerface"),
        "{error}"
    );
}
