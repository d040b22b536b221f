#include "os/secret_service.h"

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <dbus/dbus.h>

#include "base/untrusted.h"
#include "os/bus_connection.h"

namespace touchsts::os {
namespace {

constexpr const char* kName = "org.freedesktop.secrets";
constexpr const char* kServicePath = "/org/freedesktop/secrets";
constexpr const char* kService = "org.freedesktop.Secret.Service";
constexpr const char* kCollection = "org.freedesktop.Secret.Collection";
constexpr const char* kItem = "org.freedesktop.Secret.Item";
constexpr const char* kPrompt = "org.freedesktop.Secret.Prompt";
constexpr const char* kNoPrompt = "/";  // a path that stands for "none"
constexpr const char* kContentType = "application/octet-stream";

using Ask = io::SecretStore::Ask;
using Attributes = io::SecretStore::Attributes;

void append(DBusMessageIter& to, int type, const char* text) {
  dbus_message_iter_append_basic(&to, type, static_cast<const void*>(&text));
}

// append_variant writes a text as a{sv}'s and Properties' values are: in a variant.
void append_variant(DBusMessageIter& to, const char* text) {
  DBusMessageIter variant;
  dbus_message_iter_open_container(&to, DBUS_TYPE_VARIANT, DBUS_TYPE_STRING_AS_STRING, &variant);
  append(variant, DBUS_TYPE_STRING, text);
  dbus_message_iter_close_container(&to, &variant);
}

void append_attributes(DBusMessageIter& to, const Attributes& attributes) {
  DBusMessageIter list;
  dbus_message_iter_open_container(&to, DBUS_TYPE_ARRAY, "{ss}", &list);
  for (const auto& [name, value] : attributes) {
    DBusMessageIter entry;
    dbus_message_iter_open_container(&list, DBUS_TYPE_DICT_ENTRY, nullptr, &entry);
    append(entry, DBUS_TYPE_STRING, name.c_str());
    append(entry, DBUS_TYPE_STRING, value.c_str());
    dbus_message_iter_close_container(&list, &entry);
  }
  dbus_message_iter_close_container(&to, &list);
}

void append_bytes(DBusMessageIter& to, std::span<const std::byte> bytes) {
  DBusMessageIter list;
  dbus_message_iter_open_container(&to, DBUS_TYPE_ARRAY, DBUS_TYPE_BYTE_AS_STRING, &list);
  const std::byte* const data = bytes.data();
  dbus_message_iter_append_fixed_array(
      &list, DBUS_TYPE_BYTE, static_cast<const void*>(&data), static_cast<int>(bytes.size()));
  dbus_message_iter_close_container(&to, &list);
}

// A Secret is (o session, ay parameters, ay value, s content type).
void append_secret(DBusMessageIter& to, const std::string& session, const Secret& secret) {
  DBusMessageIter parts;
  dbus_message_iter_open_container(&to, DBUS_TYPE_STRUCT, nullptr, &parts);
  append(parts, DBUS_TYPE_OBJECT_PATH, session.c_str());
  append_bytes(parts, {});
  append_bytes(parts, secret.reveal());
  append(parts, DBUS_TYPE_STRING, kContentType);
  dbus_message_iter_close_container(&to, &parts);
}

// bytes_at gives the array of bytes under the cursor.
std::span<std::byte> bytes_at(DBusMessageIter& at) {
  DBusMessageIter list;
  dbus_message_iter_recurse(&at, &list);
  std::byte* data = nullptr;
  int size = 0;
  dbus_message_iter_get_fixed_array(&list, static_cast<void*>(&data), &size);
  return {data, size > 0 ? static_cast<std::size_t>(size) : 0};
}

// The third part of the Secret that the cursor stands before.
std::span<std::byte> value_of_secret(DBusMessageIter& at) {
  DBusMessageIter parts;
  dbus_message_iter_recurse(&at, &parts);
  dbus_message_iter_next(&parts);
  dbus_message_iter_next(&parts);
  return bytes_at(parts);
}

std::string text_at(DBusMessageIter& at) {
  const char* text = nullptr;
  dbus_message_iter_get_basic(&at, static_cast<void*>(&text));
  return text;
}

std::vector<std::string> paths_at(DBusMessageIter& at) {
  std::vector<std::string> paths;
  DBusMessageIter list;
  dbus_message_iter_recurse(&at, &list);
  while (dbus_message_iter_get_arg_type(&list) == DBUS_TYPE_OBJECT_PATH) {
    paths.push_back(text_at(list));
    dbus_message_iter_next(&list);
  }
  return paths;
}

// libdbus's copy of a message is its own memory, but what was in it can be overwritten.
class WipedSecret {
 public:
  explicit WipedSecret(std::span<std::byte> bytes) : bytes_(bytes) {}
  WipedSecret(const WipedSecret&) = delete;
  WipedSecret& operator=(const WipedSecret&) = delete;
  ~WipedSecret() { wipe(bytes_); }

