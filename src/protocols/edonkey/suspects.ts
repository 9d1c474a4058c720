/**
 * How clients are started so that they do all that they can be examined for: a server, Kad, one file, no
 * obfuscation. Sources: amule's manuals; Debian 12's package.
 */
import type { KnownClient } from '../../core/taint.ts'

/** MD5 of `control`. */
const AMULE = `[eMule]
Nick=suspect
Port={port}
UDPPort={kad-port}
ConnectToKad=1
ConnectToED2K=1
Autoconnect=1
UPnPEnabled=0
FilterLanIPs=0
SafeServerConnect=0
[ExternalConnect]
AcceptExternalConnections=1
ECPort=4712
ECPassword=fc5364bf9dbfa34954526becad136d4b
[Obfuscation]
IsClientCryptLayerSupported=0
IsCryptLayerRequested=0
IsClientCryptLayerRequired=0
`

const CONTROL = ['amulecmd', '-h', '127.0.0.1', '-p', '4712', '-P', 'control', '-c']

export const suspects: readonly KnownClient[] = [
  {
    name: 'amule',
    version: ['amuled', '--version'],
    files: { 'amule.conf': AMULE },
    command: ['amuled', '-c', '{folder}', '-o'],
    afterwards: [
      [...CONTROL, 'add {server}'],
      [...CONTROL, 'connect {server-at}'],
      [...CONTROL, 'add {link}'],
      [...CONTROL, 'connect kad'],
    ],
  },
]
