use opusclip::media::*;
use opusclip::timeline::*;
use std::path::Path;
use std::time::*;
fn cpu() -> f64 {
    let mut r: libc::rusage = unsafe { std::mem::zeroed() };
    unsafe { libc::getrusage(libc::RUSAGE_SELF, &mut r) };
    let t = |t: libc::timeval| t.tv_sec as f64 + t.tv_usec as f64 * 1e-6;
    t(r.ru_utime) + t(r.ru_stime)
}
fn main() {
    init();
    let a: Vec<String> = std::env::args().collect();
    // try source start end mode out [ass] [preset] [codec]
    let src = Path::new(&a[1]);
    let at = |s: &str| Timestamp::from_seconds(s.parse().unwrap()).unwrap();
    let range = TimeRange::new(at(&a[2]), at(&a[3])).unwrap();
    let limits = Limits::default();
    let media = probe(src, &limits).unwrap();
    let v = media.video.as_ref().unwrap();
    let (dw, dh) = v.display_size();
    let whole = dw as f64 / dh as f64;
    let size = (1080, 1920);
    let w = (9.0 / 16.0) / whole;
    let pt = |t: Timestamp, x: f64| CropPoint {
        time: t,
        rect: Rect {
            x,
            y: 0.0,
            w,
            h: 1.0,
        },
    };
    let layout = match a[4].as_str() {
        "pan" => Some(Layout::Crop(vec![
            pt(range.start(), 0.1),
            pt(range.end(), 0.9 - w),
        ])),
        "slow" => Some(Layout::Crop(vec![
            pt(range.start(), 0.3),
            pt(
                range.end(),
                0.3 + 0.1 * 25.0 * range.duration().as_secs_f64() / dw as f64,
            ),
        ])),
        "still" => Some(Layout::Crop(vec![pt(range.start(), 656.0 / 1920.0)])),
        "split" => Some(Layout::Split(vec![], vec![])),
        "fit" => Some(Layout::Fit { blur: true }),
        "black" => Some(Layout::Fit { blur: false }),
        _ => None,
    };
    let framing = layout.map(|layout| Framing {
        size,
        scenes: vec![SceneCrop { range, layout }],
    });
    let captions = a.get(6).filter(|s| !s.is_empty()).map(|p| Captions {
        ass: p.into(),
        fonts: None,
    });
    let codec = match a.get(8).map(|s| s.as_str()) {
        Some("x265") => Codec::X265,
        Some("av1") => Codec::SvtAv1,
        Some("nvenc") => Codec::H264Nvenc,
        _ => Codec::X264,
    };
    if std::env::var("ONLY").is_err() {
        println!("trial {:?}: {:?}", codec, trial(codec));
    }
    let encoding = Encoding {
        codec,
        crf: 21.0,
        preset: a.get(7).cloned().unwrap_or("veryfast".into()),
        audio_bitrate: 128000,
    };
    let out = Path::new(&a[5]);
    let loud = std::env::var("LOUD").is_ok();
    let req = RenderRequest {
        source: src,
        media: &media,
        range,
        output: out,
        framing: framing.as_ref(),
        captions: captions.as_ref(),
        loudness: loud.then(Loudness::default),
        encoding: &encoding,
        threads: 1,
        limits: &limits,
    };
    let c = cpu();
    let t = Instant::now();
    let r = render(&req, &mut |_| std::ops::ControlFlow::Continue(())).unwrap();
    let rc = cpu() - c;
    println!(
        "{r:?} cpu {rc:.2} wall {:.2} ms/frame {:.2}",
        t.elapsed().as_secs_f64(),
        rc * 1e3 / r.frames as f64
    );
    if std::env::var("ONLY").is_ok() {
        return;
    }
    let mut frames = vec![];
    decode(
        src,
        &media,
        &DecodePlan {
            threads: 1,
            pictures: None,
        },
        &limits,
        &mut |f| {
            if range.contains(f.time) {
                frames.push((f.time, f.small));
            }
            if f.time > range.end() {
                std::ops::ControlFlow::Break(())
            } else {
                std::ops::ControlFlow::Continue(())
            }
        },
    )
    .unwrap();
    let shares = source_shares(
        frames.iter().map(|(t, s)| (*t, &**s)),
        range,
        framing.as_ref(),
        whole,
    );
    println!("source {shares:?}");
    let cues = captions.map(|c| {
        let text = std::fs::read_to_string(&c.ass).unwrap();
        let tm = |s: &str| {
            let p: Vec<f64> = s.split(':').map(|x| x.parse().unwrap()).collect();
            Timestamp::from_seconds(p[0] * 3600. + p[1] * 60. + p[2]).unwrap()
        };
        let times = text
            .lines()
            .filter_map(|l| l.strip_prefix("Dialogue:"))
            .filter_map(|l| {
                let f: Vec<&str> = l.split(',').collect();
                TimeRange::new(tm(f[1]), tm(f[2]))
            })
            .filter(|r| r.start() < Timestamp::ZERO + range.duration())
            .collect();
        Cues {
            captions: c,
            times,
            area: Rect {
                x: 0.08,
                y: 0.15,
                w: 0.84,
                h: 0.7,
            },
        }
    });
    let e = Expectation {
        frames: r.frames,
        duration: r.end.since(r.start),
        width: r.width,
        height: r.height,
        audio: r.audio,
        codec,
        audible: r.loudness.is_some_and(|l| !l.is_silent()),
        loudness: r.loudness.map(|l| Loudness {
            target: l.after,
            peak: -1.0,
        }),
        source: shares,
        captions: cues,
        faces: None,
        stretch: framing.as_ref().map_or(0.0, |f| stretch(f, whole)),
    };
    let c = cpu();
    let checks = verify(out, &e, &limits).unwrap();
    let vc = cpu() - c;
    for k in &checks {
        println!(
            "{} {:<14} {:>10.4} / {:.4}",
            if k.ok { "  " } else { "! " },
            k.name,
            k.value,
            k.limit
        );
    }
    println!("verify cpu {vc:.2} = {:.1} % of render", vc / rc * 100.0);
    let m = probe(out, &limits).unwrap();
    contact_sheet(
        out,
        &m,
        Duration::from_secs_f64(range.duration().as_secs_f64() / 12.0),
        &out.with_extension("jpg"),
        &limits,
    )
    .unwrap();
    thumbnail(
        src,
        &media,
        range.start() + range.duration() / 2,
        framing.as_ref(),
        &out.with_extension("thumb.jpg"),
        &limits,
    )
    .unwrap();
}
