//! XML elements, as the editors' files are made of them.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

pub(super) type Xml = Writer<Vec<u8>>;

/// Returns a document of this type; `inside` writes its root.
pub(super) fn document(doctype: &str, inside: impl FnOnce(&mut Xml) -> io::Result<()>) -> String {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 4);
    let write = || {
        xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        xml.write_event(Event::DocType(BytesText::from_escaped(doctype)))?;
        inside(&mut xml)
    };
    write().expect("memory takes any text");
    String::from_utf8(xml.into_inner()).expect("only text was written") + "\n"
}

/// Writes an element with others inside.
pub(super) fn element<'a>(
    xml: &mut Xml,
    name: &str,
    attributes: impl IntoIterator<Item = (&'a str, &'a str)>,
    inside: impl FnOnce(&mut Xml) -> io::Result<()>,
) -> io::Result<()> {
    let element = xml.create_element(name).with_attributes(attributes);
    element.write_inner_content(inside).map(drop)
}

/// Writes an element with nothing inside.
pub(super) fn empty<'a>(
    xml: &mut Xml,
    name: &str,
    attributes: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> io::Result<()> {
    let element = xml.create_element(name).with_attributes(attributes);
    element.write_empty().map(drop)
}

/// Writes an element with text inside.
pub(super) fn text(xml: &mut Xml, name: &str, text: &str) -> io::Result<()> {
    let element = xml.create_element(name);
    element.write_text_content(BytesText::new(text)).map(drop)
}
