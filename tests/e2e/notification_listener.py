#!/usr/bin/python3
"""Shows notices as a desktop would: owns org.freedesktop.Notifications on the session's bus and prints each call as a
line of JSON."""
import json
import sys

from jeepney import MessageType, new_method_return
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection
from jeepney.low_level import HeaderFields

connection = open_dbus_connection("SESSION")
connection.send_and_get_reply(message_bus.RequestName("org.freedesktop.Notifications"))
print(json.dumps({"ready": True}), flush=True)
number = int(sys.argv[1])
while True:
    message = connection.receive()
    if message.header.message_type != MessageType.method_call:
        continue
    member = message.header.fields[HeaderFields.member]
    print(json.dumps({member: message.body}, default=str), flush=True)
    if member == "Notify":
        connection.send(new_method_return(message, "u", (number,)))
    else:
        connection.send(new_method_return(message))
