//! What the tests of pictures share: pictures of files kept beside the project, labels, golden recordings.

use std::fs::File;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use ndarray::Array4;
use ndarray_npy::NpzReader;
use opusclip::frame::{Frame, Picture};
use opusclip::media::{DecodePlan, Limits, Pictures, decode, init, probe};

use crate::needs::{Missing, shared};

/// Columns that analysis sees of a picture.
pub(crate) const WIDTH: u32 = 640;

/// Returns a recording of the original model: the picture it was shown, and what it is said to hold by name.
pub(crate) fn golden(name: &str) -> Result<(Picture, NpzReader<File>), Missing> {
    let path = shared(&format!("models/golden/{name}.npz"))?;
    let mut recorded = NpzReader::new(File::open(path).unwrap()).unwrap();
    let image: Array4<u8> = recorded.by_name("image").unwrap();
    let (_, height, width, _) = image.dim();
    let picture = Picture {
        width: width as u32,
        height: height as u32,
        rgb: image.into_iter().collect(),
    };
    Ok((picture, recorded))
}

/// Returns a photograph at analysis size.
pub(crate) fn photograph(path: &Path) -> Picture {
    let scale = format!("scale='min({WIDTH},iw)':-1:flags=area");
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-i"])
        .arg(path)
        .args(["-vf", &scale, "-f", "image2pipe", "-c:v", "ppm", "-"])
        .output()
        .unwrap();
    assert!(made.status.success(), "ffmpeg {}", path.display());
    ppm(&made.stdout)
}

fn ppm(bytes: &[u8]) -> Picture {
    let mut fields = bytes.splitn(4, |b| *b == b'\n' || *b == b' ');
    assert_eq!(fields.next(), Some(&b"P6"[..]));
    let mut number = || {
        let text = std::str::from_utf8(fields.next().unwrap()).unwrap();
        text.parse::<u32>().unwrap()
    };
    let (width, height) = (number(), number());
    let rgb = bytes[bytes.len() - (width * height * 3) as usize..].to_vec();
    Picture { width, height, rgb }
}

/// Shows each frame of a video, with a picture now and then.
pub(crate) fn watch(path: &Path, every: Duration, mut visit: impl FnMut(Frame)) {
    init();
    let limits = Limits::default();
    let media = probe(path, &limits).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let plan = DecodePlan {
        threads: 1,
        pictures: Some(Pictures {
            interval: every,
            width: WIDTH,
        }),
    };
    decode(path, &media, &plan, &limits, &mut |frame| {
        visit(frame);
        ControlFlow::Continue(())
    })
    .unwrap();
}
