// Files on disk.
#pragma once

#include <optional>
#include <string>
#include <sys/stat.h>

#include "io/files.h"
#include "io/random.h"

namespace touchsts::os {

class SystemFiles : public io::Files {
 public:
  explicit SystemFiles(io::Random& random) : random_(random) {}

  Result<std::optional<io::FileContent>> read(const std::string& path, std::size_t most) override;
  Result<std::optional<io::FileContent>> read_regular(const std::string& path, std::size_t most) override;
  Result<Secret> read_descriptor(int descriptor, std::size_t most) override;
  void set_deadline(Deadline deadline) override { deadline_ = deadline; }
  Result<> editable(const std::string& path) override;
  Result<> can_make(const std::string& path) override;
  Result<bool> replace(const std::string& path, const Secret& before, const Secret& after) override;
  Result<bool> create(const std::string& path, const Secret& content) override;
  Result<bool> link(const std::string& path, const std::string& target) override;
  Result<std::unique_ptr<io::PrivateFolder>> private_folder(const std::string& parent,
                                                            const std::string& name,
                                                            Create create) override;
  std::optional<io::Distrust> distrust(const std::string& path) override;
  std::string full_path(const std::string& path) override;
  bool in_memory(const std::string& path) override;

 private:
  // A file that was opened without a symbolic link on the way, as it was then.
  struct Direct {
    std::string path;
    struct stat status{};
  };

  enum class Pipes { waited_for, refused };
  Result<std::optional<io::FileContent>> read_of(const std::string& path, std::size_t most, Pipes pipes);

  io::Random& random_;
  std::optional<Deadline> deadline_;  // for what comes through pipes
  std::optional<Direct> last_read_;
};

// make_parents makes the missing folders above and including `path`, mode 0700.
Result<> make_parents(const std::string& path);

}  // namespace touchsts::os
