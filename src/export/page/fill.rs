//! Page template: style, script and content filled in.

use base64::prelude::{BASE64_STANDARD, Engine};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::export::Error;

/// A page without its content.
pub(super) struct PageTemplate {
    /// With `{{style}}`, `{{style-digest}}`, `{{script}}`, `{{script-digest}}` and `{{data}}` where they belong.
    pub(super) html: &'static str,
    pub(super) style: &'static str,
    pub(super) script: &'static str,
}

impl PageTemplate {
    /// Returns the page that holds `content`.
    pub(super) fn fill(&self, content: &impl Serialize) -> Result<Vec<u8>, Error> {
        // The content comes last: what it says is never taken for a place to fill.
        let page = self
            .html
            .replace("{{style-digest}}", &digest(self.style))
            .replace("{{script-digest}}", &digest(self.script))
            .replace("{{style}}", self.style)
            .replace("{{script}}", self.script)
            .replace("{{data}}", &embedded_json(content)?);
        Ok(page.into_bytes())
    }
}

/// Returns JSON that no HTML reader takes for the end of the element around it, or for a comment.
fn embedded_json(content: &impl Serialize) -> Result<String, Error> {
    let json = serde_json::to_string(content).map_err(|e| Error::Content(e.to_string()))?;
    let escaped = json
        .replace('<', "\\u003c")
        .replace('\u{2028}', "\\u2028") // line ends for JavaScript before 2019
        .replace('\u{2029}', "\\u2029");
    Ok(escaped)
}

/// Returns the SHA-256 of an element's text as a page's policy names it.
fn digest(text: &str) -> String {
    BASE64_STANDARD.encode(Sha256::digest(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_is_named_by_its_sha_256_in_base64() {
        assert_eq!(digest(""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }

    #[test]
    fn no_text_ends_the_element_it_is_in_and_all_of_it_can_be_read_back() {
        let hostile = "</script><!--<script>{{style}}\u{2028}\u{2029}\0\"\\ \u{202E}&lt;";
        let json = embedded_json(&hostile).unwrap();
        assert!(
            !json.contains(['<', '\u{2028}', '\u{2029}', '\0']),
            "{json}"
        );
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), hostile);
    }

    #[test]
    fn content_that_looks_like_a_place_to_fill_stays_content() {
        let html = "{{style}}{{script}}{{style-digest}}{{data}}";
        let template = PageTemplate {
            html,
            style: "s",
            script: "j",
        };
        let page = String::from_utf8(template.fill(&"{{script}}").unwrap()).unwrap();
        assert!(
            page.starts_with("sj") && page.ends_with("\"{{script}}\""),
            "{page}"
        );
    }
}
