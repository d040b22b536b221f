#!/usr/bin/python3
"""A secret store as KeePassXC is one: each change is a prompt, which is carried out when it is called, mostly without anybody.

With the argument "silent" no prompt is ever completed. Each call is printed as a line of JSON."""
import json
import sys

from jeepney import DBusAddress, MessageType, new_error, new_method_return, new_signal
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection
from jeepney.low_level import HeaderFields

SECRETS = "/org/freedesktop/secrets"
ITEM, PROMPT = f"{SECRETS}/collection/db/", f"{SECRETS}/prompt/1"
items, pending = [], []


def matching(wanted):
    return [f"{ITEM}{number}" for number, (attributes, _) in enumerate(items) if set(wanted) <= set(attributes)]


def secret(path):
    return f"{SECRETS}/session/1", b"", items[int(path.rsplit("/")[-1])][1], "text/plain"


def answer(member, path, body):
    """Signature and values of the answer."""
    if member == "OpenSession" and body[0] == "plain":
        return "vo", (("s", ""), f"{SECRETS}/session/1")
    if member == "SearchItems":
        return "aoao", (matching(dict(body[0]).items()), [])
    if member == "ReadAlias":
        return "o", (f"{SECRETS}/collection/db",)
    if member == "Get":
        return "v", (("b", False),)
    if member == "GetSecret":
        return "(oayays)", (secret(path),)
    if member == "GetSecrets":
        return "a{o(oayays)}", ({item: secret(item) for item in body[0]},)
    if member == "CreateItem":
        properties, given, _ = body
        pending.append(lambda: items.append((dict(properties["org.freedesktop.Secret.Item.Attributes"][1]).items(), bytes(given[2]))))
        return "oo", ("/", PROMPT)
    if member == "Delete":
        pending.append(items.clear)
        return "o", (PROMPT,)
    return ("", ()) if member in ("Prompt", "Dismiss") else None


connection = open_dbus_connection("SESSION")
connection.send_and_get_reply(message_bus.RequestName("org.freedesktop.secrets"))
print(json.dumps("ready"), flush=True)
while True:
    message = connection.receive()
    if message.header.message_type != MessageType.method_call:
        continue
    member = message.header.fields[HeaderFields.member]
    print(json.dumps(member), flush=True)
    found = answer(member, message.header.fields[HeaderFields.path], message.body)
    connection.send(new_method_return(message, *found) if found else new_error(message, "org.freedesktop.DBus.Error.NotSupported"))
    if member == "Prompt" and sys.argv[1:] != ["silent"]:
        while pending:
            pending.pop()()
        connection.send(new_signal(DBusAddress(PROMPT, interface="org.freedesktop.Secret.Prompt"), "Completed", "bv", (False, ("o", f"{ITEM}0"))))