 private:
  std::span<std::byte> bytes_;
};

class Conversation {
 public:
  static Result<Conversation> open(const io::Environment& environment, Ask ask, Deadline deadline) {
    const std::string address = session_address(environment);
    if (address.empty()) {
      return fail(Fault::key_store, "there is no session bus");
    }
    auto bus = BusConnection::open(address);
    if (bus == nullptr) {
      return fail(Fault::key_store, "this user has no session bus");
    }
    const bool display = !environment.get("DISPLAY").empty() || !environment.get("WAYLAND_DISPLAY").empty();
    Conversation conversation(std::move(bus), display, display && ask == Ask::yes, deadline);
    conversation.session_ = TRY(conversation.open_session());
    return conversation;
  }

  Result<std::optional<Secret>> find(const Attributes& attributes) {
    auto [unlocked, locked] = TRY(search(attributes));
    if (unlocked.empty() && locked.empty()) {
      return std::nullopt;
    }
    if (unlocked.empty()) {
      TRY(unlock(locked.front()));
      unlocked.push_back(locked.front());
    }
    const Message question = method(unlocked.front(), kItem, "GetSecret");
    DBusMessageIter arguments;
    dbus_message_iter_init_append(question.get(), &arguments);
    append(arguments, DBUS_TYPE_OBJECT_PATH, session_.c_str());
    const Message reply = TRY(ask(question.get(), "(oayays)"));
    DBusMessageIter at;
    dbus_message_iter_init(reply.get(), &at);
    const auto value = value_of_secret(at);
    const WipedSecret wiped(value);
    return Secret(value);
  }

  Result<> keep(const std::string& label, const Attributes& attributes, const Secret& secret) {
    const std::string collection = TRY(default_collection());
    if (TRY(is_locked(collection))) {
      TRY(unlock(collection));
    }
    const Message question = method(collection, kCollection, "CreateItem");
    DBusMessageIter arguments;
    dbus_message_iter_init_append(question.get(), &arguments);
    append_properties(arguments, label, attributes);
    append_secret(arguments, session_, secret);
    const dbus_bool_t replace = 1;
    dbus_message_iter_append_basic(&arguments, DBUS_TYPE_BOOLEAN, &replace);
    auto answered = ask(question.get(), "oo");
    DBusMessageIter at;
    dbus_message_iter_init(question.get(), &at);
    dbus_message_iter_next(&at);
    wipe(value_of_secret(at));
    const Message reply = TRY(std::move(answered));
    dbus_message_iter_init(reply.get(), &at);
    dbus_message_iter_next(&at);
    return hinted_by("answer it where you see it: touchsts setup --secret-service",
                     finish(text_at(at), "the desktop's secret store asks before it keeps something"));
  }

  Result<> remove(const Attributes& attributes) {
    const auto [unlocked, locked] = TRY(search(attributes));
    for (const auto* const items : {&unlocked, &locked}) {
      for (const auto& item : *items) {
        const Message reply = TRY(ask(method(item, kItem, "Delete").get(), "o"));
        DBusMessageIter at;
        dbus_message_iter_init(reply.get(), &at);
        TRY(finish(text_at(at), "the desktop's secret store asks before it removes something"));
      }
    }
    return {};
  }

 private:
  Conversation(std::unique_ptr<BusConnection> bus, bool display, bool may_ask, Deadline deadline)
      : bus_(std::move(bus)), display_(display), may_ask_(may_ask), deadline_(deadline) {}

  // Without a display no secret service is started, since its questions could not be seen.
  [[nodiscard]] Message method(const std::string& path, const char* interface, const char* name) const {
    Message message(dbus_message_new_method_call(kName, path.c_str(), interface, name));
    dbus_message_set_auto_start(message.get(), display_ ? 1 : 0);
    return message;
  }

