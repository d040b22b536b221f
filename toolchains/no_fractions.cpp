// Nothing here prints numbers with a fraction, but std::format could, and brings 104 KB of tables for it. These stand
// in for the functions of the C++ library that need them (its src/ryu): whoever gets here ends the process.
extern "C" {
[[noreturn]] void touchsts_no_fixed() asm("_ZNSt3__120__d2fixed_buffered_nEPcS0_dj");
[[noreturn]] void touchsts_no_exponent() asm("_ZNSt3__118__d2exp_buffered_nEPcS0_dj");
[[noreturn]] void touchsts_no_digits() asm("_ZNSt3__117__append_n_digitsEjjPc");
[[noreturn]] void touchsts_no_nine_digits() asm("_ZNSt3__120__append_nine_digitsEjPc");

void touchsts_no_fixed() { __builtin_trap(); }
void touchsts_no_exponent() { __builtin_trap(); }
void touchsts_no_digits() { __builtin_trap(); }
void touchsts_no_nine_digits() { __builtin_trap(); }
}
