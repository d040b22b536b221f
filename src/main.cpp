// Builds the real world and hands it to the command line.
#include <span>
#include <string_view>

#include "cli/run.h"
#include "io/world.h"
#include "os/child_programs.h"
#include "os/credential_endpoint.h"
#include "os/endpoint_worker.h"
#include "os/https_client.h"
#include "os/jailed_html.h"
#include "os/kernel_keyring.h"
#include "os/libusb_bus.h"
#include "os/own_program.h"
#include "os/process_start.h"
#include "os/secret_service.h"
#include "os/session_bus.h"
#include "os/standard_input.h"
#include "os/standard_output.h"
#include "os/startup_pool.h"
#include "os/system_clock.h"
#include "os/system_files.h"
#include "os/trial.h"
#include "os/tty_terminal.h"
#include "os/unix_sockets.h"

int main(int argc, char** argv) {
  using namespace touchsts;
  const std::span all(argv, static_cast<std::size_t>(argc));
  const std::string_view argument = all.size() > 1 ? all[1] : "";
  const os::Role role = os::role_of(all.empty() ? nullptr : all.front());
  os::share_pool_with_mbedtls();
  const auto start = os::harden();
  if (role == os::Role::page_reader) {
    os::run_page_reader(os::parse_page_reader(argument).unjailed);
  }
  if (role == os::Role::endpoint_worker) {
    os::run_worker(argument);
  }
  if (role == os::Role::trial) {
    os::run_trial(argument);
  }
  const io::Environment environment{start.environment, {}};
  const auto facts = os::read_facts(environment);
  os::SystemClock clock;
  os::SystemRandom random;
  os::SystemFiles files(random);
  os::TtyTerminal terminal;
  os::PipedInput input;
  os::ChildPrograms programs(start);
  os::KernelKeyring keyring(environment);
  os::SecretService secrets(environment);
  os::StandardOutput output(start.output_closed);
  os::LineLog log;
  os::HttpsClient http;
  os::LibusbBus usb;
  os::UnixSockets sockets;
  os::SessionBus desktop(environment);
  os::LoopbackEndpoints endpoints;
  os::JailedHtml html(environment.get("TOUCHSTS_SANDBOX") == "0" ? os::Unjailed::allowed : os::Unjailed::refused);
  io::World world{facts,
                  environment,
                  clock,
                  random,
                  files,
                  terminal,
                  input,
                  programs,
                  keyring,
                  secrets,
                  output,
                  log,
                  http,
                  usb,
                  sockets,
                  desktop,
                  endpoints,
                  html};
  // Nothing below holds a secret any more, and giving memory back page by page would cost more than the answer.
  os::leave(all.empty() ? cli::run(all, world) : cli::run(all.subspan(1), world, all.front()));
}
