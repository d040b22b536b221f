#include "cli/doctor_command.h"

#include <algorithm>
#include <chrono>
#include <tuple>

#include "base/arena.h"
#include "base/format.h"
#include "base/untrusted.h"
#include "cache/entry_store.h"
#include "card/ccid_descriptor.h"
#include "card/management.h"
#include "card/oath.h"
#include "card/pcsc_channel.h"
#include "cli/exit_codes.h"
#include "cli/key_store.h"
#include "cli/store_state.h"
#include "codec/json.h"
#include "settings/lint.h"
#include "steps/person.h"
#include "steps/yubikeys.h"

namespace touchsts::cli {
namespace {

constexpr std::uint16_t kYubico = 0x1050;
constexpr std::size_t kLongestMark = std::size_t{64} * 1024;
constexpr Seconds kPatience{10};  // with the keys

enum class State { ok, note, trouble };

struct Observation {
  State state;
  Fault fault;  // of trouble
  std::string what;
  std::string text;
  std::string hint;
};

class Doctor {
 public:
  Doctor(const settings::Surroundings& around, const KeyOptions& options, io::World& world)
      : around_(around), options_(options), world_(world) {}

  std::vector<Observation> run() {
    look_at_configuration();
    look_at_cache();
    look_at_modes();
    look_at_memory();
    look_at_sandbox();
    look_at_usb();
    look_at_pcscd();
    look_at_keys();
    look_at_person();
    return std::move(seen_);
  }

 private:
  void good(std::string what, std::string text, std::string hint = "") {
    seen_.push_back({State::ok, Fault::other, std::move(what), std::move(text), std::move(hint)});
  }
  // Does not stop every user.
  void note(std::string what, std::string text, std::string hint = "") {
    seen_.push_back({State::note, Fault::other, std::move(what), std::move(text), std::move(hint)});
  }
  void bad(std::string what, const Error& error) {
    seen_.push_back({State::trouble, error.fault, std::move(what), error.text, error.hint});
  }

  void look_at_configuration() {
    std::ranges::for_each(around_.faults, [this](const auto& fault) { bad("configuration", fault.error); });
    const auto findings = settings::lint(around_, "");
    const auto errors = std::ranges::count(findings, settings::Finding::Weight::error, &settings::Finding::weight);
    const std::string text = formatted("{} errors, {} warnings", errors, static_cast<long>(findings.size()) - errors);
    const std::string hint = findings.empty() ? "" : "touchsts config check says which";
    if (errors != 0) {
      bad("configuration", {Fault::configuration, text, hint});
    } else {
      good("configuration", text, hint);
    }
  }

  void look_at_cache() {
    auto keys = open_key_store(options_, around_, world_);
    if (!keys) {
      return bad("cache", keys.error());
    }
    cache::SessionKey key(*keys);
    const auto found = key.find();
    if (!found) {
      return bad("cache key", found.error());
    }
    look_at_key(*keys, *found != nullptr);
    cache::EntryStore store = open_entry_store(around_, key, world_);
    const auto listed = store.list();
    if (!listed) {
      return bad("cache", listed.error());
    }
    if (!around_.paths.cache_home.empty()) {
      good("cache", formatted("{} entries in {}/touchsts", listed->size(), around_.paths.cache_home));
    }
  }

  void look_at_key(keys::Store& keys, bool there) {
    const auto state = store_state(keys);
    if (!state) {
      return bad("key store", state.error());
    }
    if (state->named) {
      return look_at_named(keys.sources(), *state->named);
    }
    const std::string scope = world_.keyring.scope_name(keys.sources().scope);
    const auto kept = world_.keyring.probe(keys.sources().scope);
    if (kept) {
      good("cache key",
           formatted("kernel keyring, {}{}{}",
                     scope,
                     scope == "session" ? ", until this session ends" : "",
                     there ? "" : "; made with the first session"));
    } else if (state->opens() || state->offered) {
      note("cache key",
           kept.error().text + (state->opens() ? "; so every run gets it from the key store"
                                               : "; the desktop's secret store may keep it"),
           state->opens() ? "" : "touchsts setup");
    } else {
      bad("cache key", {Fault::key_store, kept.error().text + ", so nothing is cached", kept.error().hint});
    }
    look_at_protectors(*state, keys.sources().passphrase.has_value());
  }

  // systemd keeps its credentials in memory, and brings them back.
  void look_at_named(const keys::Sources& sources, const std::string& text) {
    if (!sources.key_file.empty() && sources.key_file_from != "CREDENTIALS_DIRECTORY" &&
        world_.files.in_memory(sources.key_file)) {
      note("cache key",
           text + " lies in memory (tmpfs): a reboot removes it, and what is stored under it cannot be read then",
           "keep it on a disk");
    } else {
      good("cache key", text);
    }
  }

