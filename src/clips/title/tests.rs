use super::{Background, Heading, heading};
use crate::analysis::Embedding;
use crate::clips::captions::columns;
use crate::timeline::{Segment, TimeRange, Timestamp, Transcript, Word};
use proptest::prelude::*;

fn range(start: i64, end: i64) -> TimeRange {
    let at = |ms| Timestamp::new(ms, 1000).unwrap();
    TimeRange::new(at(start), at(end)).unwrap()
}

/// Words parted by spaces, three a second; spaces are written where the language has them.
fn talk(language: &str, text: &str) -> Transcript {
    let words = text.split_whitespace().zip(0_i64..).map(|(text, i)| Word {
        text: text.into(),
        range: range(333 * i, 333 * (i + 1)),
        confidence: 1.0,
        space_before: !["ja", "zh", "th"].contains(&language),
    });
    let words: Vec<_> = words.collect();
    Transcript {
        language: language.into(),
        segments: vec![Segment {
            range: range(0, 333 * words.len().max(1) as i64),
            text: String::new(),
            words,
        }],
    }
}

/// A meaning that is only the letters of a text: enough to prefer clauses that share words with the whole.
fn letters(texts: &[&str]) -> Result<Vec<Embedding>, ()> {
    let of = |text: &&str| {
        let mut values = vec![0.01; 128];
        for pair in text.as_bytes().windows(3) {
            let sum = pair
                .iter()
                .fold(0_usize, |sum, b| sum * 31 + usize::from(*b));
            values[sum % 128] += 1.0;
        }
        Embedding::new(values)
    };
    Ok(texts.iter().map(of).collect())
}

fn whole(transcript: &Transcript) -> Option<Heading> {
    let all = range(0, 10_000_000);
    heading(transcript, all, &Background::new(transcript), letters).unwrap()
}

fn title(language: &str, text: &str) -> String {
    whole(&talk(language, text)).unwrap().title
}

const BANK: &str = "So um I quit my job at the bank with no savings, and everyone told me I was crazy. But three months later \
                    I had my first customer. The bank never called me back. Would you quit your job at the bank today?";

#[test]
fn a_heading_is_made_of_what_is_said() {
    let found = whole(&talk("en", BANK)).unwrap();
    assert_eq!(found.title, "Would you quit your job at the bank today?");
    assert_eq!(found.hook.as_deref(), Some("Everyone told me I was crazy"));
    for keyword in ["bank", "quit"] {
        assert!(found.keywords.contains(&keyword.to_owned()), "{found:?}");
    }
    assert!(found.hashtags.contains(&"#bank".to_owned()), "{found:?}");
}

#[test]
fn a_sentence_that_stands_alone_is_a_better_title_than_one_that_leans() {
    let said = "That luck is rarely a lightning strike, isolated and dramatic. Luck is far more often like the wind.";
    assert_eq!(title("en", said), "Luck is far more often like the wind");
}

#[test]
fn tags_name_something() {
    let said = "Being rarely doing, the wind is doing rarely being. The wind, the wind in Holland is rarely doing it.";
    let tags = whole(&talk("en", said)).unwrap().hashtags;
    assert!(tags.contains(&"#wind".to_owned()), "{tags:?}");
    assert!(
        !tags
            .iter()
            .any(|tag| ["#doing", "#rarely", "#being"].contains(&tag.as_str())),
        "{tags:?}"
    );
}

#[test]
fn verbs_and_shortened_pronouns_are_no_tags() {
    let said = "Who's going to implement a global wealth tax? Thomas Piketty argues for a tax. Nobody will implement a tax.";
    let tags = whole(&talk("en", said)).unwrap().hashtags;
    assert!(
        tags.contains(&"#tax".to_owned()) || tags.iter().any(|tag| tag.ends_with("Tax")),
        "{tags:?}"
    );
    assert!(
        !tags
            .iter()
            .any(|tag| ["#whos", "#implement", "#argues"].contains(&tag.as_str())),
        "{tags:?}"
    );
}

#[test]
fn a_name_alone_is_a_poor_title() {
    let said = "Congressional District. I'm currently in town for my second week of orientation.";
    assert_ne!(title("en", said), "Congressional District");
}

#[test]
fn a_title_neither_leans_back_nor_hangs_over() {
    for text in [
        "and then I think we went to the market of the old town near the harbour because of the very many boats there",
        "you know the house that we bought in the middle of the forest was the one that my father and his brother had built",
    ] {
        let title = title("en", text);
        assert!((20..=70).contains(&columns(&title)), "{title}");
        let last = title.rsplit(' ').next().unwrap();
        assert!(
            !["the", "of", "and", "that", "because", "my", "in"].contains(&last),
            "{title}"
        );
        assert!(
            !title.starts_with("And") && !title.starts_with("You know"),
            "{title}"
        );
    }
}

