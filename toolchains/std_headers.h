// The standard library's headers that most files include; toolchains/precompiled compiles them.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <expected>
#include <format>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>
