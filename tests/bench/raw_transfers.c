/* raw_transfers: the USB transfers of one code and nothing else: power on, SELECT, LIST and CALCULATE for the account
   "alice" on the first YubiKey (interface 2, endpoints 02 and 82). The key sees how long they take. */
#include <dirent.h>
#include <fcntl.h>
#include <linux/usbdevice_fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { interface = 2, endpoint_out = 0x02, endpoint_in = 0x82, patience = 5000 };

static int open_key(void) {
  DIR* folder = opendir("/dev/bus/usb/001");
  struct dirent* entry;
  while (folder && (entry = readdir(folder))) {
    char path[300];
    unsigned char device[18];
    snprintf(path, sizeof path, "/dev/bus/usb/001/%s", entry->d_name);
    const int file = open(path, O_RDWR | O_CLOEXEC);
    if (file >= 0 && read(file, device, sizeof device) == sizeof device && device[8] == 0x50 && device[9] == 0x10) {
      closedir(folder);
      return file;
    }
    if (file >= 0) {
      close(file);
    }
  }
  return -1;
}

static int transfer(int file, unsigned endpoint, unsigned char* data, unsigned size) {
  struct usbdevfs_bulktransfer bulk = {.ep = endpoint, .len = size, .timeout = patience, .data = data};
  return ioctl(file, USBDEVFS_BULK, &bulk);
}

/* One command of CCID and its answer; the answer's status must be good. */
static int command(int file, unsigned char type, const unsigned char* data, unsigned char size) {
  static unsigned char sequence, message[512];
  memset(message, 0, 10);
  message[0] = type;
  message[1] = size;
  message[6] = ++sequence;
  memcpy(message + 10, data, size);
  if (transfer(file, endpoint_out, message, 10U + size) != 10 + size) {
    return -1;
  }
  const int got = transfer(file, endpoint_in, message, sizeof message);
  return got > 10 && message[6] == sequence && message[7] == 0 ? 0 : -1;
}

int main(void) {
  static const unsigned char select[] = {0, 0xA4, 4, 0, 7, 0xA0, 0, 0, 5, 0x27, 0x21, 1};
  static const unsigned char list[] = {0, 0xA1, 0, 0, 0};
  static const unsigned char calculate[] = {0,   0xA2, 0, 1, 17, 0x71, 5, 'a', 'l', 'i', 'c',
                                            'e', 0x74, 8, 0, 0,  0,    0, 0,   0,   0,   1};
  const int file = open_key();
  unsigned number = interface;
  if (file < 0 || ioctl(file, USBDEVFS_CLAIMINTERFACE, &number) != 0) {
    return 2;
  }
  return command(file, 0x62, select, 0) || command(file, 0x6F, select, sizeof select) ||
                 command(file, 0x6F, list, sizeof list) || command(file, 0x6F, calculate, sizeof calculate)
             ? 3
             : 0;
}
