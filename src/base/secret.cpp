#include "base/secret.h"

#include <cstring>
#include <utility>

#include "base/arena.h"

namespace touchsts {

Secret Secret::blank(std::size_t size) {
  Secret made;
  if (size != 0) {
    made.bytes_ = arena::take(size);
    made.size_ = size;
    made.capacity_ = size;
  }
  return made;
}

Secret::Secret(std::span<const std::byte> bytes) : Secret(blank(bytes.size())) {
  if (!bytes.empty()) {
    std::memcpy(bytes_, bytes.data(), bytes.size());
  }
}

Secret::Secret(std::string_view text) : Secret(std::as_bytes(std::span(text))) {}

Secret::Secret(Secret&& other) noexcept
    : bytes_(std::exchange(other.bytes_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      capacity_(std::exchange(other.capacity_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
  // What we held before is wiped here, with `taken`, not when `other` goes.
  Secret taken(std::move(other));
  std::swap(bytes_, taken.bytes_);
  std::swap(size_, taken.size_);
  std::swap(capacity_, taken.capacity_);
  return *this;
}

Secret::~Secret() {
  if (bytes_ != nullptr) {
    wipe({bytes_, capacity_});
    arena::give_back(bytes_);
  }
}

std::string_view Secret::reveal_text() const { return {reinterpret_cast<const char*>(bytes_), size_}; }

void Secret::shrink(std::size_t size) {
  if (size < size_) {
    wipe({bytes_ + size, size_ - size});
    size_ = size;
  }
}

void SecretWriter::append(std::span<const std::byte> bytes) {
  if (bytes.empty()) {
    return;
  }
  if (buffer_.size() - size_ < bytes.size()) {
    Secret larger = Secret::blank((size_ + bytes.size()) * 2);
    if (size_ != 0) {
      std::memcpy(larger.reveal_writable().data(), buffer_.reveal().data(), size_);
    }
    buffer_ = std::move(larger);
  }
  std::memcpy(buffer_.reveal_writable().data() + size_, bytes.data(), bytes.size());
  size_ += bytes.size();
}

void SecretWriter::append(std::string_view text) { append(std::as_bytes(std::span(text))); }

Secret SecretWriter::take() {
  buffer_.shrink(size_);
  size_ = 0;
  return std::exchange(buffer_, Secret());
}

void wipe(std::span<std::byte> bytes) {
  if (!bytes.empty()) {
    explicit_bzero(bytes.data(), bytes.size());
  }
}

bool same_secret(const Secret& a, const Secret& b) {
  if (a.size() != b.size()) {
    return false;
  }
  std::byte difference{0};
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference |= a.reveal()[i] ^ b.reveal()[i];
  }
  return difference == std::byte{0};
}

}  // namespace touchsts
