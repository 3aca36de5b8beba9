//! File names of clips.

const SLUG_BYTES: usize = 60;

/// Returns the name of a clip's file, without folder: `01-what-we-learned.mp4`.
///
/// The title is spelled in ASCII (`é` as `e`, `中` as `zhong`), in lower case, words joined by `-`, at most 60 bytes.
/// What cannot be spelled is left out; a title of which nothing stays is `clip`.
pub fn clip_file_name(rank: u32, title: &str) -> String {
    format!("{rank:02}-{}.mp4", slug(title))
}

fn slug(title: &str) -> String {
    let whole = slug::slugify(title);
    let short = cut_at_a_word(&whole);
    if short.is_empty() { "clip" } else { short }.to_owned()
}

fn cut_at_a_word(slug: &str) -> &str {
    if slug.len() <= SLUG_BYTES {
        return slug;
    }
    let cut = &slug[..SLUG_BYTES];
    let whole_words = cut
        .rfind('-')
        .filter(|_| slug.as_bytes()[SLUG_BYTES] != b'-');
    &cut[..whole_words.unwrap_or(SLUG_BYTES)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_title_becomes_a_name() {
        assert_eq!(
            clip_file_name(1, "What we learned: Café & Co."),
            "01-what-we-learned-cafe-co.mp4"
        );
        assert_eq!(
            clip_file_name(112, "../../etc/passwd"),
            "112-etc-passwd.mp4"
        );
        assert_eq!(clip_file_name(3, " ?! "), "03-clip.mp4");
    }

    #[test]
    fn a_long_title_ends_with_a_whole_word() {
        let name = clip_file_name(1, &"seven77 ".repeat(20));
        assert_eq!(name, format!("01-{}seven77.mp4", "seven77-".repeat(6)));
        assert_eq!(clip_file_name(1, &"x".repeat(500)).len(), 3 + 60 + 4);
    }

    proptest! {
        #[test]
        fn every_title_makes_a_safe_name(rank in 0..1000_u32, title in any::<String>()) {
            let name = clip_file_name(rank, &title);
            prop_assert!(name.len() <= 68);
            prop_assert!(!name.starts_with(['.', '-']));
            prop_assert!(!name.contains("--") && !name.contains("-."), "{}", name);
            let safe = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            prop_assert!(name.strip_suffix(".mp4").unwrap().chars().all(safe), "{}", name);
        }
    }
}