  void look_at_protectors(const StoreState& state, bool passphrase_given) {
    if (state.protectors.empty()) {
      return note("key store", "none: cached sessions are lost at reboot", "touchsts setup makes one");
    }
    if (state.unlocked()) {
      good("key store", state.in_keyring ? "unlocked" : "unlocked by a run, without asking");
    } else {
      good("key store", "locked", "touchsts cache unlock, when stored keys are needed");
    }
    for (const auto& [holder, name, open, why] : state.protectors) {
      if (!open && (holder == keys::Holder::secret_service || passphrase_given)) {
        note("key store", formatted("{}: {}", name, why));
      }
    }
  }

  // Who may read what: our folders, and the files that hold keys or say what is run.
  void look_at_modes() {
    look_at_folder(around_.paths.cache_home, "sessions cannot be cached, and every call may need a code");
    look_at_folder(around_.paths.data_home, "nothing can be stored");
    for (const auto& [path, mode, secret] : {std::tuple(&around_.paths.credentials, &around_.credentials_mode, true),
                                             std::tuple(&around_.paths.config, &around_.config_mode, false),
                                             std::tuple(&around_.paths.own, &around_.own_mode, false)}) {
      if (!mode->there) {
        continue;
      }
      const std::string text = formatted("{} has mode {:04o}", *path, mode->mode);
      if (const auto distrust = world_.files.distrust(*path)) {
        note("modes", formatted("{}: {}", text, distrust->why), distrust->remedy);
      } else if (secret && (mode->mode & 077) != 0) {
        note("modes", text + ": it can be read by others", formatted("chmod 600 {}", Untrusted{*path}));
      } else {
        good("modes", text);
      }
    }
  }

  // Whether it can be written is told by doing it; where there is none, by what is above it.
  void look_at_folder(const std::string& home, std::string_view loss) {
    if (home.empty()) {
      return bad("modes",
                 {Fault::configuration,
                  formatted("there is no home folder of yours, so {}", loss),
                  "set HOME, or XDG_CACHE_HOME and XDG_DATA_HOME"});
    }
    const std::string path = home + "/touchsts";
    const auto folder = world_.files.private_folder(home, "touchsts", io::Files::Create::no);
    if (!folder) {
      return bad("modes",
                 {Fault::configuration, formatted("{}, so {}", folder.error().text, loss), folder.error().hint});
    }
    const auto writable = *folder ? try_writing(**folder) : world_.files.can_make(path);
    if (!writable) {
      bad("modes",
          {Fault::configuration,
           formatted("{}: {}, so {}", Untrusted{path}, writable.error().text, loss),
           "give it room and rights, or name other folders: XDG_CACHE_HOME, XDG_DATA_HOME"});
    } else {
      good("modes", *folder ? path + " is private (0700) and can be written" : path + " is not there yet");
    }
  }

  static Result<> try_writing(io::PrivateFolder& folder) {
    constexpr const char* kName = ".doctor";
    const std::vector<std::byte> some(4096);  // so that a full disk shows
    TRY(folder.write(kName, some));
    return folder.remove(kName);
  }

  void look_at_memory() {
    constexpr std::string_view kCore = "; core files and debuggers are kept out";
    if (arena::locked()) {
      return good("memory", "secrets are locked into it, so they are never swapped out" + std::string(kCore));
    }
    const std::string hint = "raise the limit of locked memory (ulimit -l)";
    const auto swaps = world_.files.read("/proc/swaps", kLongestMark);
    const bool known = swaps && *swaps;
    // The first line is a heading.
    const std::string areas = known ? swapped_to((*swaps)->bytes.reveal_text()) : "";
    if (known && areas.empty()) {
      good("memory", "secrets cannot be locked into it, but nothing is swapped out here" + std::string(kCore), hint);
    } else {
      note(
          "memory", "secrets may be swapped out" + (known ? " to " + areas : std::string()) + std::string(kCore), hint);
    }
  }

  // The swap areas of /proc/swaps (proc(5)).
  static std::string swapped_to(std::string_view table) {
    std::string areas;
    for (auto line = table.find('\n'); line != std::string_view::npos && line + 1 < table.size();
         line = table.find('\n', line + 1)) {
      const std::string_view area = table.substr(line + 1, table.find_first_of(" \t\n", line + 1) - line - 1);
      areas += (areas.empty() ? "" : ", ") + printable(area);
    }
    return areas;
  }

  void look_at_sandbox() {
    const bool pages = world_.html.jailed();
    const bool endpoint = world_.endpoints.jailed();
    if (pages && endpoint) {
      return good("sandbox", "the credential endpoint and the HTML parser run sandboxed (seccomp)");
    }
    if (!pages) {
      const bool allowed = world_.environment.get("TOUCHSTS_SANDBOX") == "0";
      note("sandbox",
           formatted("system calls cannot be filtered here, so pages of SAML sign-ins are {}",
                     allowed ? "read without a sandbox (TOUCHSTS_SANDBOX=0)" : "not read"),
           allowed ? "" : "saml_provider = browser does without");
    }
    if (!endpoint) {
      note("sandbox", "the endpoint of touchsts serve runs without a sandbox here: it has all the rights of its user");
    }
  }

  bool in_container() {
    const auto there = [this](const char* path) {
      const auto file = world_.files.read(path, kLongestMark);
      return !file || *file;  // one that cannot be read is there too
    };
    return world_.environment.has("container") || there("/run/.containerenv") || there("/.dockerenv");
  }