  // ask fails unless the answer has this signature, so what reads it needs no checks.
  Result<Message> ask(DBusMessage* question, const char* signature) {
    Message reply = bus_->ask(question, deadline_);
    if (reply == nullptr) {
      return fail(Fault::key_store, "the desktop's secret service does not answer");
    }
    if (dbus_message_get_type(reply.get()) == DBUS_MESSAGE_TYPE_ERROR) {
      const std::string_view name = dbus_message_get_error_name(reply.get());
      if (name == DBUS_ERROR_SERVICE_UNKNOWN || name == DBUS_ERROR_NAME_HAS_NO_OWNER) {
        return fail(Fault::key_store, "this session has no secret service");
      }
      return fail(Fault::key_store, "the desktop's secret service refuses: {}", Untrusted{name});
    }
    if (dbus_message_has_signature(reply.get(), signature) == 0) {
      return fail(Fault::key_store, "the desktop's secret service gives an answer of another kind");
    }
    return reply;
  }

  Result<std::string> open_session() {
    const Message question = method(kServicePath, kService, "OpenSession");
    DBusMessageIter arguments;
    dbus_message_iter_init_append(question.get(), &arguments);
    append(arguments, DBUS_TYPE_STRING, "plain");
    append_variant(arguments, "");
    const Message reply = TRY(ask(question.get(), "vo"));
    DBusMessageIter at;
    dbus_message_iter_init(reply.get(), &at);
    dbus_message_iter_next(&at);
    return text_at(at);
  }

  using Paths = std::vector<std::string>;
  Result<std::pair<Paths, Paths>> search(const Attributes& attributes) {
    const Message question = method(kServicePath, kService, "SearchItems");
    DBusMessageIter arguments;
    dbus_message_iter_init_append(question.get(), &arguments);
    append_attributes(arguments, attributes);
    const Message reply = TRY(ask(question.get(), "aoao"));
    DBusMessageIter at;
    dbus_message_iter_init(reply.get(), &at);
    Paths unlocked = paths_at(at);
    dbus_message_iter_next(&at);
    return std::pair(std::move(unlocked), paths_at(at));
  }

  Result<std::string> default_collection() {
    const Message question = method(kServicePath, kService, "ReadAlias");
    DBusMessageIter arguments;
    dbus_message_iter_init_append(question.get(), &arguments);
    append(arguments, DBUS_TYPE_STRING, "default");
    const Message reply = TRY(ask(question.get(), "o"));
    DBusMessageIter at;
    dbus_message_iter_init(reply.get(), &at);
    std::string path = text_at(at);
    if (path == kNoPrompt) {
      return fail(Fault::key_store, "the desktop's secret service has no default collection");
    }
    return path;
  }

  Result<bool> is_locked(const std::string& collection) {
    const Message question = method(collection, DBUS_INTERFACE_PROPERTIES, "Get");
    DBusMessageIter arguments;
    dbus_message_iter_init_append(question.get(), &arguments);
    append(arguments, DBUS_TYPE_STRING, kCollection);
    append(arguments, DBUS_TYPE_STRING, "Locked");
    const Message reply = TRY(ask(question.get(), "v"));
    DBusMessageIter at;
    DBusMessageIter value;
    dbus_message_iter_init(reply.get(), &at);
    dbus_message_iter_recurse(&at, &value);
    if (dbus_message_iter_get_arg_type(&value) != DBUS_TYPE_BOOLEAN) {
      return fail(Fault::key_store, "the desktop's secret service gives an answer of another kind");
    }
    dbus_bool_t locked = 1;
    dbus_message_iter_get_basic(&value, &locked);
    return locked != 0;
  }

  Result<> unlock(const std::string& object) {
    if (!may_ask_) {
      return hinted(fail(Fault::key_store, "the desktop's secret store is locked"),
                    display_ ? "" : "unlock it on the desktop; there is no display here on which it could ask");
    }
    const Message question = method(kServicePath, kService, "Unlock");
    DBusMessageIter arguments;
    dbus_message_iter_init_append(question.get(), &arguments);
    DBusMessageIter list;
    dbus_message_iter_open_container(&arguments, DBUS_TYPE_ARRAY, DBUS_TYPE_OBJECT_PATH_AS_STRING, &list);
    append(list, DBUS_TYPE_OBJECT_PATH, object.c_str());
    dbus_message_iter_close_container(&arguments, &list);
    const Message reply = TRY(ask(question.get(), "aoo"));
    DBusMessageIter at;
    dbus_message_iter_init(reply.get(), &at);
    dbus_message_iter_next(&at);
    return finish(text_at(at), "the desktop's secret store stays locked");
  }

