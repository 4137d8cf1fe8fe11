//! Just enough XML for AWS Query answers: elements with text or with children.

/// One element. Text is escaped when it is printed.
#[derive(Debug)]
pub(in crate::control) struct Element {
    name: &'static str,
    content: Vec<Node>,
}

#[derive(Debug)]
enum Node {
    Text(String),
    Element(Element),
}

impl Element {
    /// An element without content.
    pub(in crate::control) fn new(name: &'static str) -> Self {
        Self { name, content: Vec::new() }
    }

    /// Adds a child.
    pub(in crate::control) fn child(mut self, child: Element) -> Self {
        self.content.push(Node::Element(child));
        self
    }

    /// Adds a child that has text only.
    pub(in crate::control) fn text(self, name: &'static str, text: &str) -> Self {
        self.child(Self::with_text(name, text))
    }

    /// An element that has text only.
    pub(in crate::control) fn with_text(name: &'static str, text: &str) -> Self {
        Self { name, content: vec![Node::Text(text.to_owned())] }
    }

    /// The document with this element as its root, in `namespace`.
    pub(in crate::control) fn print(&self, namespace: &str) -> String {
        let mut text = String::new();
        self.write(&mut text, Some(namespace));
        text
    }

    fn write(&self, out: &mut String, namespace: Option<&str>) {
        out.push('<');
        out.push_str(self.name);
        if let Some(namespace) = namespace {
            out.push_str(&format!(" xmlns=\"{}\"", quick_xml::escape::escape(namespace)));
        }
        out.push('>');
        for node in &self.content {
            match node {
                Node::Text(text) => out.push_str(&quick_xml::escape::escape(text.as_str())),
                Node::Element(element) => element.write(out, None),
            }
        }
        out.push_str(&format!("</{}>", self.name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped() {
        let document = Element::new("A").child(Element::new("B").text("C", "<&>"));
        assert_eq!(document.print("urn:x"), "<A xmlns=\"urn:x\"><B><C>&lt;&amp;&gt;</C></B></A>");
    }
}
