//! Function words of each language: where phrases begin and what they hold on to.

/// What a word does to a break beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::clips) enum Class {
    /// Begins a clause: a good first word of a line, a bad last one.
    Conjunction,
    /// Begins a phrase: likewise.
    Preposition,
    /// Belongs to the next word, most of all.
    Article,
    /// Belongs to the next word: possessives, pronouns, auxiliaries.
    Binder,
    /// Any other.
    Other,
}

/// The small words of one language, in lower case.
pub(in crate::clips) struct Lexicon {
    conjunctions: &'static str,
    prepositions: &'static str,
    articles: &'static str,
    binders: &'static str,
}

impl Lexicon {
    /// Returns the small words of a language, by its ISO 639-1 code; none for one that is not listed.
    ///
    /// What is in Latin letters between those of another script is taken for English.
    pub(in crate::clips) fn of(language: &str) -> &'static Self {
        let written = if OTHER_SCRIPTS.contains(&language) {
            "en"
        } else {
            language
        };
        let found = LEXICONS.iter().find(|(code, _)| *code == written);
        found.map_or(&NONE, |(_, lexicon)| lexicon)
    }

    /// Returns the class of a word; one that ends in punctuation has none.
    pub(in crate::clips) fn class(&self, word: &str) -> Class {
        let word = word
            .trim_start_matches(|c: char| !c.is_alphanumeric())
            .to_lowercase();
        let within = |list: &str| list.split(' ').any(|entry| entry == word);
        if within(self.conjunctions) {
            Class::Conjunction
        } else if within(self.prepositions) {
            Class::Preposition
        } else if within(self.articles) {
            Class::Article
        } else if within(self.binders) {
            Class::Binder
        } else {
            Class::Other
        }
    }
}

/// Share of the words that are small ones of a language in which something is said, at least, and how many words tell.
const SPOKEN: f64 = 0.3;
const TELLING: usize = 8;

/// Returns the language that words are of, where their small words tell that it is another than the one that they are taken for.
///
/// A recogniser that hears few words may take one language for another and write down the right words all the same.
pub fn other_language(words: &[&str], taken_for: &str) -> Option<&'static str> {
    let share = |lexicon: &Lexicon| {
        let small = words
            .iter()
            .filter(|word| lexicon.class(word) != Class::Other);
        small.count() as f64 / words.len().max(1) as f64
    };
    let shares = LEXICONS
        .iter()
        .map(|(code, lexicon)| (*code, share(lexicon)));
    let (code, most) = shares.max_by(|a, b| a.1.total_cmp(&b.1))?;
    let own = share(Lexicon::of(taken_for));
    let sure = words.len() >= TELLING && most >= SPOKEN && own < most / 2.0;
    (sure && code != taken_for).then_some(code)
}

/// Languages without a list that are not written in Latin letters.
const OTHER_SCRIPTS: [&str; 30] = [
    "ar", "fa", "ur", "ps", "sd", "he", "yi", "el", "bg", "mk", "sr", "uk", "be", "kk", "mn", "hy",
    "ka", "hi", "mr", "ne", "bn", "pa", "gu", "ta", "te", "th", "ja", "ko", "zh", "yue",
];

const NONE: Lexicon = Lexicon {
    conjunctions: "",
    prepositions: "",
    articles: "",
    binders: "",
};