#[test]
fn shouting_and_small_letters_become_a_line() {
    assert_eq!(
        title("en", "WORKERS OF THE WORLD UNITE NOW"),
        "Workers of the world unite now"
    );
    assert_eq!(
        title("en", "today i'm sure that i can do it"),
        "Today I'm sure that I can do it"
    );
    assert_eq!(
        title("en", "my iPhone fell into the lake."),
        "My iPhone fell into the lake"
    );
    assert_eq!(
        title("en", "iPhone sales fell again this year"),
        "iPhone sales fell again this year"
    );
}

#[test]
fn half_a_pair_of_marks_is_left_out() {
    assert_eq!(
        title("en", "“The market is closed today,"),
        "The market is closed today"
    );
    assert_eq!(
        title("es", "¿Por qué cerró el mercado del pueblo?"),
        "¿Por qué cerró el mercado del pueblo?"
    );
}

#[test]
fn a_language_without_spaces_has_titles_and_keywords() {
    let text = "今日は 新しい 価格 戦略 に ついて 話し ます 。 価格 戦略 は 会社 の 未来 を 決め ます 、 だから 価格 戦略 が 一番 大切 です 。";
    let found = whole(&talk("ja", text)).unwrap();
    assert!((20..=70).contains(&columns(&found.title)), "{found:?}");
    assert!(
        !found.title.contains(' ') && !found.title.ends_with('。'),
        "{found:?}"
    );
    assert_eq!(found.keywords[0], "価格戦略", "{found:?}");
    assert!(found.hashtags.contains(&"#価格戦略".to_owned()));
}

#[test]
fn keywords_are_what_the_rest_of_the_talk_is_not_about() {
    let rest =
        "The company grew and the company hired people in every office of the company. ".repeat(20);
    let clip = "The company built a solar panel. Solar panel prices fell for the company. Marie Curie liked a solar panel.";
    let talk = talk("en", &format!("{clip} {rest}"));
    let words = clip.split(' ').count() as i64;
    let found = heading(
        &talk,
        range(0, 333 * words),
        &Background::new(&talk),
        letters,
    )
    .unwrap()
    .unwrap();
    assert_eq!(found.keywords[0], "solar panel", "{found:?}");
    assert!(
        found.keywords.contains(&"Marie Curie".to_owned()),
        "{found:?}"
    );
    assert!(
        found.hashtags.contains(&"#SolarPanel".to_owned()),
        "{found:?}"
    );
    assert!(
        found.keywords.len() <= 5 && !found.keywords.contains(&"solar".to_owned()),
        "{found:?}"
    );
}

#[test]
fn without_a_model_the_words_alone_decide() {
    let talk = talk("en", BANK);
    let none = |_: &[&str]| Ok::<_, ()>(Vec::new());
    let found = heading(&talk, range(0, 1_000_000), &Background::new(&talk), none).unwrap();
    assert!(columns(&found.unwrap().title) >= 20);
}

#[test]
fn what_the_model_says_is_passed_on() {
    let talk = talk("en", BANK);
    let gone = |texts: &[&str]| {
        assert!(texts.len() <= 65);
        Err("device lost")
    };
    assert_eq!(
        heading(&talk, range(0, 1_000_000), &Background::new(&talk), gone),
        Err("device lost")
    );
}

#[test]
fn silence_has_no_heading() {
    assert_eq!(whole(&talk("en", "")), None);
    assert_eq!(whole(&talk("en", "… — !")), None);
}

proptest! {
    #[test]
    fn a_title_is_a_run_of_whole_words(picks in proptest::collection::vec(0..16_usize, 1..80), language in 0..5_usize) {
        const WORDS: [&str; 16] = [
            "the", "and", "market,", "boat.", "um", "I", "can't", "why?", "of", "“never", "known”", "because", "Straße", "naïve", "3.5", "(so)",
        ];
        let language = ["en", "es", "de", "fr", "xx"][language];
        let text: Vec<&str> = picks.iter().map(|&pick| WORDS[pick]).collect();
        let bare = |text: &str| text.to_lowercase().replace(|c: char| !c.is_alphanumeric() && c != ' ', "");
        let kept: Vec<String> = text.iter().filter(|word| **word != "um").map(|word| bare(word)).collect();
        let kept = format!(" {} ", kept.join(" "));
        let again = whole(&talk(language, &text.join(" ")));
        if let Some(found) = whole(&talk(language, &text.join(" "))) {
            prop_assert_eq!(Some(&found), again.as_ref());
            for line in found.hook.iter().chain([&found.title]) {
                let line = bare(line).replace("um ", "").replace(" um", "");
                prop_assert!(kept.contains(&format!(" {line} ")) || language != "en", "{} in {}", line, kept);
            }
            prop_assert!(columns(&found.title) <= 70);
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,200}", language in 0..4_usize) {
        let language = ["en", "ja", "th", "ar"][language];
        whole(&talk(language, &text));
    }
}
