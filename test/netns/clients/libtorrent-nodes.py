"""
A DHT of libtorrent's nodes on many hosts in one program: each session lives in a network namespace of its
own, and has a node for each of its addresses. All look for the same contents again and again.

    python3 libtorrent-nodes.py '{"entry": "ADDRESS:PORT", "port": PORT, "contents": ["HASH"],
                                  "hosts": [{"namespace": "NAME", "ips": ["ADDRESS"]}]}'
"""

import ctypes
import json
import os
import sys
import time
import warnings

import libtorrent

# What is known of the nodes of a session is said by nothing newer without a loop over alerts.
warnings.simplefilter("ignore", DeprecationWarning)

CLONE_NEWNET = 0x40000000
# Alone they know nobody: with fewer nodes in its tables a session is not in yet.
KNOWN_MIN = 8
# Once in a while a datagram is lost.
ANNOUNCEMENTS = 2
ROUND_SECONDS = 2

told = json.loads(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)


def session_on(host):
    """Threads that it starts are in this namespace too, and so are their sockets."""
    with open(f"/var/run/netns/{host['namespace']}") as namespace:
        if libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return libtorrent.session(
        {
            "listen_interfaces": ",".join(f"{ip}:{told['port']}" for ip in host["ips"]),
            "dht_bootstrap_nodes": told["entry"],
            "enable_lsd": False,
            "enable_upnp": False,
            "enable_natpmp": False,
            # The DHT alone: nobody connects.
            "enable_incoming_tcp": False,
            "enable_outgoing_tcp": False,
            "enable_incoming_utp": False,
            "enable_outgoing_utp": False,
            # Enough for all to look for all.
            "dht_upload_rate_limit": 1000000,
            "alert_mask": 0,
            "aio_threads": 1,
            "hashing_threads": 1,
        }
    )


def say(text):
    print(text, flush=True)


sessions = [session_on(host) for host in told["hosts"]]
say("all are there")
# Whoever is asked first is put into no table: each knows some others, as if from the last time.
addresses = [ip for host in told["hosts"] for ip in host["ips"]]
for number, session in enumerate(sessions):
    for step in range(1, KNOWN_MIN + 1):
        other = addresses[(step * step * len(told["hosts"][0]["ips"]) + number * 7 + step) % len(addresses)]
        session.add_dht_node((other, told["port"]))
deadline = time.time() + 60
while min(session.status().dht_nodes for session in sessions) < KNOWN_MIN:
    if time.time() > deadline:
        sys.exit(f"not all came in: {[session.status().dht_nodes for session in sessions]}")
    time.sleep(0.2)
say("all are in")
handles = []
for number, session in enumerate(sessions):
    content = told["contents"][number % len(told["contents"])]
    magnet = libtorrent.parse_magnet_uri(f"magnet:?xt=urn:btih:{content}")
    magnet.save_path = "/nowhere"
    handles.append(session.add_torrent(magnet))
for number in range(1 << 30):
    if number < ANNOUNCEMENTS:
        for handle in handles:
            handle.force_dht_announce()
    if number == ANNOUNCEMENTS:
        say("all is announced")
    for at, content in enumerate(told["contents"]):
        hash = libtorrent.sha1_hash(bytes.fromhex(content))
        sessions[(number + 5 * at) % len(sessions)].dht_get_peers(hash)
    time.sleep(ROUND_SECONDS)
