//! The ranker's weights fitted to labels, from the table to a profile that a run takes.

use crate::place::{Place, code, err, out};

const SIGNALS: [&str; 5] = ["hook", "motion", "faces", "light", "ending"];

/// A number that looks like chance, 0..1.
fn chance(number: u64) -> f64 {
    let mut bits = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ bits >> 31).wrapping_mul(0x94D0_49BB_1331_11EB);
    (bits >> 40) as f64 / f64::from(1 << 24)
}

/// Somebody keeps what moves and shows faces, of clips that the built-in weights like for their first line.
fn table(videos: u64, clips: u64) -> String {
    let mut text = format!("job,title,label,signal.colour,{}\n", SIGNALS.join(","));
    for clip in 0..videos * clips {
        let values: [f64; 5] = std::array::from_fn(|n| chance(clip * 5 + n as u64));
        let kept = values[1] + values[2] - 0.5 * values[0] > 0.75;
        let label = if kept { "kept" } else { "dropped" };
        let values = values.map(|value| format!("{value:.4}")).join(",");
        text += &format!("video-{},\"a, b\",{label},1,{values}\n", clip % videos);
    }
    text
}

#[test]
fn labels_become_a_profile_that_a_run_takes() {
    let place = Place::new();
    place.write("labels.csv", &table(8, 20));
    let output = place.run("tune ranker labels.csv --output taste.toml --json");
    assert_eq!(code(&output), 0, "{}", err(&output));
    let text = err(&output);
    for part in [
        "warning: the column signal.colour",
        "\nmotion ",
        "\nNDCG@5 ",
        "\ngain ",
        "--profile taste.toml",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let data: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let fitted = |name: &str| data["weights"][name]["fitted"].as_f64().unwrap();
    assert!(
        fitted("motion") > 1.2 && fitted("faces") > 1.2 && fitted("hook") < 0.0,
        "{data}"
    );
    assert_eq!(fitted("keywords"), 3.0);
    assert!(data["held_out"]["interval"][0].as_f64().unwrap() > 0.0);

    let shown = place.run("config show --origin --profile taste.toml");
    assert_eq!((code(&shown), err(&shown).as_str()), (0, ""));
    let shown = out(&shown);
    let line = shown
        .lines()
        .find(|line| line.starts_with("ranker.weights.motion "))
        .unwrap();
    assert!(line.contains(&format!("= {} ", fitted("motion"))), "{line}");
    assert!(line.contains("# profile taste.toml:"), "{line}");
    // Again, with the rows the other way round: the same bytes.
    let first = std::fs::read(place.path().join("taste.toml")).unwrap();
    let table = table(8, 20);
    let (header, rows) = table.split_once('\n').unwrap();
    let turned: Vec<&str> = std::iter::once(header).chain(rows.lines().rev()).collect();
    place.write("turned.csv", &turned.join("\n"));
    assert_eq!(code(&place.run("tune ranker turned.csv -o taste.toml")), 0);
    assert_eq!(
        std::fs::read(place.path().join("taste.toml")).unwrap(),
        first
    );
}

#[test]
fn five_labels_are_not_enough() {
    let place = Place::new();
    place.write("labels.csv", &table(1, 5));
    let output = place.run("tune ranker labels.csv --output taste.toml --json");
    assert_eq!((code(&output), out(&output).as_str()), (2, ""));
    assert!(
        err(&output).contains("error: not enough labels: 5 can be compared"),
        "{}",
        err(&output)
    );
    assert!(!place.path().join("taste.toml").exists());
}

#[test]
fn a_gain_that_may_be_none_is_not_claimed() {
    let place = Place::new();
    let rows = (0..60).map(|n| format!("{},{:.3},{:.3}\n", n % 2, chance(n), chance(n + 500)));
    let rows: String = rows.collect();
    place.write("labels.csv", &format!("label,hook,motion\n{rows}"));
    let output = place.run("tune ranker labels.csv --output taste.toml");
    let text = err(&output);
    assert_eq!(code(&output), 2, "{text}");
    assert!(
        text.contains("not enough labels: the gain") && text.contains("NDCG "),
        "{text}"
    );
    assert!(!place.path().join("taste.toml").exists());
}

#[test]
fn what_is_wrong_in_the_table_is_told_with_its_line() {
    let place = Place::new();
    place.write("labels.csv", "label,hook\nkept,0.5\nperhaps,0.5\n1,5\n");
    let output = place.run("tune ranker labels.csv");
    assert_eq!(code(&output), 2);
    assert_eq!(
        err(&output),
        "error: labels.csv:3: the label \"perhaps\" means nothing\n\
         hint: write kept or dropped, 1 or 0, or a number of which higher is better\n\
         error: labels.csv:4: hook is \"5\"\n\
         hint: write the number from 0 to 1 of candidates.json, or nothing where it is not known\n"
    );
    assert_eq!(code(&place.run("tune ranker gone.csv")), 2);
    assert_eq!(code(&place.run("tune ranker labels.csv --output taste")), 2);
}

#[test]
fn what_somebody_wrote_is_not_replaced_and_no_folder_is_made() {
    let place = Place::new();
    place
        .write("labels.csv", &table(8, 20))
        .write("mine.toml", "retries = 9");
    let refused = place.run("tune ranker labels.csv --output mine.toml");
    assert_eq!(code(&refused), 2);
    assert!(
        err(&refused).contains("mine.toml: there already"),
        "{}",
        err(&refused)
    );
    assert_eq!(
        std::fs::read(place.path().join("mine.toml")).unwrap(),
        b"retries = 9"
    );
    assert_eq!(
        code(&place.run("tune ranker labels.csv --output none/taste.toml")),
        74
    );
}
