#include "cli/native.h"

#include <algorithm>
#include <utility>

#include "base/untrusted.h"
#include "cli/credentials_section.h"
#include "codec/ascii.h"
#include "codec/timestamp.h"
#include "settings/network.h"

namespace touchsts::cli {
namespace {

constexpr std::size_t kLargestPolicy = std::size_t{16} * 1024;
constexpr std::size_t kLargestCode = 128;
constexpr std::string_view kFileUrl = "file://";

Result<std::string> read_policy(io::World& world, const std::string& text) {
  if (!text.starts_with(kFileUrl)) {
    return text;
  }
  const std::string path = text.substr(kFileUrl.size());
  const auto content = TRY(within("--policy " + printable(path), world.files.read(path, kLargestPolicy)));
  if (!content) {
    return fail(Fault::usage, "--policy {}: there is no such file", Untrusted{path});
  }
  if (codec::trimmed_lines(content->bytes.reveal_text()).empty()) {
    return fail(Fault::usage, "--policy {}: the file is empty", Untrusted{path});
  }
  return std::string(content->bytes.reveal_text());
}

// An option that names a code must give one: an empty code is an error, and not the same as no option.
Result<Secret> not_empty(std::string_view from, Secret code) {
  return codec::trimmed_lines(code.reveal_text()).empty()
             ? Result<Secret>(fail(Fault::usage, "{}: no code was given", Untrusted{from}))
             : Result<Secret>(std::move(code));
}

Result<std::optional<Secret>> read_code(NativeOptions& options, io::World& world) {
  if (options.token_code) {
    return TRY(not_empty("--token-code", *std::move(options.token_code)));
  }
  if (options.token_code_fd) {
    const auto from = formatted("--token-code-fd {}", *options.token_code_fd);
    auto code = world.files.read_descriptor(*options.token_code_fd, kLargestCode);
    if (!code) {
      return fail(Fault::usage, "{}: {}", from, code.error().text);
    }
    return TRY(not_empty(from, *std::move(code)));
  }
  if (options.token_code_file.empty()) {
    return std::nullopt;
  }
  const std::string from = "--token-code-file " + options.token_code_file;
  auto content = TRY(within(Untrusted{from}, world.files.read(options.token_code_file, kLargestCode)));
  if (!content) {
    return fail(Fault::usage, "{}: there is no such file", Untrusted{from});
  }
  return TRY(not_empty(from, std::move(content->bytes)));
}

ExportFormat export_format(std::string_view name) {
  using enum ExportFormat;
  constexpr std::pair<std::string_view, ExportFormat> kNames[] = {
      {"json", json}, {"ini", ini}, {"powershell", powershell}, {"fish", fish}, {"windows-cmd", windows_cmd}};
  const auto found = std::ranges::find(kNames, name, &std::pair<std::string_view, ExportFormat>::first);
  return found == std::end(kNames) ? env : found->second;
}

std::optional<Section> section_of(const std::string& name) {
  return name.empty() ? std::nullopt
                      : std::optional(Section{.name = name,
                                              .beside = {},
                                              .gone = {},
                                              .expiry_key = std::string(kExpiryKey),
                                              .expiry = codec::to_rfc3339,
                                              .said = {},
                                              .said_last = {}});
}

Delivery delivery_of(NativeOptions& options) {
  switch (options.command) {
    case Command::export_:
      return Export{export_format(options.format)};
    case Command::exec:
      return Exec{std::move(options.exec_command), options.serve};
    case Command::serve:
      return Serve{export_format(options.format),
                   static_cast<std::uint16_t>(options.port.value_or(0)),
                   std::move(options.token_file)};
    case Command::login:
    case Command::logout:
      return Note{section_of(options.section)};
    default:
      return ProcessJson{};
  }
}

aws::Value value_of(std::string text, std::string place) {
  return {.text = std::move(text), .secret = {}, .sub = {}, .place = {std::move(place), 0}};
}

Result<settings::ProfileRequest> request_of(NativeOptions& options, io::World& world) {
  settings::ProfileRequest request;
  const std::string_view variable = world.environment.get("AWS_PROFILE").empty()
                                        ? world.environment.get("AWS_DEFAULT_PROFILE")
                                        : world.environment.get("AWS_PROFILE");
  request.named = !options.profile.empty() || !variable.empty();
  if (request.named) {
    request.profile = options.profile.empty() ? std::string(variable) : options.profile;
  }
  request.endpoint_url = options.endpoint_url;
  for (auto& [key, value] : options.settings) {
    std::string text = key == "policy" ? TRY(read_policy(world, value)) : std::move(value);
    request.flags.values.insert_or_assign(
        key, value_of(std::move(text), key == "region" ? std::string(settings::kRegionFlag) : "a flag"));
  }
  for (auto& [key, pairs] : {std::pair("tags", &options.tags), std::pair("provided_contexts", &options.contexts)}) {
    if (!pairs->empty()) {
      aws::Value value = value_of("", "a flag");
      value.sub = std::move(*pairs);
      request.flags.values.insert_or_assign(key, std::move(value));
    }
  }
  return request;
}

}  // namespace

Result<Invocation> read_native(NativeOptions options, io::World& world) {
  Invocation invocation;
  invocation.request = TRY(request_of(options, world));
  invocation.token_code = TRY(read_code(options, world));
  invocation.password = TRY(read_password_fd(options.saml_password_fd, world));
  invocation.may_prompt = !options.no_prompt;
  invocation.use_cache = !options.no_cache;
  invocation.keys = options.keys;
  invocation.reuse = options.renew_session ? issue::Reuse::nothing
                     : options.renew       ? issue::Reuse::sessions_only
                                           : issue::Reuse::everything;
  invocation.timeout = Seconds(options.timeout.value_or(options.command == Command::credential_process ? 55 : 120));
  invocation.by_saml = options.command == Command::saml;
  invocation.delivery = delivery_of(options);
  return invocation;
}

}  // namespace touchsts::cli
