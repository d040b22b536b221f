// One of several, chosen by a person.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "io/terminal.h"
#include "steps/person.h"

namespace touchsts::steps {

// Selector is a menu with a cursor. What is typed narrows it to the labels that contain every word of it, upper and
// lower case alike.
class Selector : public io::Menu {
 public:
  // There is at least one label.
  Selector(std::string question, std::vector<std::string> labels);

  State key(std::string_view bytes) override;
  [[nodiscard]] std::vector<std::string> lines(std::size_t rows, std::size_t columns) const override;

  // chosen is an index into the labels.
  [[nodiscard]] std::size_t chosen() const { return matches_.at(cursor_); }

 private:
  void narrow();
  void move(std::ptrdiff_t by);

  std::string question_;
  std::vector<std::string> labels_;
  std::string typed_;
  std::vector<std::size_t> matches_;  // indexes of the labels that are left
  std::size_t cursor_ = 0;            // in matches_
};

// select gives the index of one of at least two labels: by a menu on the terminal, or by its number where there is none
// (pinentry, a terminal that cannot be drawn on). Fails as Person::ask does.
Result<std::size_t> select(io::World& world,
                           Person& person,
                           const std::string& question,
                           const std::vector<std::string>& labels,
                           Deadline deadline);

}  // namespace touchsts::steps
