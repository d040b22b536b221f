// A stream's locale holds what reads and writes sums of money, reads dates, and reads and writes numbers in wide
// characters: 75 KB that nothing here calls. These stand in for the virtual functions of the C++ library's facets
// (its locale.cpp): whoever gets here ends the process. `c` is char and `w` wchar_t in the names (Itanium C++ ABI,
// Mangling).
#define STAND_IN(name, symbol)          \
  extern "C" {                          \
  [[noreturn]] void name() asm(symbol); \
  void name() { __builtin_trap(); }     \
  }

#define NUM_GET(type, symbol) \
  STAND_IN(                   \
      num_get_##type,         \
      "_ZNKSt3__17num_getIwNS_19istreambuf_iteratorIwNS_11char_traitsIwEEEEE6do_getES4_S4_RNS_8ios_baseERj" symbol)
#define NUM_PUT(type)      \
  STAND_IN(num_put_##type, \
           "_ZNKSt3__17num_putIwNS_19ostreambuf_iteratorIwNS_11char_traitsIwEEEEE6do_putES4_RNS_8ios_baseEw" #type)
#define TIME_GET(name, character, symbol)                                                                          \
  STAND_IN(time_get_##character##_##name,                                                                          \
           "_ZNKSt3__18time_getI" #character "NS_19istreambuf_iteratorI" #character "NS_11char_traitsI" #character \
           "EEEEE" symbol)
#define TIMES_GET(character)                                                      \
  TIME_GET(date, character, "11do_get_dateES4_S4_RNS_8ios_baseERjP2tm")           \
  TIME_GET(time, character, "11do_get_timeES4_S4_RNS_8ios_baseERjP2tm")           \
  TIME_GET(year, character, "11do_get_yearES4_S4_RNS_8ios_baseERjP2tm")           \
  TIME_GET(weekday, character, "14do_get_weekdayES4_S4_RNS_8ios_baseERjP2tm")     \
  TIME_GET(monthname, character, "16do_get_monthnameES4_S4_RNS_8ios_baseERjP2tm") \
  TIME_GET(any, character, "6do_getES4_S4_RNS_8ios_baseERjP2tmcc")
#define MONEY(name, character, direction, iterator, symbol)                                                            \
  STAND_IN(money_##character##_##name,                                                                                 \
           "_ZNKSt3__19money_" direction "I" #character "NS_19" iterator "I" #character "NS_11char_traitsI" #character \
           "EEEEE" symbol)
#define TEXT(character) "NS_12basic_stringI" #character "S3_NS_9allocatorI" #character "EEEE"
#define MONEYS(character)                                                                                      \
  MONEY(get_number, character, "get", "istreambuf_iterator", "6do_getES4_S4_bRNS_8ios_baseERjRe")              \
  MONEY(get_text, character, "get", "istreambuf_iterator", "6do_getES4_S4_bRNS_8ios_baseERjR" TEXT(character)) \
  MONEY(put_number, character, "put", "ostreambuf_iterator", "6do_putES4_bRNS_8ios_baseE" #character "e")      \
  MONEY(put_text, character, "put", "ostreambuf_iterator", "6do_putES4_bRNS_8ios_baseE" #character "RK" TEXT(character))

NUM_GET(pointer, "RPv")
NUM_GET(boolean, "Rb")
NUM_GET(d, "Rd")
NUM_GET(e, "Re")
NUM_GET(f, "Rf")
NUM_GET(l, "Rl")
NUM_GET(m, "Rm")
NUM_GET(t, "Rt")
NUM_GET(x, "Rx")
NUM_GET(y, "Ry")
NUM_GET(j, "S8_")
STAND_IN(num_put_pointer,
         "_ZNKSt3__17num_putIwNS_19ostreambuf_iteratorIwNS_11char_traitsIwEEEEE6do_putES4_RNS_8ios_baseEwPKv")
NUM_PUT(b)
NUM_PUT(d)
NUM_PUT(e)
NUM_PUT(l)
NUM_PUT(m)
NUM_PUT(x)
NUM_PUT(y)
TIMES_GET(c)
TIMES_GET(w)
MONEYS(c)
MONEYS(w)
