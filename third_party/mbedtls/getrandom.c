/* The one entropy source: getrandom(2). It needs no file, so it works where there is no /dev. */
#include <errno.h>
#include <stddef.h>
#include <sys/random.h>

#include "mbedtls/entropy.h"

/* mbedtls_hardware_poll fills `out` with `length` random bytes; *filled says how many. 0, or an entropy error. */
int mbedtls_hardware_poll(void *context, unsigned char *out, size_t length, size_t *filled) {
  (void)context;
  size_t done = 0;
  while (done < length) {
    const ssize_t count = getrandom(out + done, length - done, 0);
    if (count < 0) {
      if (errno == EINTR) {
        continue;
      }
      return MBEDTLS_ERR_ENTROPY_SOURCE_FAILED;
    }
    done += (size_t)count;
  }
  *filled = done;
  return 0;
}
