#include "codec/html_wire.h"

#include <cstdint>
#include <utility>

#include "base/byte_reader.h"
#include "base/byte_writer.h"

namespace touchsts::codec {
namespace {

Result<std::string> take_text(ByteReader& in) {
  const auto bytes = TRY(in.take_sized());
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

Result<bool> take_flag(ByteReader& in) {
  const auto value = TRY(in.u8());
  return value <= 1 ? Result<bool>(value == 1) : fail(Fault::malformed, "a flag is {}", value);
}

Result<HtmlField> take_field(ByteReader& in) {
  HtmlField field;
  field.name = TRY(take_text(in));
  field.type = TRY(take_text(in));
  field.value = Secret(TRY(in.take_sized()));
  field.checked = TRY(take_flag(in));
  field.label = TRY(take_text(in));
  field.action = TRY(take_text(in));
  const auto posts = TRY(in.u8());
  if (posts > 2) {
    return fail(Fault::malformed, "a method is {}", posts);
  }
  field.posts = posts == 0 ? std::nullopt : std::optional(posts == 2);
  return field;
}

Result<HtmlForm> take_form(ByteReader& in, std::size_t& fields_left) {
  HtmlForm form;
  form.id = TRY(take_text(in));
  form.name = TRY(take_text(in));
  form.action = TRY(take_text(in));
  form.posts = TRY(take_flag(in));
  form.charset = TRY(take_text(in));
  const std::size_t count = TRY(in.u16_le());
  if (count > fields_left) {
    return fail(Fault::malformed, "more than {} fields", kHtmlFields);
  }
  fields_left -= count;
  for (std::size_t i = 0; i < count; ++i) {
    form.fields.push_back(TRY(take_field(in)));
  }
  return form;
}

}  // namespace

Secret pack_html(const HtmlPage& page) {
  ByteWriter out;
  out.sized(std::string_view(page.title));
  out.sized(std::string_view(page.base));
  out.sized(std::string_view(page.refresh));
  out.u8(page.refresh_for_noscript ? 1 : 0);
  out.u8(page.scripts ? 1 : 0);
  out.u16_le(static_cast<std::uint16_t>(page.forms.size()));
  for (const auto& form : page.forms) {
    out.sized(std::string_view(form.id));
    out.sized(std::string_view(form.name));
    out.sized(std::string_view(form.action));
    out.u8(form.posts ? 1 : 0);
    out.sized(std::string_view(form.charset));
    out.u16_le(static_cast<std::uint16_t>(form.fields.size()));
    for (const auto& field : form.fields) {
      out.sized(std::string_view(field.name));
      out.sized(std::string_view(field.type));
      out.sized(field.value.reveal());
      out.u8(field.checked ? 1 : 0);
      out.sized(std::string_view(field.label));
      out.sized(std::string_view(field.action));
      out.u8(!field.posts ? 0 : *field.posts ? 2 : 1);
    }
  }
  return out.take();
}

Result<HtmlPage> unpack_html(std::span<const std::byte> bytes) {
  ByteReader in(bytes);
  HtmlPage page;
  page.title = TRY(take_text(in));
  page.base = TRY(take_text(in));
  page.refresh = TRY(take_text(in));
  page.refresh_for_noscript = TRY(take_flag(in));
  page.scripts = TRY(take_flag(in));
  const std::size_t count = TRY(in.u16_le());
  if (count > kHtmlForms) {
    return fail(Fault::malformed, "more than {} forms", kHtmlForms);
  }
  std::size_t fields_left = kHtmlFields;
  for (std::size_t i = 0; i < count; ++i) {
    page.forms.push_back(TRY(take_form(in, fields_left)));
  }
  TRY(in.finish());
  return page;
}

}  // namespace touchsts::codec
