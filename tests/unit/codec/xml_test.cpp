#include "codec/xml.h"

#include <doctest/doctest.h>

namespace touchsts::codec {

TEST_CASE("elements are found by their path, entities resolved") {
  const auto xml = Xml::parse(
      Secret(std::string_view("<?xml version=\"1.0\"?>\n<R xmlns=\"x\"><A><B> 1 &lt;&#x41; </B><C/></A></R>")));
  REQUIRE(xml);
  CHECK(xml->root_name() == "R");
  CHECK(*xml->text("A/B") == "1 <A");
  CHECK(xml->text("A/C")->empty());
  CHECK_FALSE(xml->text("A/D"));
  CHECK_FALSE(xml->text("B"));
}

TEST_CASE("text that other markup splits is malformed, not cut") {
  for (const std::string_view content : {"b<?c?>d", "<?c?>b<?c?>d", "b<c/>d", "b<c>d</c>", "<c/>b", "b\n<c/>"}) {
    const auto xml = Xml::parse(Secret("<R><A>" + std::string(content) + "</A></R>"));
    REQUIRE_FALSE_MESSAGE(xml, content);
    CHECK(xml.error().text == "XML with text that another element or a processing instruction splits");
  }
  for (const std::string_view content : {"bd", "<?c?>bd", "bd<?c?>", " bd <?c?> "}) {
    const auto xml = Xml::parse(Secret("<R> <A>" + std::string(content) + "</A>\n<?c?>\n<B/> </R>"));
    REQUIRE_MESSAGE(xml, content);
    CHECK_MESSAGE(xml->text("A") == "bd", content);
  }
}

TEST_CASE("XML that we refuse") {
  for (const std::string_view text : {"",
                                      "text",
                                      "<a>",
                                      "<a></b>",
                                      "<a><b></a></b>",
                                      "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
                                      "<a><!-- c --></a>",
                                      "<a><![CDATA[b]]></a>"}) {
    CAPTURE(text);
    CHECK_FALSE(Xml::parse(Secret(text)));
  }
  CHECK_FALSE(Xml::parse(Secret(std::string_view("<a>\0</a>", 8))));
  std::string deep;
  for (int i = 0; i < 100'000; ++i) {
    deep += "<a>";
  }
  CHECK_FALSE(Xml::parse(Secret(std::string_view(deep).substr(0, 200'000))));
  // What looks like the end of an element in quotes is none.
  for (const std::string_view tag : {"<a b='/>'>", "<a b=\"/>\">", "<a b='>' c='/>'>", "<a b='\"' c='/>'>"}) {
    std::string text;
    for (int i = 0; i <= kXmlDepth; ++i) {
      text += tag;
    }
    const std::string open = text;
    for (int i = 0; i <= kXmlDepth; ++i) {
      text += "</a>";
    }
    const auto parsed = Xml::parse(Secret(text));
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().text.contains("nested deeper"));
    CHECK(Xml::parse(Secret(text.substr(tag.size(), text.size() - tag.size() - 4))));  // one less
  }
  CHECK(Xml::parse(Secret(std::string_view("<a><?x <b> '?><c d='<'/></a>"))));
  CHECK_FALSE(Xml::parse(Secret("<a>" + std::string(kXmlLimit, 'x') + "</a>")));
}

TEST_CASE("XML as identity providers write it") {
  const auto parsed = [](std::string_view text) {
    const auto xml = Xml::parse(Secret(text), Xml::Markup::all);
    if (!xml) {
      return xml.error().text;
    }
    std::string all;
    xml->each([&all](const Xml::Element& element) { all += "[" + element.text() + "]"; });
    return all;
  };
  CHECK(parsed("<!-- a --><a>b<![CDATA[<c>]]>d<?e f?>g<h>i</h>j</a><!-- k -->") == "[b<c>dgj][i]");
  CHECK(parsed("<a> <!-- b --> c</a>") == "[  c]");
  CHECK(parsed("<a>b\r\nc</a>") == "[b\nc]");
  CHECK(parsed("<a><!-- <b>&c; --></a>") == "[]");
  CHECK(parsed("\xEF\xBB\xBF<a/>") == "[]");
  for (const std::string_view text : {"<a>b<!-- -->c</a>",
                                      "<a>b<!-- --><![CDATA[c]]></a>",
                                      "<a>b<c/><!-- -->d</a>",
                                      "<!DOCTYPE a><a/>",
                                      "<a>&b;</a>",
                                      "<a b='&c;'/>",
                                      "<a>&#0;</a>",
                                      "<a>&#x0;</a>",
                                      "<a>&#xD800;</a>",
                                      "<a>&#;</a>",
                                      "<a>&#1 ;</a>",
                                      "<a>&amp</a>",
                                      "<a/><b/>",
                                      "<a/>b",
                                      "b<a/>",
                                      "<a b='' b=''/>",
                                      "<a b='<'/>",
                                      "<a>]]></a>",
                                      "<a><!-- b -- c --></a>",
                                      "<a><!-- b</a>",
                                      "<a><![CDATA[b</a>",
                                      "<a>\x01</a>"}) {
    CHECK_FALSE_MESSAGE(Xml::parse(Secret(text), Xml::Markup::all), text);
  }
}

}  // namespace touchsts::codec
