#include "cli/deliver.h"

#include <algorithm>
#include <array>
#include <span>

#include "codec/json_text.h"
#include "codec/timestamp.h"

namespace touchsts::cli {
namespace {

using namespace std::string_view_literals;

// Variables that name credentials, or where to get them.
constexpr std::array kOtherCredentials = {"AWS_PROFILE"sv,
                                          "AWS_DEFAULT_PROFILE"sv,
                                          "AWS_ACCESS_KEY_ID"sv,
                                          "AWS_SECRET_ACCESS_KEY"sv,
                                          "AWS_SESSION_TOKEN"sv,
                                          "AWS_SECURITY_TOKEN"sv,
                                          "AWS_CREDENTIAL_EXPIRATION"sv,
                                          "AWS_ACCOUNT_ID"sv,
                                          "AWS_WEB_IDENTITY_TOKEN_FILE"sv,
                                          "AWS_ROLE_ARN"sv,
                                          "AWS_ROLE_SESSION_NAME"sv,
                                          "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"sv,
                                          "AWS_CONTAINER_CREDENTIALS_FULL_URI"sv,
                                          "AWS_CONTAINER_AUTHORIZATION_TOKEN"sv,
                                          "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"sv};

// PowerShell takes these for quotes as well (about_Quoting_Rules): U+2018 to U+201B.
bool begins_with_quote(std::string_view text) {
  return text.starts_with("\u2018") || text.starts_with("\u2019") || text.starts_with("\u201a") ||
         text.starts_with("\u201b");
}

// Quotes for each shell: everything is literal between the marks.
void append_quoted(SecretWriter& out, std::string_view text, ExportFormat format) {
  out.append("'"sv);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char& c = text[i];
    if (c == '\'') {
      out.append(format == ExportFormat::powershell ? "''"sv : format == ExportFormat::fish ? "\\'"sv : "'\\''"sv);
    } else if (c == '\\' && format == ExportFormat::fish) {
      out.append("\\\\"sv);
    } else if (format == ExportFormat::powershell && begins_with_quote(text.substr(i))) {
      out.append(text.substr(i, 3));
      out.append(text.substr(i, 3));
      i += 2;
    } else {
      out.append(std::string_view(&c, 1));
    }
  }
  out.append("'"sv);
}

// The original writes values without quotes, for `eval` and for `export $(...)`. That is safe, and stays as it is, for
// the characters that keys usually have.
void append_plain(SecretWriter& out, std::string_view value) {
  const auto is_usual = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || "/+=_.-"sv.contains(c);
  };
  if (std::ranges::all_of(value, is_usual)) {
    out.append(value);
  } else {
    append_quoted(out, value, ExportFormat::env);
  }
}

// How a shell sets a variable and takes it away. Lines end so that they may be joined: eval $(...) without quotes does.
struct ShellWords {
  std::string_view set, equals, unset, unset_end, end;
};

ShellWords words_of(ExportFormat format) {
  switch (format) {
    case ExportFormat::powershell:
      return {"$env:", " = ", "Remove-Item Env:", " -ErrorAction SilentlyContinue", "\n"};
    case ExportFormat::fish:
      return {"set -gx ", " ", "set -e ", "", ";\n"};
    case ExportFormat::windows_cmd:
      return {"set \"", "=", "set \"", "=\"", "\n"};
    default:
      return {"export ", "=", "unset ", "", ";\n"};
  }
}

void append_setting(SecretWriter& out, std::string_view name, std::string_view value, ExportFormat format) {
  const ShellWords words = words_of(format);
  out.append(value.empty() ? words.unset : words.set);
  out.append(name);
  if (value.empty()) {
    out.append(words.unset_end);
  } else if (format == ExportFormat::windows_cmd) {
    out.append(words.equals);
    out.append(value);
    out.append("\""sv);
  } else {
    out.append(words.equals);
    append_quoted(out, value, format);
  }
  out.append(words.end);
}

// What would name other credentials is taken away: SDKs would take one part from here and one from there.
void append_unset(SecretWriter& out, std::span<const std::string_view> set, ExportFormat format) {
  for (const std::string_view name : kOtherCredentials) {
    if (!std::ranges::contains(set, name)) {
      append_setting(out, name, {}, format);
    }
  }
}

void append_ini(SecretWriter& out, std::string_view key, std::string_view value) {
  if (!value.empty()) {
    out.append(key);
    out.append(" = "sv);
    out.append(value);
    out.append("\n"sv);
  }
}

std::string expiry(const aws::Credentials& credentials) {
  return credentials.expires ? codec::to_rfc3339(*credentials.expires) : "";
}

// One compact object that begins with `start`; the session token's name differs.
Secret json_of(const aws::Credentials& credentials,
               std::string_view start,
               std::string_view token_name,
               std::string_view expiration) {
  SecretWriter out;
  const auto field = [&out](std::string_view name, std::string_view value) {
    if (!value.empty()) {
      out.append(","sv);
      codec::append_json_text(out, name);
      out.append(":"sv);
      codec::append_json_text(out, value);
    }
  };
  out.append("{"sv);
  out.append(start);
  field("AccessKeyId", credentials.access_key_id);
  field("SecretAccessKey", credentials.secret_access_key.reveal_text());
  field(token_name, credentials.session_token.reveal_text());
  field("Expiration", expiration);
  field("AccountId", credentials.account_id);
  out.append("}\n"sv);
  return out.take();
}

