#include "codec/name_constraints.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "codec/ascii.h"
#include "codec/der.h"

namespace touchsts::codec {
namespace {

using Bytes = std::span<const std::byte>;

// Tags of GeneralName (RFC 5280, 4.2.1.6).
constexpr unsigned kMailAddress = 0x81;
constexpr unsigned kDnsName = 0x82;
constexpr unsigned kDirectoryName = 0xA4;  // explicit: its content is a Name
constexpr unsigned kIpAddress = 0x87;
// Tags of NameConstraints.
constexpr unsigned kPermitted = 0xA0;
constexpr unsigned kExcluded = 0xA1;

constexpr std::array<std::uint8_t, 3> kCommonName = {0x55, 0x04, 0x03};                               // 2.5.4.3
constexpr std::array<std::uint8_t, 9> kEmailAddress = {0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 9, 1};  // PKCS #9

struct Name {
  unsigned tag = 0;
  Bytes content;
};

std::string_view text_of(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

struct Attribute {
  Bytes type;
  unsigned tag = 0;  // of the value
  Bytes value;
};

using RelativeName = std::vector<Attribute>;  // a SET

std::optional<std::vector<RelativeName>> relative_names(Bytes name) {
  auto rest = take_der_content(name, kDerSequence);
  if (!rest || !name.empty()) {
    return std::nullopt;
  }
  std::vector<RelativeName> found;
  while (!rest->empty()) {
    auto set = take_der_content(*rest, kDerSet);
    if (!set) {
      return std::nullopt;
    }
    auto& attributes = found.emplace_back();
    while (!set->empty()) {
      auto attribute = take_der_content(*set, kDerSequence);
      const auto type = attribute ? take_der_item(*attribute) : std::nullopt;
      const auto value = type ? take_der_item(*attribute) : std::nullopt;
      if (!value) {
        return std::nullopt;
      }
      attributes.push_back({type->content, value->tag, value->content});
    }
  }
  return found;
}

void append_utf8(std::string& text, std::uint32_t character) {
  const auto add = [&](std::uint32_t byte) { text.push_back(static_cast<char>(byte)); };
  if (character < 0x80) {
    add(character);
  } else if (character < 0x800) {
    add(0xC0 | character >> 6U);
    add(0x80 | (character & 0x3F));
  } else if (character < 0x10000) {
    add(0xE0 | character >> 12U);
    add(0x80 | (character >> 6U & 0x3F));
    add(0x80 | (character & 0x3F));
  } else {
    add(0xF0 | (character >> 18U & 7));
    add(0x80 | (character >> 12U & 0x3F));
    add(0x80 | (character >> 6U & 0x3F));
    add(0x80 | (character & 0x3F));
  }
}

// How many bytes a character of a string type has; 0 for UTF-8, nothing for what is no string.
std::optional<std::size_t> width_of(unsigned tag) {
  switch (tag) {
    case 0x0C:  // UTF8String
    case 0x13:  // PrintableString
    case 0x16:  // IA5String
    case 0x1A:  // VisibleString
      return 0;
    case 0x14:  // T61String, taken for Latin-1 as everybody does
      return 1;
    case 0x1E:  // BMPString
      return 2;
    case 0x1C:  // UniversalString
      return 4;
    default:
      return std::nullopt;
  }
}

// A string as names are compared: UTF-8 in small letters (of ASCII), without blanks around it, one blank for many.
std::string comparable(Bytes value, std::size_t width) {
  std::string text;
  if (width == 0) {
    text = text_of(value);
  } else {
    for (std::size_t at = 0; at + width <= value.size(); at += width) {
      std::uint32_t character = 0;
      for (const std::byte byte : value.subspan(at, width)) {
        character = character << 8U | std::to_integer<std::uint32_t>(byte);
      }
      append_utf8(text, character);
    }
  }
  std::string out;
  for (const char c : trimmed(text)) {
    const bool blank = c == ' ' || (c >= '\t' && c <= '\r');
    if (!blank || !out.ends_with(' ')) {
      out.push_back(blank ? ' ' : lower(c));
    }
  }
  return out;
}

bool same(const Attribute& one, const Attribute& other) {
  if (!std::ranges::equal(one.type, other.type)) {
    return false;
  }
  const auto width = width_of(one.tag);
  const auto other_width = width_of(other.tag);
  if (width && other_width) {
    return comparable(one.value, *width) == comparable(other.value, *other_width);
  }
  return one.tag == other.tag && std::ranges::equal(one.value, other.value);
}

bool same(const RelativeName& one, const RelativeName& other) {
  return one.size() == other.size() && std::ranges::all_of(one, [&](const Attribute& attribute) {
           return std::ranges::any_of(other, [&](const Attribute& candidate) { return same(attribute, candidate); });
         });
}

// Whether `name` has the relative names of `base` at its front; nothing when one of the two is malformed.
std::optional<bool> directory_matches(Bytes base, Bytes name) {
  const auto wanted = relative_names(base);
  const auto given = relative_names(name);
  if (!wanted || !given) {
    return std::nullopt;
  }
  return wanted->size() <= given->size() &&
         std::equal(
             wanted->begin(), wanted->end(), given->begin(), [](const RelativeName& one, const RelativeName& other) {
               return same(one, other);
             });
}

bool dns_matches(std::string_view base, std::string_view name) {
  if (base.empty()) {
    return true;
  }
  if (name.size() < base.size() || !same_word(name.substr(name.size() - base.size()), base)) {
    return false;
  }
  return name.size() == base.size() || base.front() == '.' || name[name.size() - base.size() - 1] == '.';
}

// The base is an address and a mask.
std::optional<bool> address_matches(Bytes base, Bytes address) {
  if ((base.size() != 8 && base.size() != 32) || (address.size() != 4 && address.size() != 16)) {
    return std::nullopt;
  }
  if (base.size() != address.size() * 2) {
    return false;
  }
  for (std::size_t at = 0; at < address.size(); ++at) {
    if (((base[at] ^ address[at]) & base[address.size() + at]) != std::byte{0}) {
      return false;
    }
  }
  return true;
}

// Nothing when it cannot be told.
std::optional<bool> matches(const Name& base, const Name& name) {
  switch (base.tag) {
    case kDnsName:
      return dns_matches(text_of(base.content), text_of(name.content));
    case kIpAddress:
      return address_matches(base.content, name.content);
    case kDirectoryName:
      return directory_matches(base.content, name.content);
    default:
      return std::nullopt;
  }
}

// The bases of GeneralSubtrees. Nothing when they are malformed, or have a minimum or maximum, which RFC 5280 forbids.
std::optional<std::vector<Name>> bases_of(Bytes subtrees) {
  std::vector<Name> bases;
  while (!subtrees.empty()) {
    auto subtree = take_der_content(subtrees, kDerSequence);
    const auto base = subtree ? take_der_item(*subtree) : std::nullopt;
    if (!base || !subtree->empty()) {
      return std::nullopt;
    }
    bases.push_back({base->tag, base->content});
  }
  return bases;
}

struct Constraints {
  std::vector<Name> permitted;
  std::vector<Name> excluded;
};

std::optional<Constraints> parsed(Bytes constraints) {
  Constraints found;
  while (!constraints.empty()) {
    const auto item = take_der_item(constraints);
    auto bases = item ? bases_of(item->content) : std::nullopt;
    if (!bases || (item->tag != kPermitted && item->tag != kExcluded)) {
      return std::nullopt;
    }
    auto& ours = item->tag == kPermitted ? found.permitted : found.excluded;
    if (!ours.empty()) {
      return std::nullopt;  // each comes once
    }
    ours = std::move(*bases);
  }
  return found;
}

NameScope scope_of(const Constraints& constraints, const Name& name) {
  for (const Name& base : constraints.excluded) {
    if (base.tag != name.tag) {
      continue;
    }
    const auto match = matches(base, name);
    if (!match || *match) {
      return match ? NameScope::outside : NameScope::unclear;
    }
  }
  NameScope scope = NameScope::within;
  for (const Name& base : constraints.permitted) {
    if (base.tag != name.tag) {
      continue;
    }
    const auto match = matches(base, name);
    if (!match) {
      return NameScope::unclear;
    }
    if (*match) {
      return NameScope::within;
    }
    scope = NameScope::outside;
  }
  return scope;
}

bool is(Bytes identifier, std::span<const std::uint8_t> known) {
  return std::ranges::equal(identifier, std::as_bytes(known));
}

bool looks_like_a_host(std::string_view text) {
  constexpr std::string_view kOfHosts = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._*";
  return text.contains('.') && text.find_first_not_of(kOfHosts) == std::string_view::npos;
}

std::optional<std::vector<Name>> names_of(const CertificateParts& certificate, Issued issued) {
  std::vector<Name> names;
  bool has_dns_name = false;
  for (auto rest = certificate.alternative_names.value_or(Bytes()); !rest.empty();) {
    const auto name = take_der_item(rest);
    if (!name) {
      return std::nullopt;
    }
    has_dns_name = has_dns_name || name->tag == kDnsName;
    names.push_back({name->tag, name->content});
  }
  const auto subject = relative_names(certificate.subject);
  if (!subject) {
    return std::nullopt;
  }
  if (!subject->empty()) {
    names.push_back({kDirectoryName, certificate.subject});
  }
  for (const RelativeName& attributes : *subject) {
    for (const Attribute& attribute : attributes) {
      if (is(attribute.type, kEmailAddress)) {
        names.push_back({kMailAddress, attribute.value});
      } else if (is(attribute.type, kCommonName) && issued == Issued::to_server && !has_dns_name &&
                 looks_like_a_host(text_of(attribute.value))) {
        names.push_back({kDnsName, attribute.value});
      }
    }
  }
  return names;
}

}  // namespace

NameScope names_within(Bytes constraints, const CertificateParts& certificate, Issued issued) {
  const auto wanted = parsed(constraints);
  const auto names = names_of(certificate, issued);
  if (!wanted || !names) {
    return NameScope::unclear;
  }
  NameScope scope = NameScope::within;
  for (const Name& name : *names) {
    const NameScope its = scope_of(*wanted, name);
    if (its == NameScope::outside) {
      return its;
    }
    scope = its == NameScope::unclear ? its : scope;
  }
  return scope;
}

NameScope host_within(Bytes constraints, std::string_view host) {
  const auto wanted = parsed(constraints);
  return wanted ? scope_of(*wanted, {kDnsName, std::as_bytes(std::span(host))}) : NameScope::unclear;
}

}  // namespace touchsts::codec