  static Result<> hinted_by(const char* hint, Result<> result) {
    if (!result) {
      result.error().hint = hint;
    }
    return result;
  }

  // finish lets the person answer the prompt that an operation ended in, if it did. `otherwise` says what it is for.
  Result<> finish(const std::string& prompt, std::string_view otherwise) {
    if (prompt == kNoPrompt) {
      return {};
    }
    const std::string rule = std::string("type='signal',interface='") + kPrompt + "',path='" + prompt + "'";
    const Message match(
        dbus_message_new_method_call(DBUS_SERVICE_DBUS, DBUS_PATH_DBUS, DBUS_INTERFACE_DBUS, "AddMatch"));
    DBusMessageIter arguments;
    dbus_message_iter_init_append(match.get(), &arguments);
    append(arguments, DBUS_TYPE_STRING, rule.c_str());
    TRY(ask(match.get(), ""));
    const Message show = method(prompt, kPrompt, "Prompt");
    dbus_message_iter_init_append(show.get(), &arguments);
    append(arguments, DBUS_TYPE_STRING, "");
    TRY(ask(show.get(), ""));
    const Message completed = bus_->await_signal(prompt, kPrompt, "Completed", deadline_);
    if (completed == nullptr) {
      const Message dismiss = method(prompt, kPrompt, "Dismiss");
      dbus_message_set_no_reply(dismiss.get(), 1);
      bus_->call(dismiss.get());
      return fail(Fault::no_human, "{}, and nobody answered in time", otherwise);
    }
    DBusMessageIter at;
    dbus_bool_t dismissed = 1;
    if (dbus_message_has_signature(completed.get(), "bv") != 0 && dbus_message_iter_init(completed.get(), &at) != 0) {
      dbus_message_iter_get_basic(&at, &dismissed);
    }
    return dismissed == 0 ? Result<>() : fail(Fault::no_human, "{}", otherwise);
  }

  static void append_properties(DBusMessageIter& to, const std::string& label, const Attributes& attributes) {
    DBusMessageIter list;
    DBusMessageIter entry;
    dbus_message_iter_open_container(&to, DBUS_TYPE_ARRAY, "{sv}", &list);
    dbus_message_iter_open_container(&list, DBUS_TYPE_DICT_ENTRY, nullptr, &entry);
    append(entry, DBUS_TYPE_STRING, "org.freedesktop.Secret.Item.Label");
    append_variant(entry, label.c_str());
    dbus_message_iter_close_container(&list, &entry);
    dbus_message_iter_open_container(&list, DBUS_TYPE_DICT_ENTRY, nullptr, &entry);
    append(entry, DBUS_TYPE_STRING, "org.freedesktop.Secret.Item.Attributes");
    DBusMessageIter variant;
    dbus_message_iter_open_container(&entry, DBUS_TYPE_VARIANT, "a{ss}", &variant);
    append_attributes(variant, attributes);
    dbus_message_iter_close_container(&entry, &variant);
    dbus_message_iter_close_container(&list, &entry);
    dbus_message_iter_close_container(&to, &list);
  }

  std::unique_ptr<BusConnection> bus_;
  bool display_;
  bool may_ask_;
  Deadline deadline_;
  std::string session_;
};

}  // namespace

Result<std::optional<Secret>> SecretService::find(const Attributes& attributes, Ask ask, Deadline deadline) {
  return TRY(Conversation::open(environment_, ask, deadline)).find(attributes);
}

Result<> SecretService::keep(
    const std::string& label, const Attributes& attributes, const Secret& secret, Ask ask, Deadline deadline) {
  return TRY(Conversation::open(environment_, ask, deadline)).keep(label, attributes, secret);
}

Result<> SecretService::remove(const Attributes& attributes, Deadline deadline) {
  return TRY(Conversation::open(environment_, Ask::no, deadline)).remove(attributes);
}

}  // namespace touchsts::os
