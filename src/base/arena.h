// The memory of all Secrets of this process: locked (best effort), kept out of core files and of forked children, and
// followed by a page that traps. base/secret.h is its only user.
#pragma once

#include <cstddef>

namespace touchsts::arena {

// take gives `size` zeroed bytes, aligned to 16. It never returns null: when memory is out the process ends (exit 70).
std::byte* take(std::size_t size);

// give_back returns memory of take; the caller has wiped it.
void give_back(std::byte* bytes);

// Who forks to go on in the child calls the first before and the second after, in both: the child then has the secrets,
// locked anew, and later children have none again.
void let_child_have_secrets();
void keep_from_children();

// locked tells whether everything handed out so far is locked into memory.
bool locked();

}  // namespace touchsts::arena
