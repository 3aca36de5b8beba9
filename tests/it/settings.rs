//! Settings from all their places at once.

use std::path::PathBuf;
use std::time::Duration;

use opusclip::settings::{
    Auto, DeviceChoice, EncoderPreset, Environment, FlagValue, Flat, Layer, Layers, Machine,
    Overrides, Quality, Sources, profiles,
};
use proptest::prelude::*;

const MACHINE: Machine = Machine {
    cores: 8,
    memory_bytes: 32 << 30,
    cgroup_limit: None,
    address_limit: None,
};

fn sources(profile: &str) -> Sources {
    Sources {
        overrides: Overrides {
            profile: Some(profile.to_owned()),
            values: Vec::new(),
        },
        environment: Environment::new::<&str>([]),
        user_file: PathBuf::from("/no/such/settings.toml"),
    }
}

#[test]
fn every_profile_is_right_and_says_only_what_exists() {
    assert_eq!(profiles().count(), 8);
    for profile in profiles() {
        Layers::load(&sources(profile)).unwrap_or_else(|problems| panic!("{profile}: {problems}"));
    }
}

#[test]
fn what_is_left_to_the_machine_is_decided_by_it() {
    let layers = Layers::load(&sources("default")).unwrap();
    let settings = layers.settings(&MACHINE, 100);
    assert_eq!((settings.jobs, settings.decode_threads), (8, 1));
    assert_eq!(
        (settings.max_memory, settings.memory_budget),
        (4 << 30, 256 << 20)
    );
    assert_eq!(
        (settings.inference.sessions, settings.inference.threads),
        (2, 4)
    );
    assert_eq!(settings.inference.batch, Auto::Auto);
    let one = layers.settings(&MACHINE, 1);
    assert_eq!(
        (one.jobs, one.decode_threads, one.render.workers),
        (1, 4, 4)
    );
}

#[test]
fn the_face_interval_goes_by_two_names_on_the_command_line_but_not_at_once() {
    let flags = |keys: &[&str]| {
        let value = |key: &&str| FlagValue {
            flag: "--set".to_owned(),
            key: (*key).to_owned(),
            value: "500ms".to_owned(),
        };
        let mut sources = sources("default");
        sources.overrides.values = keys.iter().map(value).collect();
        Layers::load(&sources)
    };
    let layers = flags(&["faces.interval"]).unwrap();
    let settings = layers.settings(&MACHINE, 1);
    assert_eq!(settings.faces.interval, Duration::from_millis(500));
    let defaults = Flat::new();
    let entries = layers.entries(&defaults);
    assert_eq!(entries["faces.every"].layer, Layer::Flag);
    assert!(!entries.contains_key("faces.interval"));
    assert_eq!(
        flags(&["faces.every", "faces.interval"])
            .unwrap_err()
            .to_string(),
        "--set faces.interval: `faces.every` and `faces.interval` are the same setting\nhint: keep one of them"
    );
}

#[test]
fn what_a_profile_says_is_not_left_to_the_machine() {
    let settings = Layers::load(&sources("high-performance"))
        .unwrap()
        .settings(&MACHINE, 1);
    assert_eq!(settings.jobs, 32);
    assert_eq!(settings.memory_budget, 8 << 30);
    let throughput = Layers::load(&sources("high-throughput"))
        .unwrap()
        .settings(&MACHINE, 1);
    assert_eq!(throughput.inference.batch, Auto::Set(128));
    assert_eq!(throughput.device, DeviceChoice::Auto);
}

#[test]
fn quality_moves_the_encoder_and_stays_inside_its_range() {
    let render = Layers::load(&sources("default"))
        .unwrap()
        .settings(&MACHINE, 1)
        .render;
    assert_eq!(render.at(Quality::Standard), render);
    assert_eq!(render.at(Quality::Draft).preset, EncoderPreset::Ultrafast);
    assert!(render.at(Quality::High).crf < render.crf);
    let coarse = opusclip::settings::Render { crf: 50, ..render };
    assert_eq!(coarse.at(Quality::Draft).crf, 51);
}

