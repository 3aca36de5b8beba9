//! Shot models that are listed and not what they should be: refused when they are opened, or told by their answers.
//!
//! Each is a graph of four nodes, written as ONNX's protocol buffers.

use std::os::unix::fs::symlink;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::needs::models;
use crate::or_skip;
use crate::place::{code, err};
use crate::process::{cold_studio, json, program};

const FLOAT: u64 = 1;
const BYTE: u64 = 2;
const INDEX: u64 = 7;
const FILE: &str = "transnetv2.onnx";

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
    let integer = |name: &str, value| [bytes(1, name), number(3, value), number(20, 2)].concat();
    let axes: Vec<u8> = (output.len()..input.1.len())
        .flat_map(|axis| number(8, axis as u64))
        .collect();
    let axes = [bytes(1, "axes"), axes, number(20, 7)].concat();
    let nodes = [
        node("Cast", &["frames"], "f", &[integer("to", FLOAT)]),
        node("ReduceMax", &["f"], "r", &[axes, integer("keepdims", 0)]),
        node("Mul", &["r", "k"], "m", &[]),
        node("Add", &["m", "a"], "single_frame", &[]),
        node("Add", &["m", "a"], "many_hot", &[]),
    ];
    let outputs = ["single_frame", "many_hot"].map(|name| bytes(12, value(name, FLOAT, output)));
    let graph = [
        nodes.concat(),
        bytes(2, "stand-in"),
        constant("k", factor),
        constant("a", offset),
        bytes(11, value("frames", input.0, input.1)),
        outputs.concat(),
    ];
    let opset = bytes(8, [bytes(1, ""), number(2, 11)].concat());
    [number(1, 7), bytes(7, graph.concat()), opset].concat()
}

/// Makes a folder of the same models but for the shot model, which is `model` and listed.
fn install(models: &Path, model: &[u8], folder: &Path) {
    std::fs::create_dir(folder).unwrap();
    for entry in std::fs::read_dir(models).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap();
        if name != FILE && name != "models.toml" {
            symlink(&path, folder.join(name)).unwrap();
        }
    }
    std::fs::write(folder.join(FILE), model).unwrap();
    let text = std::fs::read_to_string(models.join("models.toml")).unwrap();
    let mut list: toml::Table = toml::from_str(&text).unwrap();
    for one in list["model"].as_array_mut().unwrap() {
        if one["file"].as_str() == Some(FILE) {
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
    install(&installed, model, &folder);
    let mut end = (0, String::new());
    for _ in 0..runs {
        let output = program(&place, &folder, "process jobs.toml --until shots").output();
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
