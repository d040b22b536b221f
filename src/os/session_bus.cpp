#include "os/session_bus.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <poll.h>
#include <string_view>
#include <utility>
#include <vector>

#include <dbus/dbus.h>

#include "os/waiting.h"

namespace touchsts::os {
namespace {

using namespace std::chrono_literals;

constexpr auto kFarewell = 300ms;  // for taking a notice back
constexpr const char* kService = "org.freedesktop.Notifications";
constexpr const char* kPath = "/org/freedesktop/Notifications";
constexpr std::uint8_t kCritical = 2;  // urgency: stays until it is taken back
constexpr std::int32_t kNeverExpires = 0;

template <auto Release>
struct With {
  template <class Type>
  void operator()(Type* owned) const {
    Release(owned);
  }
};
using Message = std::unique_ptr<DBusMessage, With<dbus_message_unref>>;
using Pending = std::unique_ptr<DBusPendingCall, With<dbus_pending_call_unref>>;

// libdbus would also run programs named in an address; a session's bus is a socket.
std::string address_of(const io::Environment& environment) {
  const std::string named(environment.get("DBUS_SESSION_BUS_ADDRESS"));
  if (!named.empty()) {
    return named.starts_with("unix:path=") || named.starts_with("unix:abstract=") ? named.substr(0, named.find(';'))
                                                                                  : "";
  }
  const std::string folder(environment.get("XDG_RUNTIME_DIR"));
  if (folder.empty()) {
    return "";
  }
  char* const path = dbus_address_escape_value((folder + "/bus").c_str());
  const std::string address = path != nullptr ? std::string("unix:path=") + path : "";
  dbus_free(path);
  return address;
}

// The body of a notice is markup.
std::string marked_up(std::string_view text) {
  std::string result;
  for (const char c : text) {
    result += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : std::string(1, c);
  }
  return result;
}

// Connection is a private connection to a bus. libdbus says by its watches what it waits for.
class Connection {
 public:
  static std::unique_ptr<Connection> open(const std::string& address) {
    DBusConnection* const bus = dbus_connection_open_private(address.c_str(), nullptr);
    return bus != nullptr ? std::unique_ptr<Connection>(new Connection(bus)) : nullptr;
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() {
    dbus_connection_close(bus_);
    dbus_connection_unref(bus_);
  }

  Pending call(DBusMessage* message) {
    DBusPendingCall* pending = nullptr;
    dbus_connection_send_with_reply(bus_, message, &pending, DBUS_TIMEOUT_INFINITE);
    return Pending(pending);
  }
  void send(DBusMessage* message) { dbus_connection_send(bus_, message, nullptr); }

  [[nodiscard]] bool alive() const { return dbus_connection_get_is_connected(bus_) != 0; }
  [[nodiscard]] bool idle() const { return dbus_connection_has_messages_to_send(bus_) == 0; }

  std::optional<io::Background::Wish> wants() {
    io::Background::Wish wish{-1, 0};
    for (DBusWatch* const watch : watches_) {
      if (dbus_watch_get_enabled(watch) != 0) {
        const unsigned flags = dbus_watch_get_flags(watch);
        wish.descriptor = dbus_watch_get_unix_fd(watch);
        wish.events = static_cast<short>(wish.events | ((flags & DBUS_WATCH_READABLE) != 0 ? POLLIN : 0) |
                                         ((flags & DBUS_WATCH_WRITABLE) != 0 ? POLLOUT : 0));
      }
    }
    return alive() && wish.descriptor >= 0 ? std::optional(wish) : std::nullopt;
  }

  void advance() {
    const std::vector<DBusWatch*> watches = watches_;  // handling one may change the list
    for (DBusWatch* const watch : watches) {
      if (!std::ranges::contains(watches_, watch) || dbus_watch_get_enabled(watch) == 0) {
        continue;
      }
      pollfd ready{dbus_watch_get_unix_fd(watch), POLLIN | POLLOUT, 0};
      poll(&ready, 1, 0);
      const auto seen = [&ready](short events) { return (ready.revents & events) != 0; };
      const unsigned flags = (seen(POLLIN) ? DBUS_WATCH_READABLE : 0U) | (seen(POLLOUT) ? DBUS_WATCH_WRITABLE : 0U) |
                             (seen(POLLERR) ? DBUS_WATCH_ERROR : 0U) | (seen(POLLHUP) ? DBUS_WATCH_HANGUP : 0U);
      const unsigned wanted = flags & (dbus_watch_get_flags(watch) | DBUS_WATCH_ERROR | DBUS_WATCH_HANGUP);
      if (wanted != 0) {
        dbus_watch_handle(watch, wanted);
      }
    }
    while (dbus_connection_dispatch(bus_) == DBUS_DISPATCH_DATA_REMAINS) {
    }
  }

 private:
  explicit Connection(DBusConnection* bus) : bus_(bus) {
    dbus_connection_set_exit_on_disconnect(bus, 0);
    dbus_connection_set_watch_functions(bus, &Connection::add, &Connection::remove, nullptr, this, nullptr);
  }

  static dbus_bool_t add(DBusWatch* watch, void* self) {
    static_cast<Connection*>(self)->watches_.push_back(watch);
    return 1;
  }
  static void remove(DBusWatch* watch, void* self) { std::erase(static_cast<Connection*>(self)->watches_, watch); }

  DBusConnection* bus_;
  std::vector<DBusWatch*> watches_;
};

Message hello() {
  return Message(dbus_message_new_method_call(DBUS_SERVICE_DBUS, DBUS_PATH_DBUS, DBUS_INTERFACE_DBUS, "Hello"));
}

void append_text(DBusMessageIter& to, const char* text) {
  dbus_message_iter_append_basic(&to, DBUS_TYPE_STRING, static_cast<const void*>(&text));
}

// Notify(app_name, replaces_id, app_icon, summary, body, actions, hints, expire_timeout), Desktop Notifications 1.2.
Message notify(const std::string& summary, const std::string& body) {
  Message message(dbus_message_new_method_call(kService, kPath, kService, "Notify"));
  DBusMessageIter arguments;
  dbus_message_iter_init_append(message.get(), &arguments);
  const std::uint32_t replaces = 0;
  const std::string markup = marked_up(body);
  append_text(arguments, "touchsts");
  dbus_message_iter_append_basic(&arguments, DBUS_TYPE_UINT32, &replaces);
  append_text(arguments, "dialog-password");
  append_text(arguments, summary.c_str());
  append_text(arguments, markup.c_str());
  DBusMessageIter list;
  dbus_message_iter_open_container(&arguments, DBUS_TYPE_ARRAY, DBUS_TYPE_STRING_AS_STRING, &list);
  dbus_message_iter_close_container(&arguments, &list);
  dbus_message_iter_open_container(&arguments, DBUS_TYPE_ARRAY, "{sv}", &list);
  DBusMessageIter entry;
  DBusMessageIter value;
  dbus_message_iter_open_container(&list, DBUS_TYPE_DICT_ENTRY, nullptr, &entry);
  append_text(entry, "urgency");
  dbus_message_iter_open_container(&entry, DBUS_TYPE_VARIANT, DBUS_TYPE_BYTE_AS_STRING, &value);
  dbus_message_iter_append_basic(&value, DBUS_TYPE_BYTE, &kCritical);
  dbus_message_iter_close_container(&entry, &value);
  dbus_message_iter_close_container(&list, &entry);
  dbus_message_iter_close_container(&arguments, &list);
  dbus_message_iter_append_basic(&arguments, DBUS_TYPE_INT32, &kNeverExpires);
  return message;
}

class Notice : public io::Background {
 public:
  Notice(std::unique_ptr<Connection> connection, const std::string& summary, const std::string& body)
      : connection_(std::move(connection)) {
    connection_->send(hello().get());
    shown_ = connection_->call(notify(summary, body).get());
  }
  Notice(const Notice&) = delete;
  Notice& operator=(const Notice&) = delete;
  ~Notice() override { take_back(); }

