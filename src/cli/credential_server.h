// The credential endpoint: SDKs ask it again and again, and it always has an answer ready.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/invocation.h"
#include "cli/obtaining.h"
#include "io/programs.h"

namespace touchsts::cli {

// Renewal is what new credentials are made from. Everything is borrowed.
struct Renewal {
  const settings::Prepared& prepared;
  keys::Store& keys;
  const settings::Surroundings& around;
  io::World& world;
  bool use_cache;
  bool may_prompt;
};

// Credentials are replaced before they expire; a person is asked only when a client asks for credentials meanwhile.
class CredentialServer {
 public:
  // open finds out whether all this can work before a person is asked for a code: the endpoint is there, and
  // lets no client in yet. A command that is served beside needs a default profile without credentials: SDKs take these
  // first.
  enum class For { everybody, command };
  static Result<CredentialServer> open(const Serve& how, For whom, const Renewal& renewal);

  // serve prints what SDKs need to know and answers them until this process is ended. Returns an exit code.
  Result<int> serve(const aws::Credentials& first);

  // serve_beside answers from a process of its own, for the command that this process becomes: the endpoint is gone as
  // soon as that has ended. It returns the command's variables.
  Result<io::Variables> serve_beside(const aws::Credentials& first);

 private:
  struct TokenFile {
    std::unique_ptr<io::PrivateFolder> folder;
    std::string name;
  };

  CredentialServer(const Serve& how, const Renewal& renewal) : how_(how), renewal_(renewal) {}
  static Result<TokenFile> open_token_file(const std::string& path, io::World& world);
  Result<> publish(const aws::Credentials& credentials);
  [[nodiscard]] io::Variables settings() const;
  void run();
  void renew_token();
  Result<> answer();
  void renew(bool ask);

  Serve how_;
  Renewal renewal_;
  std::optional<TokenFile> token_file_;
  std::unique_ptr<io::CredentialEndpoint> endpoint_;
  std::vector<Secret> tokens_;  // newest first
  Secret body_;
  Time expires_;
  Time due_;  // to be replaced
  std::string lack_;
  Deadline retry_;
  Deadline may_ask_from_;
};

}  // namespace touchsts::cli
