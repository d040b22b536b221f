// Files: those that people edit, and folders that are ours alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "io/lock.h"

namespace touchsts::io {

struct FileContent {
  Secret bytes;
  std::uint32_t mode = 0;  // permission bits
  bool regular = true;
};

// Distrust says who beside our effective user and root could change a file ("it can be written by others"), so that
// what stands in it does not count, and what to do about that.
struct Distrust {
  std::string why;
  std::string remedy;
};

// A PrivateFolder is 0700, ours, and reached without following a link in its last part. Names have no '/'.
class PrivateFolder {
 public:
  virtual ~PrivateFolder() = default;

  // read gives nothing when there is no such file, or it is not a regular file of ours with mode 0600, or is larger
  // than `most` bytes.
  virtual std::optional<std::vector<std::byte>> read(const std::string& name, std::size_t most) = 0;

  // load is for what cannot be had again: anything that keeps a file that is there from being read is an error.
  virtual Result<std::optional<std::vector<std::byte>>> load(const std::string& name, std::size_t most) = 0;

  // write replaces the file atomically: after a crash either the old or the new content is there. Mode 0600.
  virtual Result<> write(const std::string& name, std::span<const std::byte> bytes) = 0;

  // write_for_now is write, for a file that goes with this object, or when a signal ends the process (SIGHUP, SIGINT,
  // SIGTERM), unless another file has come into its place. One at a time.
  virtual Result<> write_for_now(const std::string& name, std::span<const std::byte> bytes) = 0;

  virtual Result<> remove(const std::string& name) = 0;
  virtual Result<std::vector<std::string>> list() = 0;

  // folder opens the private folder `name` in this one; it is made when it is not there.
  virtual Result<std::unique_ptr<PrivateFolder>> folder(const std::string& name) = 0;

  // lock gives the lock that the file `name` is; the file is made when it is not there.
  virtual Result<std::unique_ptr<Lock>> lock(const std::string& name) = 0;
};

class Files {
 public:
  virtual ~Files() = default;

  // read follows links. Nothing when there is no such file; an error when it cannot be read or exceeds `most` bytes. A
  // pipe, as shells make for <(command), is read to its end; /dev/null is empty; directories, sockets and other devices
  // are refused (Fault::configuration).
  virtual Result<std::optional<FileContent>> read(const std::string& path, std::size_t most) = 0;

  // read_regular is read for what must be a regular file: anything else is refused at once.
  virtual Result<std::optional<FileContent>> read_regular(const std::string& path, std::size_t most) = 0;

  // read_descriptor reads an inherited descriptor to its end.
  virtual Result<Secret> read_descriptor(int descriptor, std::size_t most) = 0;

  // set_deadline says until when pipes are waited for. Without it read waits for a few seconds, and read_descriptor
  // without limit.
  virtual void set_deadline(Deadline deadline) = 0;

  // editable says why replace, or create, would be refused (Fault::configuration), and changes nothing.
  virtual Result<> editable(const std::string& path) = 0;

  // replace puts `after` into the place of `before` in a file that people edit, at once and as a whole; others lose
  // what rights they had. Links are followed. False, and nothing is changed, when the file is not `before` (any
  // more). Fault::configuration when it is not regular, not ours, has other names, or lies where others may write. What
  // is mounted at its place is written where it is.
  virtual Result<bool> replace(const std::string& path, const Secret& before, const Secret& after) = 0;

  // create makes such a file, at once and as a whole, 0600, and missing folders above it. False, and nothing is
  // changed, when it is there (by now).
  virtual Result<bool> create(const std::string& path, const Secret& content) = 0;

  // link makes `path` a symbolic link to `target`. False when it is that already; Fault::configuration when it is
  // something else, which stays.
  virtual Result<bool> link(const std::string& path, const std::string& target) = 0;

  // private_folder opens the folder `name` in `parent`. When it is not there: null if `create` is no, else it is made,
  // and missing parents with it. Fails with Fault::configuration when it is there but not private.
  enum class Create { no, yes };
  virtual Result<std::unique_ptr<PrivateFolder>> private_folder(const std::string& parent,
                                                                const std::string& name,
                                                                Create create) = 0;

  // can_make says why nothing could be made at `path`, and makes nothing: folders that are missing above it count as if
  // they were made.
  virtual Result<> can_make(const std::string& path) = 0;

  // distrust says why the file does not count; nothing when only we and root can change it, or there is none. It looks
  // at owner and mode of the file, of every link on the way, and of the folders that hold them; a group that is the
  // user's own counts as the user.
  virtual std::optional<Distrust> distrust(const std::string& path) = 0;

  // full_path is a path from the root: one that is not counts from the current folder.
  virtual std::string full_path(const std::string& path) = 0;

  // in_memory: `path`, or the nearest folder above it that is there, lies in a file system that a reboot empties
  // (tmpfs, ramfs).
  virtual bool in_memory(const std::string& path) = 0;
};

}  // namespace touchsts::io
