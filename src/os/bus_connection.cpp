#include "os/bus_connection.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <utility>

#include "os/effective_user.h"
#include "os/waiting.h"

namespace touchsts::os {
namespace {

constexpr std::size_t kMostSignals = 16;
constexpr long kLargestMessage = 64L * 1024;  // bytes
constexpr itimerval kLongestReading{.it_interval = {0, 0}, .it_value = {1, 0}};

volatile sig_atomic_t reading_socket = -1;

void end_reading(int) {
  if (reading_socket >= 0) {
    shutdown(reading_socket, SHUT_RDWR);
  }
}

// While the library lets a bus authenticate it reads on as long as something comes. One that never pauses is cut off,
// by the only thing that gets in between: a signal.
class ReadingEnds {
 public:
  explicit ReadingEnds(DBusConnection* bus) {
    int socket = -1;
    dbus_connection_get_socket(bus, &socket);
    reading_socket = socket;
    struct sigaction action{};
    action.sa_handler = end_reading;
    action.sa_flags = SA_RESTART;
    sigaction(SIGALRM, &action, &before_);
    setitimer(ITIMER_REAL, &kLongestReading, nullptr);
  }
  ReadingEnds(const ReadingEnds&) = delete;
  ReadingEnds& operator=(const ReadingEnds&) = delete;
  ~ReadingEnds() {
    constexpr itimerval kNever{};
    setitimer(ITIMER_REAL, &kNever, nullptr);
    sigaction(SIGALRM, &before_, nullptr);
    reading_socket = -1;
  }

 private:
  struct sigaction before_{};
};

}  // namespace

// libdbus would also run programs named in an address; a session's bus is a socket.
std::string session_address(const io::Environment& environment) {
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

std::unique_ptr<BusConnection> BusConnection::open(const std::string& address) {
  dbus_connection_set_change_sigpipe(0);
  DBusConnection* const bus = address.empty() ? nullptr : dbus_connection_open_private(address.c_str(), nullptr);
  if (bus == nullptr) {
    return nullptr;
  }
  auto connection = std::unique_ptr<BusConnection>(new BusConnection(bus));
  if (!connection->peer_is_trusted()) {
    return nullptr;
  }
  const ReadingEnds ends(bus);
  const Message hello(dbus_message_new_method_call(DBUS_SERVICE_DBUS, DBUS_PATH_DBUS, DBUS_INTERFACE_DBUS, "Hello"));
  dbus_connection_send(bus, hello.get(), nullptr);
  return connection;
}

BusConnection::BusConnection(DBusConnection* bus) : bus_(bus) {
  dbus_connection_set_exit_on_disconnect(bus, 0);
  dbus_connection_set_max_message_size(bus, kLargestMessage);
  dbus_connection_set_watch_functions(
      bus, &BusConnection::add_watch, &BusConnection::remove_watch, nullptr, this, nullptr);
  dbus_connection_add_filter(bus, &BusConnection::keep_signal, this, nullptr);
}

BusConnection::~BusConnection() {
  dbus_connection_remove_filter(bus_, &BusConnection::keep_signal, this);
  dbus_connection_close(bus_);
  dbus_connection_unref(bus_);
}

bool BusConnection::peer_is_trusted() const {
  int socket = -1;
  ucred peer{};
  socklen_t size = sizeof peer;
  return dbus_connection_get_socket(bus_, &socket) != 0 &&
         getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         (peer.uid == effective_user() || peer.uid == 0);
}

PendingCall BusConnection::call(DBusMessage* message) {
  const ReadingEnds ends(bus_);
  DBusPendingCall* pending = nullptr;
  dbus_connection_send_with_reply(bus_, message, &pending, DBUS_TIMEOUT_INFINITE);
  return PendingCall(pending);
}

Message BusConnection::await(DBusPendingCall* pending, Deadline deadline) {
  if (pending == nullptr) {
    return nullptr;
  }
  drive(deadline, [pending] { return dbus_pending_call_get_completed(pending) != 0; });
  return Message(dbus_pending_call_get_completed(pending) != 0 ? dbus_pending_call_steal_reply(pending) : nullptr);
}

Message BusConnection::await_signal(const std::string& path,
                                    const char* interface,
                                    const char* name,
                                    Deadline deadline) {
  const auto wanted = [&](const Message& signal) {
    return dbus_message_is_signal(signal.get(), interface, name) != 0 &&
           dbus_message_has_path(signal.get(), path.c_str()) != 0;
  };
  drive(deadline, [&] { return std::ranges::any_of(signals_, wanted); });
  const auto found = std::ranges::find_if(signals_, wanted);
  return found != signals_.end() ? std::move(*found) : nullptr;
}

bool BusConnection::alive() const { return dbus_connection_get_is_connected(bus_) != 0; }

std::optional<io::Background::Wish> BusConnection::wants() {
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

void BusConnection::advance() {
  const ReadingEnds ends(bus_);
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

dbus_bool_t BusConnection::add_watch(DBusWatch* watch, void* self) {
  static_cast<BusConnection*>(self)->watches_.push_back(watch);
  return 1;
}

void BusConnection::remove_watch(DBusWatch* watch, void* self) {
  std::erase(static_cast<BusConnection*>(self)->watches_, watch);
}

DBusHandlerResult BusConnection::keep_signal(DBusConnection*, DBusMessage* message, void* self) {
  auto& signals = static_cast<BusConnection*>(self)->signals_;
  if (dbus_message_get_type(message) == DBUS_MESSAGE_TYPE_SIGNAL && signals.size() < kMostSignals) {
    signals.emplace_back(dbus_message_ref(message));
  }
  return DBUS_HANDLER_RESULT_NOT_YET_HANDLED;
}

template <class Done>
void BusConnection::drive(Deadline deadline, Done done) {
  while (!done() && alive() && std::chrono::steady_clock::now() < deadline) {
    if (const auto wish = wants()) {
      wait_for(wish->descriptor, wish->events, deadline);
    }
    advance();
  }
}

}  // namespace touchsts::os
