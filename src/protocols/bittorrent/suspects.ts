/**
 * How clients are started so that they do all that they can be examined for: one torrent, plain
 * connections, peer exchange and DHT where they have it, on one port for both carriers.
 * Sources: their manuals; Debian 12's packages.
 */
import type { KnownClient } from '../../core/taint.ts'

const LIBTORRENT = `import sys, time
import libtorrent as lt
torrent, folder, port, node, node_port = sys.argv[1:]
session = lt.session({
    'listen_interfaces': '0.0.0.0:' + port,
    'enable_lsd': False, 'enable_upnp': False, 'enable_natpmp': False,
    'dht_bootstrap_nodes': node + ':' + node_port,
    'out_enc_policy': 2,
})
session.add_torrent({'ti': lt.torrent_info(torrent), 'save_path': folder})
while True:
    time.sleep(1)
`

const TRANSMISSION = `{
  "peer-port": {port}, "encryption": 0, "dht-enabled": true, "pex-enabled": true,
  "utp-enabled": false, "lpd-enabled": false, "port-forwarding-enabled": false,
  "download-dir": "{folder}", "watch-dir-enabled": true, "watch-dir": "{torrents}"
}
`

/** Without a session its node of the DHT does not begin. */
const RTORRENT = `system.daemon.set = true
session.path.set = {folder}/session
directory.default.set = {folder}
network.port_range.set = {port}-{port}
protocol.encryption.set = none
protocol.pex.set = yes
dht.port.set = {port}
dht.mode.set = on
schedule2 = node, 3, 0, "dht.add_node={dht}"
schedule2 = load, 15, 0, "load.start={torrent}"
`

const QBITTORRENT = `[LegalNotice]
Accepted=true
[BitTorrent]
Session\\Port={port}
Session\\Encryption=2
Session\\DHTEnabled=true
Session\\PeXEnabled=true
Session\\LSDEnabled=false
Session\\DefaultSavePath={folder}
[Preferences]
WebUI\\LocalHostAuth=false
WebUI\\UseUPnP=false
[Network]
PortForwardingEnabled=false
`

const DELUGE = `{"file": 1, "format": 1}{
  "listen_ports": [{port}, {port}], "random_port": false, "dht": true, "utpex": true,
  "lsd": false, "upnp": false, "natpmp": false, "enc_in_policy": 2, "enc_out_policy": 2,
  "download_location": "{folder}"
}
`

export const suspects: readonly KnownClient[] = [
  {
    name: 'transmission',
    version: ['transmission-daemon', '--version'],
    files: { 'settings.json': TRANSMISSION, 'dht.bootstrap': '{dht-ip} {dht-port}\n' },
    command: ['transmission-daemon', '-f', '-g', '{folder}'],
  },
  {
    name: 'libtorrent',
    version: ['/usr/bin/python3', '-c', 'import libtorrent; print(libtorrent.version)'],
    files: { 'client.py': LIBTORRENT },
    command: [
      ...['/usr/bin/python3', '{folder}/client.py'],
      ...['{torrent}', '{folder}', '{port}', '{dht-ip}', '{dht-port}'],
    ],
  },
  {
    name: 'aria2',
    version: ['aria2c', '--version'],
    files: {},
    command: [
      ...['aria2c', '--no-conf', '--dir={folder}', '--dht-file-path={folder}/dht.dat'],
      ...['--listen-port={port}', '--dht-listen-port={port}', '--dht-entry-point={dht}'],
      ...['--enable-dht6=false', '--file-allocation=none', '{torrent}'],
    ],
  },
  {
    name: 'rtorrent',
    version: ['rtorrent', '-h'],
    files: { '.rtorrent.rc': RTORRENT, 'session/keep': '' },
    command: ['rtorrent'],
  },
  {
    name: 'qbittorrent',
    version: ['qbittorrent-nox', '--version'],
    files: { 'qBittorrent/config/qBittorrent.conf': QBITTORRENT },
    command: ['qbittorrent-nox', '--profile={folder}', '--webui-port=8080', '{torrent}'],
  },
  {
    name: 'deluge',
    version: ['deluged', '--version'],
    files: { 'core.conf': DELUGE },
    command: ['deluged', '-d', '-c', '{folder}'],
    afterwards: [['deluge-console', '-c', '{folder}', 'add -p {folder} {torrent}']],
  },
]
