#include "codec/timestamp.h"

#include <array>
#include <charconv>

#include "base/format.h"

namespace touchsts::codec {
namespace {

using namespace std::chrono;

// A cursor that gives up for good at the first thing that does not fit.
struct Cursor {
  std::string_view rest;
  bool good = true;

  int digits(std::size_t count) {
    int value = 0;
    if (!good || rest.size() < count) {
      good = false;
      return 0;
    }
    for (const char c : rest.substr(0, count)) {
      good = good && c >= '0' && c <= '9';
      value = value * 10 + (c - '0');
    }
    rest.remove_prefix(count);
    return value;
  }

  void literal(std::string_view expected) {
    good = good && rest.starts_with(expected);
    rest.remove_prefix(good ? expected.size() : 0);
  }

  char any_of(std::string_view choices) {
    if (!good || rest.empty() || !choices.contains(rest.front())) {
      good = false;
      return '\0';
    }
    const char found = rest.front();
    rest.remove_prefix(1);
    return found;
  }
};

struct Fields {
  int year, month, day, hour, minute, second;
};

// The standard's own formatting of times would bring in locales and streams.
Fields split(Time time) {
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  return {static_cast<int>(date.year()),
          static_cast<int>(static_cast<unsigned>(date.month())),
          static_cast<int>(static_cast<unsigned>(date.day())),
          static_cast<int>(clock.hours().count()),
          static_cast<int>(clock.minutes().count()),
          static_cast<int>(clock.seconds().count())};
}

std::optional<Time> assemble(const Fields& f) {
  const year_month_day date{year{f.year}, month{static_cast<unsigned>(f.month)}, day{static_cast<unsigned>(f.day)}};
  if (!date.ok() || f.hour > 23 || f.minute > 59 || f.second > 60) {
    return std::nullopt;
  }
  return Time(sys_days(date)) + hours(f.hour) + minutes(f.minute) + seconds(f.second);
}

}  // namespace

std::string to_rfc3339(Time time) {
  const Fields f = split(time);
  return formatted("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", f.year, f.month, f.day, f.hour, f.minute, f.second);
}

std::string to_basic(Time time) {
  const Fields f = split(time);
  return formatted("{:04}{:02}{:02}T{:02}{:02}{:02}Z", f.year, f.month, f.day, f.hour, f.minute, f.second);
}

std::optional<Time> parse_rfc3339(std::string_view text) {
  Cursor cursor{text};
  Fields fields{};
  fields.year = cursor.digits(4);
  cursor.literal("-");
  fields.month = cursor.digits(2);
  cursor.literal("-");
  fields.day = cursor.digits(2);
  cursor.any_of("Tt");
  fields.hour = cursor.digits(2);
  cursor.literal(":");
  fields.minute = cursor.digits(2);
  cursor.literal(":");
  fields.second = cursor.digits(2);
  if (cursor.good && cursor.rest.starts_with('.')) {
    cursor.rest.remove_prefix(1);
    cursor.digits(1);
    while (cursor.good && !cursor.rest.empty() && cursor.rest.front() >= '0' && cursor.rest.front() <= '9') {
      cursor.rest.remove_prefix(1);
    }
  }
  const char zone = cursor.any_of("Zz+-");
  int offset = 0;
  if (zone == '+' || zone == '-') {
    const int hour = cursor.digits(2);
    cursor.literal(":");
    const int minute = cursor.digits(2);
    cursor.good = cursor.good && hour <= 23 && minute <= 59;
    offset = (hour * 60 + minute) * (zone == '+' ? 1 : -1);
  }
  if (!cursor.good || !cursor.rest.empty()) {
    return std::nullopt;
  }
  const auto local = assemble(fields);
  return local ? std::optional(*local - minutes(offset)) : std::nullopt;
}

std::optional<Time> parse_http_date(std::string_view text) {
  constexpr std::array<std::string_view, 12> kMonths = {
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto comma = text.find(", ");
  if (comma != 3) {
    return std::nullopt;
  }
  Cursor cursor{text.substr(5)};
  Fields fields{};
  fields.day = cursor.digits(2);
  cursor.literal(" ");
  for (std::size_t i = 0; i < kMonths.size(); ++i) {
    if (cursor.rest.starts_with(kMonths[i])) {
      fields.month = static_cast<int>(i) + 1;
    }
  }
  cursor.good = cursor.good && fields.month != 0;
  cursor.rest.remove_prefix(cursor.good ? 3 : 0);
  cursor.literal(" ");
  fields.year = cursor.digits(4);
  cursor.literal(" ");
  fields.hour = cursor.digits(2);
  cursor.literal(":");
  fields.minute = cursor.digits(2);
  cursor.literal(":");
  fields.second = cursor.digits(2);
  cursor.literal(" GMT");
  return cursor.good && cursor.rest.empty() ? assemble(fields) : std::nullopt;
}

}  // namespace touchsts::codec
