// Bytes that must not outlive their use: codes, passwords, AWS secret keys, cache keys.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace touchsts {

// A Secret owns bytes in the process's locked arena (base/arena.h) and overwrites them before giving the memory back.
// It cannot be copied, compared or formatted by accident: there is no operator==, no std::formatter and no conversion.
// Every read goes through a function whose name starts with "reveal", so `grep -rn reveal src` lists them all.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::span<const std::byte> bytes);
  explicit Secret(std::string_view text);

  // blank is `size` zero bytes, to be filled through reveal_writable.
  static Secret blank(std::size_t size);

  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  // clone is the only way to a second copy.
  [[nodiscard]] Secret clone() const { return Secret(reveal()); }

  [[nodiscard]] std::span<const std::byte> reveal() const { return {bytes_, size_}; }
  [[nodiscard]] std::string_view reveal_text() const;
  [[nodiscard]] std::span<std::byte> reveal_writable() { return {bytes_, size_}; }

  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t size() const { return size_; }

  // shrink keeps the first `size` bytes and wipes the rest; larger sizes change nothing.
  void shrink(std::size_t size);

 private:
  std::byte* bytes_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

// A SecretWriter collects text that holds secrets (a JSON answer, a request) without leaving copies behind.
class SecretWriter {
 public:
  void append(std::string_view text);
  void append(std::span<const std::byte> bytes);
  [[nodiscard]] std::size_t size() const { return size_; }

  // take hands over what was written; the writer is empty afterwards.
  Secret take();

 private:
  Secret buffer_;
  std::size_t size_ = 0;
};

// wipe overwrites `bytes`; the compiler may not leave it out.
void wipe(std::span<std::byte> bytes);

// same_secret compares in time that depends only on the lengths.
[[nodiscard]] bool same_secret(const Secret& a, const Secret& b);

}  // namespace touchsts
