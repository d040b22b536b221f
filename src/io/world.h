// Everything outside the process, handed in by main. Only cli/ and steps/ take the whole of it.
#pragma once

#include <string>

#include "io/clock.h"
#include "io/credential_endpoint.h"
#include "io/desktop.h"
#include "io/environment.h"
#include "io/files.h"
#include "io/html_reader.h"
#include "io/http.h"
#include "io/keyring.h"
#include "io/local_sockets.h"
#include "io/log.h"
#include "io/output.h"
#include "io/programs.h"
#include "io/random.h"
#include "io/secret_store.h"
#include "io/standard_input.h"
#include "io/terminal.h"
#include "io/usb.h"

namespace touchsts::io {

// SystemFacts are read once at start.
struct SystemFacts {
  std::string home;  // of the effective user, from HOME or the user database; "" when there is none
  bool home_is_ours = false;
  std::string user;      // login name; "" when unknown
  unsigned user_id = 0;  // the effective user's
  Secret passphrase;     // TOUCHSTS_PASSPHRASE, which is not in the environment any more
};

struct World {
  const SystemFacts& facts;
  const Environment& environment;
  Clock& clock;
  Random& random;
  Files& files;
  Terminal& terminal;
  StandardInput& input;
  Programs& programs;
  Keyring& keyring;
  SecretStore& secrets;
  Output& output;
  Log& log;
  HttpClient& http;
  UsbBus& usb;
  LocalSockets& sockets;
  Desktop& desktop;
  CredentialEndpoints& endpoints;
  HtmlReader& html;
};

}  // namespace touchsts::io
