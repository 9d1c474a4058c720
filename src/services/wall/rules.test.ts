/** The texts that the kernel's programs are given, byte for byte; and that these take them. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { htbCommands, htbRemoval, portRows, type RulesOptions } from './rules.ts'
import {
  ipsetCreate,
  ipsetDestroy,
  ipsetRefuse,
  iptablesInstall,
  iptablesIsInstalled,
  iptablesIsLocal,
  iptablesPorts,
  iptablesRemove,
} from './rules-iptables.ts'
import {
  nftInstall,
  nftIsInstalled,
  nftPorts,
  nftRefuse,
  nftRefuseNone,
  nftRemove,
} from './rules-nft.ts'

const PLAIN: RulesOptions = {
  ...{ queue: 5, fail: 'open', local: false, sets: false, htb: false },
  throttles: [{ rate: 1_000_000, per: 'all' }],
}

const EVERYTHING: RulesOptions = {
  ...{ queue: 5, fail: 'closed', local: true, sets: true, htb: false },
  throttles: [
    { rate: 1_000_000, per: 'host' },
    { rate: 64_000, per: 'flow' },
    { rate: 5_000_000, per: 'all' },
  ],
}

const TAUGHT = {
  ...{ capture: 'made', frame: 1, via: 'pex', micros: 0 },
  by: { ip: '198.51.100.1', port: 6881 },
  endpoint: { ip: '198.51.100.9', port: 6881 },
}

const REFUSED = (
  [
    {
      host: '192.0.2.7',
      endpoint: { ip: '198.51.100.9', port: 6881 },
      carriers: 'both',
      seconds: 90,
    },
    {
      host: '2001:db8::7',
      endpoint: { ip: '2001:db8:1::9', port: 1 },
      carriers: 'udp',
      seconds: 5,
    },
    { host: '192.0.2.7', endpoint: { ip: '2001:db8:1::9', port: 1 }, carriers: 'udp', seconds: 5 },
  ] as const
).map((refused) => ({ ...refused, taughtBy: TAUGHT }))

const NFT_PLAIN = `table inet peerscope
delete table inet peerscope
table inet peerscope {
  chain decide {
    meta mark and 0x100 == 0x100 accept
    meta l4proto != { tcp, udp } accept
    ct mark and 0x07 == 0x01 accept
    ct mark and 0x07 == 0x04 counter drop
    ct mark and 0xff == 0x02 limit rate over 1000000 bytes/second burst 250000 bytes counter drop
    ct mark and 0x07 == 0x02 accept
    counter queue flags bypass to 5
  }
  chain forward {
    type filter hook forward priority 10; policy accept;
    jump decide
  }
  chain save {
    meta mark and 0xff == 0x01 ct mark set ct mark and 0xffffff00 or 0x01
    meta mark and 0xff == 0x09 ct mark set ct mark and 0xffffff00 or 0x09
    meta mark and 0xff == 0x02 ct mark set ct mark and 0xffffff00 or 0x02
  }
  chain postrouting {
    type filter hook postrouting priority 10; policy accept;
    jump save
  }
}
`

const IPTABLES_PLAIN = `*mangle
:PEERSCOPE - [0:0]
:PEERSCOPE_SAVE - [0:0]
-A PEERSCOPE -m mark --mark 0x100/0x100 -j RETURN
-A PEERSCOPE -m connmark --mark 0x01/0x07 -j RETURN
-A PEERSCOPE -m connmark --mark 0x04/0x07 -j DROP
-A PEERSCOPE -m connmark --mark 0x02/0xff -m hashlimit --hashlimit-above 1000000b/s --hashlimit-burst 1100000b --hashlimit-name peerscope0 -j DROP
-A PEERSCOPE -m connmark --mark 0x02/0x07 -j RETURN
-A PEERSCOPE -p tcp -j NFQUEUE --queue-num 5 --queue-bypass
-A PEERSCOPE -p udp -j NFQUEUE --queue-num 5 --queue-bypass
-A PEERSCOPE_SAVE -m mark ! --mark 0x00/0x07 -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff
-A FORWARD -j PEERSCOPE
-A POSTROUTING -j PEERSCOPE_SAVE
COMMIT
`

const IPTABLES_REMOVE = `*mangle
-D FORWARD -j PEERSCOPE
-D POSTROUTING -j PEERSCOPE_SAVE
-F PEERSCOPE
-X PEERSCOPE
-F PEERSCOPE_SAVE
-X PEERSCOPE_SAVE
COMMIT
`

test('nft: one table, replaced in one transaction', () => {
  assert.equal(nftInstall(PLAIN), NFT_PLAIN)
  assert.equal(nftRemove(), 'table inet peerscope\ndelete table inet peerscope\n')
  assert.equal(nftIsInstalled('table ip nat\ntable inet peerscope\n'), true)
  assert.equal(nftIsInstalled('table inet peerscope2\n'), false)
})

test('nft: with everything: sets, buckets of hosts and flows, the host itself, fail closed', () => {
  const text = nftInstall(EVERYTHING)
  for (const line of [
    '    counter queue to 5',
    '    elements = { 10.0.0.0/8, 100.64.0.0/10, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16 }',
    '    ct mark and 0xff == 0x02 ip6 daddr @ours6 update @bucket0_down6 { ip6 daddr limit rate over 1000000 bytes/second burst 250000 bytes } counter drop',
    '    ct mark and 0xff == 0x0a update @bucket1_flow4 { ip saddr . ip daddr . th sport . th dport limit rate over 64000 bytes/second burst 65536 bytes } counter drop',
    '    ct mark and 0xff == 0x12 limit rate over 5000000 bytes/second burst 1250000 bytes counter drop',
    '    ip saddr . ip daddr . meta l4proto . th dport @refused4 counter drop',
    '    type filter hook output priority 10; policy accept;',
    '    oifname "lo" accept',
    '    meta mark and 0xff == 0x12 ct mark set ct mark and 0xffffff00 or 0x12',
  ]) {
    assert.ok(text.split('\n').includes(line), line)
  }
  const ours = nftInstall({ ...EVERYTHING, ours: ['192.0.2.0/24'] })
  assert.match(ours, /set ours4 \{[^}]*elements = \{ 192\.0\.2\.0\/24 \}/)
  assert.match(ours, /set ours6 \{\n {4}type ipv6_addr\n {4}flags interval\n {4}auto-merge\n {2}\}/)
})

test('nft: refused endpoints with their time-outs, each family in its set', () => {
  assert.equal(
    nftRefuse(REFUSED),
    'add element inet peerscope refused4 { 192.0.2.7 . 198.51.100.9 . tcp . 6881 timeout 90s, ' +
      '192.0.2.7 . 198.51.100.9 . udp . 6881 timeout 90s }\n' +
      'add element inet peerscope refused6 { 2001:db8::7 . 2001:db8:1::9 . udp . 1 timeout 5s }\n',
  )
  assert.equal(nftRefuse([]), '')
})

test('iptables: chains of our own in mangle; what an earlier run left goes in the same COMMIT', () => {
  assert.equal(iptablesInstall(PLAIN, 4), IPTABLES_PLAIN)
  assert.equal(iptablesInstall(PLAIN, 6), IPTABLES_PLAIN)
  assert.equal(iptablesRemove(false), IPTABLES_REMOVE)
  const anew = iptablesInstall(PLAIN, 4, { isLocal: false }).split('\n')
  assert.deepEqual(anew.slice(3, 5), [
    '-D FORWARD -j PEERSCOPE',
    '-D POSTROUTING -j PEERSCOPE_SAVE',
  ])
  assert.equal(iptablesIsInstalled('*mangle\n:PEERSCOPE - [0:0]\n'), true)
  assert.equal(iptablesIsInstalled('*mangle\n:PEERSCOPE2 - [0:0]\n'), false)
  assert.equal(iptablesIsLocal('-A OUTPUT ! -o lo -j PEERSCOPE\n'), true)
  const all = iptablesInstall(EVERYTHING, 6)
  assert.match(all, /-s fc00::\/7 -m connmark --mark 0x02\/0xff -m hashlimit .* srcip /)
  assert.match(all, /-j NFQUEUE --queue-num 5\n/)
  assert.match(all, /-m set --match-set peerscope_refused6 dst,dst,src -j DROP\n/)
})

test('ipset: refused endpoints as address, port and host', () => {
  assert.equal(
    ipsetRefuse(REFUSED),
    'add peerscope_refused4 198.51.100.9,tcp:6881,192.0.2.7 timeout 90 -exist\n' +
      'add peerscope_refused4 198.51.100.9,udp:6881,192.0.2.7 timeout 90 -exist\n' +
      'add peerscope_refused6 2001:db8:1::9,udp:1,2001:db8::7 timeout 5 -exist\n',
  )
})

test('HTB: a class for each rate that all share, nothing for what has none', () => {
  assert.deepEqual(htbCommands({ ...PLAIN, htb: true }, ['eth0', 'eth1']), [
    'tc qdisc replace dev eth0 root handle 50: htb',
    'tc class replace dev eth0 parent 50: classid 50:10 htb rate 8000000bit burst 250000 cburst 250000',
    'tc qdisc replace dev eth1 root handle 50: htb',
    'tc class replace dev eth1 parent 50: classid 50:10 htb rate 8000000bit burst 250000 cburst 250000',
  ])
  assert.deepEqual(htbCommands(PLAIN, ['eth0']), [])
  assert.deepEqual(htbRemoval(['eth0']), ['tc qdisc del dev eth0 root handle 50:'])
  assert.match(nftInstall({ ...PLAIN, htb: true }), /0x02 meta priority set 50:10\n/)
  assert.match(iptablesInstall({ ...PLAIN, htb: true }, 4), /-j CLASSIFY --set-class 50:10\n/)
})

const CARDS = [
  { title: 'A', carriers: ['tcp', 'udp'], portHints: [6882, 6881, 6883, 443, 0] },
  { title: 'B', carriers: ['tcp'], portHints: [1214] },
  { title: 'VPN', carriers: ['udp'], portHints: [51_820], neighbour: 'no file sharing' },
] as const

test('a policy of ports alone says what it misses, and leaves the ports of others alone', () => {
  const rows = portRows(CARDS)
  const nft = nftPorts(rows, false)
  assert.match(nft, /^# Ports by which .*\n# .*misses every client that takes another port/)
  assert.match(nft, /\n {4}tcp dport \{ 1214, 6881-6883 \} counter reject with tcp reset\n/)
  assert.match(nft, /\n {4}udp dport \{ 6881-6883 \} counter drop\n/)
  const iptables = iptablesPorts(rows, true)
  assert.match(
    iptables,
    /-p tcp -m multiport --dports 1214,6881:6883 -j REJECT --reject-with tcp-reset\n/,
  )
  assert.match(iptables, /-p udp -m multiport --dports 6881:6883 -j DROP\n/)
  const many = Array.from({ length: 16 }, (_, i) => 10_000 + 2 * i)
  const two = iptablesPorts(portRows([{ title: 'C', carriers: ['udp'], portHints: many }]), false)
  assert.equal(two.match(/multiport/g)?.length, 2)
})

/** Programs need their own network namespace, so that nothing of this machine is touched. */
function inNamespace(script: string): { status: number | null; text: string } {
  const { status, stdout, stderr } = spawnSync('unshare', ['-n', 'bash', '-c', script], {
    encoding: 'utf8',
  })
  return { status, text: `${stdout}${stderr}` }
}

