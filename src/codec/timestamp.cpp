#include "codec/timestamp.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/format.h"
#include "codec/ascii.h"

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

// 0 when the text starts with no month's three letters.
int month_of(std::string_view text) {
  constexpr std::array<std::string_view, 12> kMonths = {
      "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};
  const auto found = std::ranges::find(kMonths, lower(text.substr(0, 3)));
  return found == kMonths.end() ? 0 : static_cast<int>(found - kMonths.begin()) + 1;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The digits in front, at most `most`; what follows them is left. Nothing when there are none or more.
std::optional<int> leading_number(std::string_view& text, std::size_t most) {
  int value = 0;
  std::size_t count = 0;
  while (!text.empty() && is_digit(text.front()) && count <= most) {
    value = value * 10 + (text.front() - '0');
    text.remove_prefix(1);
    ++count;
  }
  return count >= 1 && count <= most ? std::optional(value) : std::nullopt;
}

// What is found of a cookie's date so far; -1 is nothing.
struct CookieDate {
  Fields fields{.year = -1, .month = 0, .day = -1, .hour = -1, .minute = -1, .second = -1};

  // Each word is the first thing that is still missing and that it can be.
  void look_at(std::string_view word) {
    if (!(fields.hour < 0 && is_time(word)) && !(fields.day < 0 && is_number(word, 2, fields.day)) &&
        !(fields.month == 0 && is_month(word)) && fields.year < 0 && is_number(word, 4, fields.year)) {
      fields.year += fields.year >= 70 && fields.year <= 99 ? 1900 : fields.year <= 69 ? 2000 : 0;
    }
  }

  bool is_time(std::string_view word) {
    const auto hour = leading_number(word, 2);
    const bool colon = word.starts_with(':');
    word.remove_prefix(colon ? 1 : 0);
    const auto minute = leading_number(word, 2);
    const bool second_colon = word.starts_with(':');
    word.remove_prefix(second_colon ? 1 : 0);
    const auto second = leading_number(word, 2);
    if (!hour || !colon || !minute || !second_colon || !second) {
      return false;
    }
    fields.hour = *hour;
    fields.minute = *minute;
    fields.second = *second;
    return true;
  }

  bool is_month(std::string_view word) {
    fields.month = month_of(word);
    return fields.month != 0;
  }

  static bool is_number(std::string_view word, std::size_t most, int& into) {
    const std::size_t size = word.size();
    const auto number = leading_number(word, most);
    if (!number || (most == 4 && size - word.size() < 2)) {
      return false;
    }
    into = *number;
    return true;
  }
};

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
    cursor.rest.remove_prefix(cursor.rest.starts_with(':') ? 1 : 0);
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
  const auto comma = text.find(", ");
  if (comma != 3) {
    return std::nullopt;
  }
  Cursor cursor{text.substr(5)};
  Fields fields{};
  fields.day = cursor.digits(2);
  cursor.literal(" ");
  fields.month = month_of(cursor.rest);
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

std::optional<Time> parse_cookie_date(std::string_view text) {
  const auto in_word = [](char c) {
    return is_digit(c) || c == ':' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  CookieDate date;
  while (!text.empty()) {
    const auto end = std::ranges::find_if_not(text, in_word);
    const auto size = static_cast<std::size_t>(end - text.begin());
    date.look_at(text.substr(0, size));
    text.remove_prefix(std::min(text.size(), size + 1));
  }
  const Fields& f = date.fields;
  const bool whole = f.hour >= 0 && f.day >= 1 && f.month != 0 && f.year >= 1601;
  return whole && f.second <= 59 ? assemble(f) : std::nullopt;
}

}  // namespace touchsts::codec
