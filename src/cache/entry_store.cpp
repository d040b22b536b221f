#include "cache/entry_store.h"

#include <algorithm>
#include <variant>

#include "issue/identity.h"

namespace touchsts::cache {
namespace {

constexpr std::size_t kNameSize = 32;
constexpr std::size_t kSweep = 64;  // files looked at per flush, so that a large cache costs no more than a small one

// Long-term keys have no kind: they are never kept.
std::optional<Kind> kind_of(const issue::Plan& plan, std::size_t count) {
  if (count == 0 || std::holds_alternative<issue::LongTermKeys>(plan.steps[count - 1])) {
    return std::nullopt;
  }
  return std::holds_alternative<issue::SessionToken>(plan.steps[count - 1]) ? Kind::session : Kind::role;
}

bool is_entry_name(const std::string& name) {
  return name.size() == kNameSize &&
         std::ranges::all_of(name, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

EntryStore::EntryStore(std::string cache_home, SessionKey& key, Parts parts)
    : cache_home_(std::move(cache_home)), key_(key), parts_(parts) {}

io::PrivateFolder* EntryStore::folder(io::Files::Create create) {
  if (!folder_ && !cache_home_.empty()) {
    auto opened = parts_.files.private_folder(cache_home_, "touchsts", create);
    if (opened) {
      folder_ = *std::move(opened);
    } else {
      trouble_ = std::move(opened).error();
    }
  }
  return folder_.get();
}

BootMark EntryStore::boot_mark() { return {parts_.clock.boot_id(), parts_.clock.since_boot()}; }

std::optional<std::string> EntryStore::name_of(const issue::Plan& plan, std::size_t count) {
  const auto key = key_.find();
  if (!key || *key == nullptr || !kind_of(plan, count)) {
    return std::nullopt;
  }
  return entry_name(**key, issue::identity(plan, count).reveal());
}

std::optional<aws::Credentials> EntryStore::find(const issue::Plan& plan, std::size_t count, Time until) {
  const auto kind = kind_of(plan, count);
  if (!kind) {
    return std::nullopt;
  }
  const auto key = key_.find();
  if (!key) {
    trouble_ = key.error();
    return std::nullopt;
  }
  if (*key == nullptr || folder(io::Files::Create::no) == nullptr) {
    return std::nullopt;
  }
  const Secret identity = issue::identity(plan, count);
  const auto bytes = folder_->read(entry_name(**key, identity.reveal()), kLargestEntry);
  if (!bytes) {
    return std::nullopt;
  }
  auto entry = open(*bytes, **key, identity.reveal(), *kind);
  if (!entry) {
    parts_.log.debug("cache: an entry does not open: counted as a miss");
    return std::nullopt;
  }
  if (!still_good(*entry, until, parts_.clock.now(), boot_mark())) {
    parts_.log.debug("cache: an entry is too near its end");
    return std::nullopt;
  }
  return std::move(entry->credentials);
}

void EntryStore::keep(const issue::Plan& plan, std::size_t count, const aws::Credentials& result) {
  const auto kind = kind_of(plan, count);
  if (!kind) {
    return;
  }
  pending_.push_back({.identity = issue::identity(plan, count),
                      .kind = *kind,
                      .entry = {.credentials = {.access_key_id = result.access_key_id,
                                                .secret_access_key = result.secret_access_key.clone(),
                                                .session_token = result.session_token.clone(),
                                                .expires = result.expires,
                                                .account_id = result.account_id},
                                .written = boot_mark(),
                                .written_at = parts_.clock.now()}});
}

Result<> EntryStore::flush() {
  if (pending_.empty()) {
    return {};
  }
  const auto pending = std::exchange(pending_, {});
  const auto key = TRY(key_.find_or_make());
  if (folder(io::Files::Create::yes) == nullptr) {
    return std::unexpected(trouble_.value_or(Error{Fault::configuration, "there is no home folder for a cache", {}}));
  }
  for (const auto& item : pending) {
    SealInput input{.root_key = *key, .identity = item.identity.reveal(), .kind = item.kind, .salt = {}, .nonce = {}};
    parts_.random.fill(input.salt);
    parts_.random.fill(input.nonce);
    TRY(folder_->write(entry_name(*key, input.identity), seal(input, item.entry)));
  }
  remove_expired(*folder_);
  return {};
}

void EntryStore::remove_expired(io::PrivateFolder& folder) {
  const auto names = folder.list();
  if (!names) {
    return;
  }
  std::size_t seen = 0;
  for (const auto& name : *names) {
    if (!is_entry_name(name)) {
      continue;
    }
    if (++seen > kSweep) {
      return;
    }
    const auto bytes = folder.read(name, kLargestEntry);
    const auto header = bytes ? glance(*bytes) : std::nullopt;
    if (header && header->not_after < parts_.clock.now()) {
      if (const auto removed = folder.remove(name); !removed) {
        parts_.log.debug("cache: {}", removed.error().text);
      }
    }
  }
}

Result<std::vector<EntryStore::Listed>> EntryStore::list() {
  std::vector<Listed> listed;
  if (folder(io::Files::Create::no) == nullptr) {
    return trouble_ ? Result<std::vector<Listed>>(std::unexpected(*trouble_)) : listed;
  }
  const Secret* const key = key_.find().value_or(nullptr);
  for (auto& name : TRY(folder_->list())) {
    if (!is_entry_name(name)) {
      continue;
    }
    const auto bytes = folder_->read(name, kLargestEntry);
    if (const auto header = bytes ? glance(*bytes) : std::nullopt) {
      listed.push_back({std::move(name), *header, key != nullptr && is_sealed_by(*header, *key)});
    }
  }
  return listed;
}

Result<std::size_t> EntryStore::sealed_otherwise() {
  const auto listed = TRY(list());
  const Time now = parts_.clock.now();
  const auto is_other = [now](const Listed& entry) { return !entry.opens && entry.glance.not_after > now; };
  return static_cast<std::size_t>(std::ranges::count_if(listed, is_other));
}

Result<std::size_t> EntryStore::clear() {
  if (folder(io::Files::Create::no) == nullptr) {
    return trouble_ ? Result<std::size_t>(std::unexpected(*trouble_)) : 0;
  }
  auto names = TRY(folder_->list());
  std::erase_if(names, [](const std::string& name) { return !is_entry_name(name); });
  std::optional<Error> first;
  for (const auto& name : names) {
    if (auto removed = within(name, folder_->remove(name)); !removed && !first) {
      first = std::move(removed).error();
    }
  }
  if (first) {
    return hinted(std::unexpected(*std::move(first)), "remove it by hand; the rest is removed");
  }
  return names.size();
}

bool EntryStore::holds(const std::string& name) {
  return folder(io::Files::Create::no) != nullptr && folder_->read(name, kLargestEntry).has_value();
}

Result<> EntryStore::remove(const std::string& name) {
  if (folder(io::Files::Create::no) == nullptr) {
    return {};
  }
  return folder_->remove(name);
}

}  // namespace touchsts::cache