  std::optional<Wish> wants() override { return connection_->wants(); }
  void advance() override { connection_->advance(); }
  void abandon() override { take_back(); }

 private:
  // Who shows notices gives them numbers; without one there is nothing to take back.
  void take_back() {
    const Deadline deadline = std::chrono::steady_clock::now() + kFarewell;
    drive(deadline, [this] { return shown_ == nullptr || dbus_pending_call_get_completed(shown_.get()) != 0; });
    const std::optional<std::uint32_t> number = number_of_notice();
    if (!number) {
      return;
    }
    const Message close(dbus_message_new_method_call(kService, kPath, kService, "CloseNotification"));
    dbus_message_append_args(close.get(), DBUS_TYPE_UINT32, &*number, DBUS_TYPE_INVALID);
    // The answer is awaited: a bus drops what a client that is gone has asked for.
    const Pending closed = connection_->call(close.get());
    drive(deadline, [&closed] { return closed == nullptr || dbus_pending_call_get_completed(closed.get()) != 0; });
  }

  std::optional<std::uint32_t> number_of_notice() {
    if (shown_ == nullptr || dbus_pending_call_get_completed(shown_.get()) == 0) {
      return std::nullopt;
    }
    const Message reply(dbus_pending_call_steal_reply(shown_.get()));
    shown_ = nullptr;
    std::uint32_t number = 0;
    const bool fits = reply != nullptr && dbus_message_get_type(reply.get()) == DBUS_MESSAGE_TYPE_METHOD_RETURN &&
                      dbus_message_get_args(reply.get(), nullptr, DBUS_TYPE_UINT32, &number, DBUS_TYPE_INVALID) != 0;
    return fits ? std::optional(number) : std::nullopt;
  }

  template <class Done>
  void drive(Deadline deadline, Done done) {
    while (!done() && connection_->alive() && std::chrono::steady_clock::now() < deadline) {
      if (const auto wish = connection_->wants()) {
        wait_for(wish->descriptor, wish->events, deadline);
      }
      connection_->advance();
    }
  }

  std::unique_ptr<Connection> connection_;
  Pending shown_;
};

}  // namespace

std::unique_ptr<io::Background> SessionBus::show(const std::string& summary, const std::string& body) {
  dbus_connection_set_change_sigpipe(0);
  const std::string address = address_of(environment_);
  auto connection = address.empty() ? nullptr : Connection::open(address);
  return connection != nullptr ? std::make_unique<Notice>(std::move(connection), summary, body) : nullptr;
}

}  // namespace touchsts::os