function lacks(program: string): string | false {
  const found = inNamespace(`command -v ${program}`)
  return found.status === 0
    ? false
    : `${program} in a network namespace of its own is not to be had`
}

function given(command: string, text: string): string {
  return `${command} <<'END'\n${text}END\n`
}

test('nft takes the texts, installs over an earlier run, and removes them', {
  skip: lacks('nft'),
}, () => {
  const queues = inNamespace(given('nft -c -f -', 'table inet q { chain c { queue to 1\n }\n }\n'))
  const usable = (text: string) =>
    queues.status === 0 ? text : text.replace(/counter queue .*/, 'counter accept')
  for (const options of [PLAIN, EVERYTHING]) {
    const { status, text } = inNamespace(
      `set -e\n${given('nft -f -', usable(nftInstall(options)))}${
        options.sets
          ? given('nft -f -', nftRefuse(REFUSED)) + given('nft -f -', nftRefuseNone())
          : ''
      }${given('nft -f -', usable(nftInstall(options)))}nft list tables\n${given('nft -f -', nftRemove())}${given('nft -f -', nftRemove())}nft list tables`,
    )
    assert.equal(status, 0, text)
    assert.equal(text, 'table inet peerscope\n')
  }
  const ports = inNamespace(given('nft -c -f -', nftPorts(portRows(CARDS), true)))
  assert.equal(ports.status, 0, ports.text)
})

