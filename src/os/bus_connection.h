// A private connection to the session's D-Bus, driven by polling: nothing here blocks beyond a deadline.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <dbus/dbus.h>

#include "base/time.h"
#include "io/background.h"
#include "io/environment.h"

namespace touchsts::os {

template <auto Release>
struct With {
  template <class Type>
  void operator()(Type* owned) const {
    Release(owned);
  }
};
using Message = std::unique_ptr<DBusMessage, With<dbus_message_unref>>;
using PendingCall = std::unique_ptr<DBusPendingCall, With<dbus_pending_call_unref>>;

// session_address is where the session's bus listens, as a single address of a socket; "" when there is none.
std::string session_address(const io::Environment& environment);

class BusConnection {
 public:
  // open connects and says Hello, whose answer comes later. Null when no bus listens there, or the listener is neither
  // this user nor root.
  static std::unique_ptr<BusConnection> open(const std::string& address);
  BusConnection(const BusConnection&) = delete;
  BusConnection& operator=(const BusConnection&) = delete;
  ~BusConnection();

  PendingCall call(DBusMessage* message);

  // await drives the connection until the call is answered; null when it is not, in time. An answer may be an error.
  Message await(DBusPendingCall* pending, Deadline deadline);
  Message ask(DBusMessage* message, Deadline deadline) { return await(call(message).get(), deadline); }

  // await_signal drives it until the object at `path` sends this signal, which AddMatch has asked for.
  Message await_signal(const std::string& path, const char* interface, const char* name, Deadline deadline);

  [[nodiscard]] bool alive() const;
  std::optional<io::Background::Wish> wants();
  void advance();

 private:
  explicit BusConnection(DBusConnection* bus);
  [[nodiscard]] bool peer_is_trusted() const;

  static dbus_bool_t add_watch(DBusWatch* watch, void* self);
  static void remove_watch(DBusWatch* watch, void* self);
  static DBusHandlerResult keep_signal(DBusConnection* bus, DBusMessage* message, void* self);

  template <class Done>
  void drive(Deadline deadline, Done done);

  DBusConnection* bus_;
  std::vector<DBusWatch*> watches_;
  std::vector<Message> signals_;
};

}  // namespace touchsts::os
