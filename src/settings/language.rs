//! Languages that the speech model knows, by code and English name.

/// Whisper's languages.
const LANGUAGES: [(&str, &str); 99] = [
    ("en", "english"),
    ("zh", "chinese"),
    ("de", "german"),
    ("es", "spanish"),
    ("ru", "russian"),
    ("ko", "korean"),
    ("fr", "french"),
    ("ja", "japanese"),
    ("pt", "portuguese"),
    ("tr", "turkish"),
    ("pl", "polish"),
    ("ca", "catalan"),
    ("nl", "dutch"),
    ("ar", "arabic"),
    ("sv", "swedish"),
    ("it", "italian"),
    ("id", "indonesian"),
    ("hi", "hindi"),
    ("fi", "finnish"),
    ("vi", "vietnamese"),
    ("he", "hebrew"),
    ("uk", "ukrainian"),
    ("el", "greek"),
    ("ms", "malay"),
    ("cs", "czech"),
    ("ro", "romanian"),
    ("da", "danish"),
    ("hu", "hungarian"),
    ("ta", "tamil"),
    ("no", "norwegian"),
    ("th", "thai"),
    ("ur", "urdu"),
    ("hr", "croatian"),
    ("bg", "bulgarian"),
    ("lt", "lithuanian"),
    ("la", "latin"),
    ("mi", "maori"),
    ("ml", "malayalam"),
    ("cy", "welsh"),
    ("sk", "slovak"),
    ("te", "telugu"),
    ("fa", "persian"),
    ("lv", "latvian"),
    ("bn", "bengali"),
    ("sr", "serbian"),
    ("az", "azerbaijani"),
    ("sl", "slovenian"),
    ("kn", "kannada"),
    ("et", "estonian"),
    ("mk", "macedonian"),
    ("br", "breton"),
    ("eu", "basque"),
    ("is", "icelandic"),
    ("hy", "armenian"),
    ("ne", "nepali"),
    ("mn", "mongolian"),
    ("bs", "bosnian"),
    ("kk", "kazakh"),
    ("sq", "albanian"),
    ("sw", "swahili"),
    ("gl", "galician"),
    ("mr", "marathi"),
    ("pa", "punjabi"),
    ("si", "sinhala"),
    ("km", "khmer"),
    ("sn", "shona"),
    ("yo", "yoruba"),
    ("so", "somali"),
    ("af", "afrikaans"),
    ("oc", "occitan"),
    ("ka", "georgian"),
    ("be", "belarusian"),
    ("tg", "tajik"),
    ("sd", "sindhi"),
    ("gu", "gujarati"),
    ("am", "amharic"),
    ("yi", "yiddish"),
    ("lo", "lao"),
    ("uz", "uzbek"),
    ("fo", "faroese"),
    ("ht", "haitian"),
    ("ps", "pashto"),
    ("tk", "turkmen"),
    ("nn", "nynorsk"),
    ("mt", "maltese"),
    ("sa", "sanskrit"),
    ("lb", "luxembourgish"),
    ("my", "burmese"),
    ("bo", "tibetan"),
    ("tl", "tagalog"),
    ("mg", "malagasy"),
    ("as", "assamese"),
    ("tt", "tatar"),
    ("haw", "hawaiian"),
    ("ln", "lingala"),
    ("ha", "hausa"),
    ("ba", "bashkir"),
    ("jw", "javanese"),
    ("su", "sundanese"),
];

/// Codes and names from elsewhere, and Whisper's codes for them.
const OTHER_NAMES: [(&str, &str); 12] = [
    ("castilian", "es"),
    ("cn", "zh"),
    ("deutsch", "de"),
    ("farsi", "fa"),
    ("flemish", "nl"),
    ("in", "id"),
    ("iw", "he"),
    ("jp", "ja"),
    ("jv", "jw"),
    ("mandarin", "zh"),
    ("nb", "no"),
    ("ua", "uk"),
];

/// Tells whether the model knows the language of this code, in upper or lower case.
pub(super) fn is_known(code: &str) -> bool {
    LANGUAGES
        .iter()
        .any(|(known, _)| known.eq_ignore_ascii_case(code))
}

/// Returns the code of the language that goes by another name; none for a code that is known.
pub(super) fn suggestion(name: &str) -> Option<&'static str> {
    let by_name = LANGUAGES.iter().map(|(code, name)| (*name, *code));
    let mut all = by_name.chain(OTHER_NAMES);
    let found = all.find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, code)| code).filter(|_| !is_known(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_names_lead_to_codes_that_are_known_and_are_none_themselves() {
        for (name, code) in OTHER_NAMES {
            assert!(is_known(code), "{code}");
            assert_eq!(suggestion(name), Some(code));
        }
        assert_eq!(suggestion("en"), None);
    }
}
