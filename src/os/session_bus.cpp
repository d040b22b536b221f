#include "os/session_bus.h"

#include <chrono>
#include <cstdint>
#include <string_view>
#include <utility>

#include <dbus/dbus.h>

#include "os/bus_connection.h"

namespace touchsts::os {
namespace {

using namespace std::chrono_literals;

constexpr auto kFarewell = 300ms;  // for taking a notice back
constexpr const char* kService = "org.freedesktop.Notifications";
constexpr const char* kPath = "/org/freedesktop/Notifications";
constexpr std::uint8_t kCritical = 2;  // urgency: stays until it is taken back
constexpr std::int32_t kNeverExpires = 0;

// The body of a notice is markup.
std::string marked_up(std::string_view text) {
  std::string result;
  for (const char c : text) {
    result += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : std::string(1, c);
  }
  return result;
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
  Notice(std::unique_ptr<BusConnection> connection, const std::string& summary, const std::string& body)
      : connection_(std::move(connection)) {
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
    const std::optional<std::uint32_t> number = number_of_notice(deadline);
    if (!number) {
      return;
    }
    const Message close(dbus_message_new_method_call(kService, kPath, kService, "CloseNotification"));
    dbus_message_append_args(close.get(), DBUS_TYPE_UINT32, &*number, DBUS_TYPE_INVALID);
    // The answer is awaited: a bus drops what a client that is gone has asked for.
    connection_->ask(close.get(), deadline);
  }

  std::optional<std::uint32_t> number_of_notice(Deadline deadline) {
    const Message reply = connection_->await(shown_.get(), deadline);
    shown_ = nullptr;
    std::uint32_t number = 0;
    const bool fits = reply != nullptr && dbus_message_get_type(reply.get()) == DBUS_MESSAGE_TYPE_METHOD_RETURN &&
                      dbus_message_get_args(reply.get(), nullptr, DBUS_TYPE_UINT32, &number, DBUS_TYPE_INVALID) != 0;
    return fits ? std::optional(number) : std::nullopt;
  }

  std::unique_ptr<BusConnection> connection_;
  PendingCall shown_;
};

}  // namespace

std::unique_ptr<io::Background> SessionBus::show(const std::string& summary, const std::string& body) {
  auto connection = BusConnection::open(session_address(environment_));
  return connection != nullptr ? std::make_unique<Notice>(std::move(connection), summary, body) : nullptr;
}

}  // namespace touchsts::os