  void look_at_usb() {
    std::size_t keys = 0;
    for (const auto& device : world_.usb.devices()) {
      if (device.vendor == kYubico) {
        ++keys;
        look_at(device);
      }
    }
    if (keys == 0) {
      note("usb",
           "no YubiKey is plugged in",
           in_container() ? "hand it to this container: --device /dev/bus/usb"
                          : "plug it in, if codes are to come from it");
    }
  }

  void look_at(const io::UsbDevice& device) {
    const std::string what = "usb " + device.node;
    const auto readers = card::find_ccid(device.configuration);
    if (!readers || readers->empty()) {
      return bad(what,
                 {Fault::device,
                  formatted("the YubiKey ({:04x}:{:04x}) has no smart card interface", device.vendor, device.product),
                  "switch it on with Yubico's own program: ykman config usb --enable OATH"});
    }
    const auto pipe = world_.usb.claim(device, readers->front().endpoints);
    if (pipe) {
      return good(what, formatted("a YubiKey ({:04x}:{:04x}), ready", device.vendor, device.product));
    }
    switch (pipe.error().trouble) {
      case io::UsbTrouble::access:
        return bad(what, {Fault::device, "this user may not open the YubiKey's node", access_hint()});
      case io::UsbTrouble::busy: {
        const std::string holder = world_.usb.holder(device);
        return note(what,
                    "the YubiKey is held by " + (holder.empty() ? "another program" : holder),
                    "touchsts shares it with pcscd and scdaemon and waits for another touchsts");
      }
      default:
        return bad(what, pipe.error().error);
    }
  }

  std::string access_hint() {
    if (in_container()) {
      return "hand the node to this container with rights for its user";
    }
    // Who sits at the machine gets the node with the seat.
    return std::string(steps::kAccessHint) +
           (world_.environment.get("XDG_SEAT").empty()
                ? R"(; away from the machine's own seat add , GROUP="plugdev", MODE="0660" to it and join that group)"
                : "");
  }

  void look_at_pcscd() {
    auto client = card::PcscClient::open(world_.sockets, world_.clock.steady() + kPatience);
    if (client && !*client) {
      return good("pcscd", "does not run, and is not needed");
    }
    auto readers = client ? (*client)->readers() : Result<std::vector<std::string>>(std::unexpected(client.error()));
    if (!readers) {
      return bad("pcscd", readers.error());
    }
    std::string names;
    for (const auto& reader : *readers) {
      names += (names.empty() ? "" : ", ") + printable(reader);
    }
    good("pcscd", names.empty() ? "runs, without a card" : "has a card in " + names);
  }

  void look_at_keys() {
    const Deadline deadline = world_.clock.steady() + kPatience;
    const aws::Value* const reader = around_.own.defaults.find("pcsc_reader");
    auto keys = steps::open_keys(world_, {{}, reader != nullptr ? reader->text : ""}, deadline);
    if (!keys) {
      return bad("key", keys.error());
    }
    for (auto& key : *keys) {
      const auto serial = card::read_serial(*key.channel, deadline);
      const auto session = card::OathSession::select(*key.channel, world_.random, deadline);
      const auto text_of = [](const card::OathSession& opened) {
        const auto& [major, minor, patch] = opened.version();
        return formatted(
            "OATH {}.{}.{}, {}", major, minor, patch, opened.locked() ? "with a password" : "without a password");
      };
      const std::string what = serial && *serial ? formatted("key {}", **serial) : "key " + key.node;
      if (!session) {
        bad(what, session.error());
      } else {
        good(what, text_of(*session));
      }
    }
  }

  void look_at_person() {
    if (world_.terminal.in_reach()) {
      good("asking", "on this terminal");
    } else if (steps::Person(world_, "").in_reach()) {
      good("asking", "through pinentry");
    } else {
      note("asking",
           "there is no terminal, display or GPG_TTY",
           "a touch can be awaited here, but no code can be typed");
    }
  }

  const settings::Surroundings& around_;
  const KeyOptions& options_;
  io::World& world_;
  std::vector<Observation> seen_;
};

}  // namespace

Result<int> doctor(const NativeOptions& options,
                   const settings::Surroundings& around,
                   TextFormat format,
                   io::World& world) {
  codec::Json json = codec::Json::array();
  std::string text;
  int code = 0;
  constexpr std::string_view kStates[] = {"ok", "note", "trouble"};
  for (const auto& [found, fault, what, words, hint] : Doctor(around, options.keys, world).run()) {
    const std::string_view state = kStates[static_cast<std::size_t>(found)];
    json.push_back({{"state", state}, {"what", what}, {"text", words}, {"hint", hint}});
    text += formatted(
        "{:<7}  {}: {}{}{}\n", state, Untrusted{what}, Untrusted{words}, hint.empty() ? "" : "; ", Untrusted{hint});
    code = found == State::trouble && code == 0 ? exit_code(fault) : code;
  }
  TRY(world.output.result(format == TextFormat::json ? codec::to_text(json) + "\n" : text));
  return code;
}

}  // namespace touchsts::cli