// As other programs write it: what does not expire has no Expiration there either.
Secret foreign_json(const aws::Credentials& credentials, ProcessJson::Style style) {
  const bool late = style == ProcessJson::Style::python_late;
  const bool python = late || style == ProcessJson::Style::python;
  std::string until = expiry(credentials);
  if (python && until.ends_with('Z')) {
    until.replace(until.size() - 1, 1, "+00:00");
  }
  SecretWriter out;
  out.append(late ? "{"sv : python ? "{\"Version\": 1"sv : "{\n    \"Version\": 1"sv);
  const auto field = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) {
      out.append(out.size() == 1 ? ""sv : python ? ", "sv : ",\n    "sv);
      codec::append_json_text(out, name);
      out.append(": "sv);
      codec::append_json_text(out, value);
    }
  };
  field("AccessKeyId", credentials.access_key_id);
  field("SecretAccessKey", credentials.secret_access_key.reveal_text());
  field("SessionToken", credentials.session_token.reveal_text());
  field("Expiration", until);
  out.append(late ? ", \"Version\": 1}\n\n"sv : python ? "}"sv : "\n}"sv);
  return out.take();
}

}  // namespace

Secret process_json(const aws::Credentials& credentials, ProcessJson::Style style) {
  if (style != ProcessJson::Style::compact) {
    return foreign_json(credentials, style);
  }
  return json_of(credentials, "\"Version\":1", "SessionToken", expiry(credentials));
}

Secret container_json(const aws::Credentials& credentials, Time good_until) {
  return json_of(credentials, "\"Code\":\"Success\"", "Token", codec::to_rfc3339(good_until));
}

Secret settings_text(const io::Variables& settings, ExportFormat format) {
  SecretWriter out;
  if (format != ExportFormat::json) {
    std::vector<std::string_view> set;
    for (const auto& [name, value] : settings) {
      append_setting(out, name, value.reveal_text(), format);
      set.push_back(name);
    }
    append_unset(out, set, format);
    return out.take();
  }
  for (const auto& [name, value] : settings) {
    out.append(out.size() == 0 ? "{"sv : ","sv);
    codec::append_json_text(out, name);
    out.append(":"sv);
    codec::append_json_text(out, value.reveal_text());
  }
  out.append("}\n"sv);
  return out.take();
}

Secret exports(const aws::Credentials& credentials,
               ExportFormat format,
               std::string_view profile,
               std::string_view region) {
  if (format == ExportFormat::json) {
    return process_json(credentials);
  }
  SecretWriter out;
  if (format == ExportFormat::plain_env) {
    for (const auto& [name, value] : {std::pair("AWS_ACCESS_KEY_ID"sv, std::string_view(credentials.access_key_id)),
                                      std::pair("AWS_SECRET_ACCESS_KEY"sv, credentials.secret_access_key.reveal_text()),
                                      std::pair("AWS_SESSION_TOKEN"sv, credentials.session_token.reveal_text())}) {
      for (const std::string_view part : {"export "sv, name, "="sv}) {
        out.append(part);
      }
      append_plain(out, value);
      out.append("\n"sv);
    }
    return out.take();
  }
  if (format == ExportFormat::ini) {
    out.append("["sv);
    out.append(profile);
    out.append("]\n"sv);
    append_ini(out, "aws_access_key_id", credentials.access_key_id);
    append_ini(out, "aws_secret_access_key", credentials.secret_access_key.reveal_text());
    append_ini(out, "aws_session_token", credentials.session_token.reveal_text());
    append_ini(out, "aws_account_id", credentials.account_id);
    return out.take();
  }
  return settings_text(variables(credentials, region), format);
}

io::Variables variables(const aws::Credentials& credentials, std::string_view region) {
  io::Variables made;
  const auto add = [&made](std::string_view name, const Secret& value) {
    if (!value.empty()) {
      made.emplace_back(name, value.clone());
    }
  };
  add("AWS_ACCESS_KEY_ID", Secret(credentials.access_key_id));
  add("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key);
  add("AWS_SESSION_TOKEN", credentials.session_token);
  add("AWS_CREDENTIAL_EXPIRATION", Secret(expiry(credentials)));
  add("AWS_ACCOUNT_ID", Secret(credentials.account_id));
  add("AWS_REGION", Secret(region));
  add("AWS_DEFAULT_REGION", Secret(region));
  return made;
}

std::vector<std::string> dropped_variables() {
  std::vector<std::string> names(kOtherCredentials.begin(), kOtherCredentials.end());
  for (const char* const ours :
       {"TOUCHSTS_KEY_FILE", "TOUCHSTS_KEYRING", "TOUCHSTS_PASSPHRASE", "TOUCHSTS_MFA_PROCESS"}) {
    names.emplace_back(ours);
  }
  return names;
}

}  // namespace touchsts::cli