test('iptables takes the texts, both versions', { skip: lacks('iptables-restore') }, () => {
  const sets = lacks('ipset') === false
  for (const options of [PLAIN, { ...EVERYTHING, sets }]) {
    for (const version of [4, 6] as const) {
      const restore = `${version === 6 ? 'ip6' : 'ip'}tables-restore --noflush`
      const save = `${version === 6 ? 'ip6' : 'ip'}tables-save -t mangle`
      const { status, text } = inNamespace(
        `set -e\n${options.sets ? given('ipset restore', ipsetCreate()) : ''}${given(
          restore,
          iptablesInstall(options, version),
        )}${given(restore, iptablesInstall(options, version, { isLocal: options.local }))}${save}\n${given(
          restore,
          iptablesRemove(options.local),
        )}echo removed\n${save}\n${
          options.sets
            ? given('ipset restore', ipsetRefuse(REFUSED)) + given('ipset restore', ipsetDestroy())
            : ''
        }`,
      )
      assert.equal(status, 0, text)
      const [installed, removed] = text.split('removed\n')
      assert.equal(iptablesIsInstalled(installed!), true)
      assert.equal(iptablesIsLocal(installed!), options.local)
      assert.equal(installed!.match(/-A FORWARD -j PEERSCOPE/g)?.length, 1)
      assert.equal(removed!.includes('PEERSCOPE'), false)
    }
  }
  const ports = inNamespace(
    given('iptables-restore --noflush --test', iptablesPorts(portRows(CARDS), true)),
  )
  assert.equal(ports.status, 0, ports.text)
})