const LEXICONS: &[(&str, Lexicon)] = &[
    (
        "en",
        Lexicon {
            conjunctions: "and or but nor yet so because although though while when whenever where if unless until since that which who whom whose what how why as than whether before after",
            prepositions: "of in on at by for with from to into onto upon about over under between among through during without within against toward towards across behind beyond",
            articles: "a an the",
            binders: "this these those all both my your his her its our their some any no every each is are was were be been am has have had do does did will would can could shall should may might must not i you he she it we they very too more most i'm i've i'll you're we're they're it's that's don't",
        },
    ),
    (
        "de",
        Lexicon {
            conjunctions: "und oder aber denn sondern weil dass daß ob wenn als während obwohl damit bevor nachdem wie wo was wer der die das welche welcher welches",
            prepositions: "in im an am auf aus bei beim mit nach seit von vom zu zum zur für durch gegen ohne um über unter vor hinter neben zwischen",
            articles: "den dem des ein eine einen einem einer eines",
            binders: "kein keine keinen mein meine dein sein seine ihr ihre unser unsere ich du er sie es wir man nicht sehr ist sind war waren hat haben hatte wird werden kann",
        },
    ),
    (
        "fr",
        Lexicon {
            conjunctions: "et ou mais donc or ni car que qu'il qu'elle qu'on qui dont où quand lorsque si comme parce puisque quoique",
            prepositions: "à de du des d'un d'une en dans sur sous avec sans pour par chez vers entre contre depuis pendant avant après au aux",
            articles: "le la les un une",
            binders: "ce cet cette ces mon ma mes ton ta tes son sa ses notre nos votre vos leur leurs je tu il elle on nous vous ils elles ne pas très plus est sont était a ont avait se c'est",
        },
    ),
    (
        "es",
        Lexicon {
            conjunctions: "y e o u pero sino ni que quien cuando donde como porque si aunque mientras pues",
            prepositions: "a ante bajo con contra de del desde en entre hacia hasta para por según sin sobre tras al",
            articles: "el la los las un una unos unas",
            binders: "mi mis tu tus su sus este esta estos estas ese esa no muy más es son era fue ha han había se me te le les lo",
        },
    ),
    (
        "it",
        Lexicon {
            conjunctions: "e ed o ma però né che chi cui quando dove come perché se mentre anche",
            prepositions: "a ad al alla ai alle allo di del della dei delle dello da dal dalla in nel nella nei con su sul sulla per tra fra",
            articles: "il lo la i gli le un uno una",
            binders: "mio mia tuo suo sua nostro questo questa quel quella non molto più è sono era ha hanno si ci mi ti",
        },
    ),
    (
        "pt",
        Lexicon {
            conjunctions: "e ou mas porém nem que quem quando onde como porque se embora enquanto pois",
            prepositions: "a ao à aos de do da dos das em no na nos nas com por pelo pela para sem sob sobre entre até desde",
            articles: "o os as um uma uns umas",
            binders: "meu minha teu seu sua este esta esse essa não muito mais é são era foi tem eu ele ela me te lhe",
        },
    ),
    (
        "nl",
        Lexicon {
            conjunctions: "en of maar want dus omdat dat die als toen terwijl hoewel wie wat waar hoe zodat",
            prepositions: "in op aan bij met van voor door over onder naar uit tot om te tegen tussen zonder",
            articles: "de het een",
            binders: "mijn je jouw zijn haar ons onze hun deze dit geen niet heel is was waren heeft had ik jij hij zij wij ze we",
        },
    ),
    (
        "ru",
        Lexicon {
            conjunctions: "и или но а да что чтобы если когда где как потому который которая которые хотя пока",
            prepositions: "в во на с со к ко о об от из у за по под над при без до для между через про",
            articles: "",
            binders: "не ни мой моя твой его её их наш этот эта это эти тот та те я ты он она мы вы они очень бы",
        },
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn other(text: &str, taken_for: &str) -> Option<&'static str> {
        other_language(&text.split(' ').collect::<Vec<_>>(), taken_for)
    }

    #[test]
    fn small_words_tell_a_language_and_few_of_them_do_not() {
        let english = "and I'm the creator of it and this is how we do it";
        assert_eq!(other(english, "cy"), Some("en"));
        assert_eq!(other(english, "en"), None);
        assert_eq!(other("I'm the creator", "cy"), None);
        // Neighbours share many.
        assert_eq!(other("o homem que eu vi na casa de um amigo", "pt"), None);
        assert_eq!(
            other("ein Haus und der Mann in dem Garten ist alt", "cy"),
            Some("de")
        );
    }
}
