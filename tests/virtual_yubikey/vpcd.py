"""Puts a card into the virtual PC/SC reader of vsmartcard (vpcd), so that programs that talk to pcscd can use it.

vpcd listens; a card connects. Messages have two length bytes, big end first; those of one byte are about power."""
import socket
import struct
import threading
import time

from .usb_device import ANSWER_TO_RESET

PORT = 0x8C7B
POWER_OFF, POWER_ON, RESET, GET_ANSWER_TO_RESET = 0, 1, 2, 4


class Inserted:
    """A card in the reader, until close()."""

    def __init__(self, card, seconds=10):
        self.card = card
        end = time.monotonic() + seconds
        while True:
            try:
                self.socket = socket.create_connection(("127.0.0.1", PORT))
                break
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)
        threading.Thread(target=self.serve, daemon=True).start()

    def close(self):
        self.socket.close()

    def receive(self, size):
        data = b""
        while len(data) < size:
            part = self.socket.recv(size - len(data))
            if not part:
                raise OSError("closed")
            data += part
        return data

    def serve(self):
        try:
            while True:
                message = self.receive(struct.unpack(">H", self.receive(2))[0])
                if len(message) > 1:
                    answer, wait = self.card.apdu(message)
                    time.sleep(wait)
                elif message[0] == GET_ANSWER_TO_RESET:
                    answer = ANSWER_TO_RESET
                else:
                    self.card.power_on()
                    continue
                self.socket.sendall(struct.pack(">H", len(answer)) + answer)
        except OSError:
            pass