#[test]
fn a_profile_of_ones_own_is_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.toml");
    std::fs::write(&file, "retries = 9\n[cache]\nenabeld = true").unwrap();
    let problems = Layers::load(&sources(file.to_str().unwrap())).unwrap_err();
    assert!(
        problems
            .to_string()
            .contains("mine.toml:3:1: unknown key `cache.enabeld`")
    );
    std::fs::write(&file, "retries = 9").unwrap();
    let layers = Layers::load(&sources(file.to_str().unwrap())).unwrap();
    assert_eq!(layers.settings(&MACHINE, 1).retries, 9);
}

#[test]
fn a_signal_is_weighed_by_its_name_and_nothing_else_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.toml");
    let load = |text: &str| {
        std::fs::write(&file, text).unwrap();
        Layers::load(&sources(file.to_str().unwrap()))
    };
    let layers = load("[ranker.weights]\nhook = 9\nmusic = -0.5").unwrap();
    let weights = layers.settings(&MACHINE, 1).ranker.weights;
    assert_eq!((weights["hook"], weights["music"]), (9.0, -0.5));
    assert!(weights.len() > 20, "the others keep theirs");
    let unknown = load("[ranker.weights]\nhok = 1").unwrap_err().to_string();
    assert!(
        unknown.contains("mine.toml:2:1: unknown key `ranker.weights.hok`"),
        "{unknown}"
    );
    assert!(
        unknown.contains("did you mean `ranker.weights.hook`?"),
        "{unknown}"
    );
    assert!(load("[ranker.weights]\nhook = 'much'").is_err());
    assert!(load("[ranker.weights]\nhook = inf").is_err());
}

#[test]
fn a_profile_named_by_a_variable_gives_way_to_one_named_by_a_flag() {
    let by_variable = Sources {
        overrides: Overrides::default(),
        environment: Environment::new([("OPUSCLIP_PROFILE", "low-latency")]),
        ..sources("default")
    };
    let jobs = |sources: &Sources| Layers::load(sources).unwrap().settings(&MACHINE, 9).jobs;
    assert_eq!(jobs(&by_variable), 1);
    let both = Sources {
        environment: by_variable.environment.clone(),
        ..sources("production")
    };
    assert_eq!(jobs(&both), 16);
}

proptest! {
    #[test]
    fn the_highest_place_that_says_something_wins(
        user in proptest::option::of(0..25_u32),
        profile in proptest::option::of(25..50_u32),
        variable in proptest::option::of(50..75_u32),
        flag in proptest::option::of(75..100_u32),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, value: Option<u32>| {
            let path = folder.path().join(name);
            let text = value.map_or_else(String::new, |value| format!("retries = {value}"));
            std::fs::write(&path, text).unwrap();
            path
        };
        let variable_text = variable.map_or_else(String::new, |value| value.to_string());
        let sources = Sources {
            overrides: Overrides {
                profile: Some(write("profile.toml", profile).to_string_lossy().into_owned()),
                values: flag.iter().map(|value| FlagValue {
                    flag: "--set".to_owned(),
                    key: "retries".to_owned(),
                    value: value.to_string(),
                }).collect(),
            },
            environment: Environment::new([("OPUSCLIP_RETRIES", variable_text.as_str())]),
            user_file: write("user.toml", user),
        };
        let layers = Layers::load(&sources).unwrap();
        let expected = flag.or(variable).or(profile).or(user).unwrap_or(3);
        prop_assert_eq!(layers.settings(&MACHINE, 1).retries, expected);
        let layer = match () {
            () if flag.is_some() => Layer::Flag,
            () if variable.is_some() => Layer::Environment,
            () if profile.is_some() => Layer::Profile,
            () if user.is_some() => Layer::UserFile,
            () => Layer::BuiltIn,
        };
        prop_assert_eq!(layers.entries(&Default::default())["retries"].layer, layer);
    }
}
