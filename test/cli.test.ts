/** The program as its users start it: output, exit codes, pipes, signals, damage. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { u32le } from '../src/core/bytes.ts'
import { repositoryFile } from '../src/core/repository.ts'
import { temporaryFolder } from '../src/core/temporary-folder-in-test.ts'

const MAIN = repositoryFile('dist/src/app/main.js')
const SAMPLE = repositoryFile('samples/office.pcap')
/** As capinfos counts. */
const SAMPLE_PACKETS = 4242

/** No run over the sample takes longer, on the slowest machine. */
const TIMEOUT_MS = 60_000
/** An environment in which nothing outside decides about colours. */
const PLAIN = { PATH: process.env.PATH ?? '' }

function run(args: readonly string[], options: { input?: Buffer; env?: NodeJS.ProcessEnv } = {}) {
  const done = spawnSync(process.execPath, [MAIN, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: PLAIN,
    timeout: TIMEOUT_MS,
    ...options,
  })
  return { status: done.status, out: done.stdout, err: done.stderr }
}

/** The first packets of the sample, for what does not need all of them. */
const SMALL = join(temporaryFolder(), 'small.pcap')
writeFileSync(SMALL, firstPackets(readFileSync(SAMPLE), 600))

/** Of a little-endian classic pcap. */
function firstPackets(capture: Uint8Array, count: number): Uint8Array {
  let at = 24
  for (let i = 0; i < count; i++) at += 16 + u32le(capture, at + 8)
  return capture.subarray(0, at)
}

test('what people read is --format text everywhere, and --json stands beside it', () => {
  const text = run(['read', SMALL, '--format', 'text', '-q'])
  assert.match(text.out, /600 packets/)
  assert.equal(run(['read', SMALL, '--format', 'summary', '-q']).out, text.out)
  const json = run(['incidents', SMALL, '--json'])
  assert.equal(json.out, run(['incidents', SMALL, '--format', 'json']).out)
  assert.equal(typeof JSON.parse(json.out), 'object')
  const both = run(['incidents', SMALL, '--json', '--format', 'csv'])
  assert.equal(both.status, 2)
  assert.match(both.err, /--json is --format json and cannot be --format csv/)
})

test('commands with one answer give it as text or as JSON, by --format or by --json', () => {
  const scenario = repositoryFile('scenarios/gnutella-sequence.yaml')
  for (const [command, begins] of [
    [['info', SMALL], `${SMALL}\n  format `],
    [['wall', 'try', SMALL], 'rule '],
    [['lab', 'run', scenario], 'Gnutella: query'],
  ] as const) {
    const text = run(command)
    assert.deepEqual([text.status, text.err], [0, ''])
    assert.ok(text.out.startsWith(begins), text.out.slice(0, 200))
    const json = run([...command, '--json'])
    const [line] = json.out.split('\n')
    assert.equal(typeof JSON.parse(line!), 'object')
    assert.deepEqual(run([...command, '--format', 'json']), json)
  }
  for (const command of ['info', 'wall try', 'lab run', 'taint', 'backtrack']) {
    const both = run([...command.split(' '), 'x', '--json', '--format', 'text'])
    assert.deepEqual([command, both.status, both.out], [command, 2, ''])
    assert.match(both.err, /--json is --format json and cannot be --format text/)
    assert.match(run([...command.split(' '), 'x', '--format', 'eve']).err, /choices are text, json/)
  }
})

test('help for a command that is none names those that are', () => {
  const { status, out, err } = run(['help', 'bogus'])
  assert.equal(status, 2)
  assert.equal(out, '')
  assert.match(err, /^peerscope: unknown command 'bogus' \(there are read, info, live, .*\)\n/)
  assert.match(run(['help', 'read']).out, /^Usage: peerscope read /)
})

test('where no packet says what time it is, no time is made up', (context) => {
  const path = join(temporaryFolder(context), 'empty.pcap')
  writeFileSync(path, readFileSync(SAMPLE).subarray(0, 24))
  const before = new Date().toISOString().slice(0, 10)
  const { out } = run(['read', '--format', 'eve', path])
  const { timestamp, stats } = JSON.parse(out.trim().split('\n').at(-1)!)
  assert.equal(stats.decoder.pkts, 0)
  assert.ok(timestamp >= before, timestamp)
})

test('bare -r, read, and a bare file name all give the same summary', () => {
  const bare = run(['-r', SAMPLE])
  assert.equal(bare.status, 0)
  assert.equal(bare.err, '')
  assert.match(bare.out, /^PROTOCOLS {2}P2P is /m)
  assert.match(bare.out, /4,242 packets read: /)
  assert.doesNotMatch(bare.out, /not accounted for/)
  assert.deepEqual(run(['read', SAMPLE]), bare)
  assert.deepEqual(run([SAMPLE]), bare)
  assert.deepEqual(run(['-r', '-'], { input: readFileSync(SAMPLE) }).status, 0)
})

test('standard input gives what the file gives', () => {
  const events = (text: string) =>
    text.replaceAll(JSON.stringify(SAMPLE), '"-"').replaceAll(`of ${SAMPLE}`, 'of -')
  const file = run(['-r', SAMPLE, '--format', 'eve'])
  const pipe = run(['-r', '-', '--format', 'eve'], { input: readFileSync(SAMPLE) })
  assert.equal(pipe.status, 0)
  assert.equal(pipe.out, events(file.out))
})

test('eve and ndjson are JSON a line; the last line accounts for every packet', () => {
  const eve = run(['-r', SAMPLE, '--format', 'eve'])
  assert.equal(eve.status, 0)
  const events = eve.out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { event_type: string })
  const types = new Set(events.map(({ event_type }) => event_type))
  for (const type of ['flow', 'p2p_claim', 'p2p_host', 'stats']) assert.ok(types.has(type), type)
  const { stats } = events.at(-1) as unknown as { stats: { decoder: { pkts: number } } }
  assert.equal(stats.decoder.pkts, SAMPLE_PACKETS)
  const own = run(['-r', SAMPLE, '--json'])
  const last = JSON.parse(own.out.trimEnd().split('\n').at(-1)!) as {
    type: string
    packets: number
  }
  assert.deepEqual([last.type, last.packets], ['totals', SAMPLE_PACKETS])
})

test('the same input gives the same bytes, every time and in every format', () => {
  for (const format of ['text', 'eve', 'ndjson', 'csv']) {
    const args = ['-r', SMALL, '--format', format]
    assert.equal(run(args).out, run(args).out, format)
  }
})

test('--messages none leaves messages out, all has more than notable', () => {
  const count = (which: string) =>
    run(['-r', SMALL, '--json', '--messages', which]).out.match(/^{"type":"message"/gm)?.length ?? 0
  const notable = count('notable')
  assert.equal(count('none'), 0)
  assert.ok(notable > 0)
  assert.ok(count('all') > notable)
})

test('zeek logs go to a folder, csv has one row a flow', (context) => {
  const folder = join(temporaryFolder(context), 'logs')
  const zeek = run(['-r', SAMPLE, '--format', 'zeek', '-w', folder])
  assert.deepEqual([zeek.status, zeek.out, zeek.err], [0, '', ''])
  const logs = readdirSync(folder)
  for (const log of ['conn.log', 'p2p_claims.log', 'p2p_hosts.log'])
    assert.ok(logs.includes(log), log)
  const rows = readFileSync(join(folder, 'conn.log'), 'utf8').match(/^[^#]/gm)!.length
  const csv = run(['-r', SAMPLE, '--format', 'csv']).out.trimEnd().split('\n')
  assert.equal(csv.length - 1, rows)
})

test('wrong usage exits 2 and says what to do', (context) => {
  const nobody = join(temporaryFolder(context), 'nobody')
  const table = [
    [['--formt', 'eve', '-r', SAMPLE], /unknown option '--formt'[\s\S]*Did you mean --format\?/],
    [['-r', SAMPLE, '--format', 'xml'], /Allowed choices are text, eve/],
    [['-r', SAMPLE, '--format', 'zeek'], /say -w FOLDER/],
    [['-r', SAMPLE, '--json', '--format', 'eve'], /--json is --format ndjson/],
    [['-r', SAMPLE, '-w', nobody, '-w', nobody], /There is '.*' already/],
    [['-r', SAMPLE, '--count', '-1'], /Not a number of packets/],
    [['-r', SAMPLE, '-f', 'tcp port nonsense'], /nonsense/],
    [['infos', SAMPLE], /'infos' is neither a file nor a command/],
    [['read'], /no capture given[^\n]*\n\(peerscope read --help says more\)/],
    [['lab', 'run'], /^peerscope: missing [^\n]*\n\(peerscope lab run --help says more\)/],
  ] as const
  for (const [args, says] of table) {
    const { status, out, err } = run(args)
    assert.deepEqual([status, out], [2, ''], `${args.join(' ')}: ${err}`)
    assert.match(err, says)
  }
  const bare = run([])
  assert.equal(bare.status, 2)
  assert.match(bare.err, /Usage: peerscope/)
  assert.deepEqual(run(['-r', nobody]).status, 1)
})

test('a file that cannot be read exits 1, in one line, and leaves -w alone', (context) => {
  const folder = temporaryFolder(context)
  const target = join(folder, 'out')
  writeFileSync(target, 'precious')
  const text = join(folder, 'notes.txt')
  writeFileSync(text, 'this is no capture at all, whatever it is called')
  for (const file of [join(folder, 'nobody.pcap'), text]) {
    const { status, out, err } = run(['-r', file, '--format', 'eve', '-w', target])
    assert.deepEqual([status, out], [1, ''], err)
    assert.match(err, /^peerscope: [^\n]+\n$/)
    assert.equal(readFileSync(target, 'utf8'), 'precious')
  }
  const unwritable = run(['-r', SAMPLE, '-w', join(folder, 'no', 'such', 'folder')])
  assert.equal(unwritable.status, 1)
  assert.match(unwritable.err, /^peerscope: \/[^\n]*\/folder: no such file or folder\n$/)
})

test('a capture without packets is told in words, exit 0', (context) => {
  const bare = join(temporaryFolder(context), 'bare.pcap')
  writeFileSync(bare, readFileSync(SMALL).subarray(0, 24))
  const { status, out } = run(['-r', bare])
  assert.equal(status, 0)
  assert.match(
    out,
    /^\S+bare\.pcap\n {2}0 packets, 0 B\n[\s\S]*\n {2}no P2P seen\n[\s\S]*\n {2}0 packets read\n/,
  )
})

test('-w onto a capture that is read exits 2 and leaves the capture whole', (context) => {
  const folder = temporaryFolder(context)
  const capture = join(folder, 'evidence.pcap')
  const other = join(folder, 'by-another-name')
  writeFileSync(capture, readFileSync(SMALL))
  symlinkSync(capture, other)
  for (const target of [capture, other]) {
    for (const source of [capture, folder]) {
      const { status, err } = run(['-r', source, '--format', 'eve', '-w', target])
      assert.equal(status, 2, err)
      assert.match(err, /is a capture that is read/)
      assert.deepEqual(readFileSync(capture), readFileSync(SMALL))
    }
  }
  // What an earlier run left in the folder is no capture, and is written anew.
  const report = join(folder, 'report.json')
  writeFileSync(report, 'of yesterday, and long enough to be asked for its first bytes')
  assert.equal(run(['-r', folder, '--format', 'eve', '-w', report]).status, 0)
  assert.match(readFileSync(report, 'utf8'), /^\{"timestamp"/)
})

test('help and version go to standard output', () => {
  const help = run(['--help'])
  assert.equal(help.status, 0)
  assert.match(help.out, /Usage: peerscope/)
  assert.match(help.out, /Exit status:/)
  const { version } = JSON.parse(readFileSync(repositoryFile('package.json'), 'utf8')) as {
    version: string
  }
  assert.deepEqual(run(['-V']), { status: 0, out: `${version}\n`, err: '' })
  assert.equal(run(['read', '--help']).status, 0)
})

test('a damaged capture: what came before is told, where and why is told, exit 4', (context) => {
  const cut = join(temporaryFolder(context), 'cut.pcap')
  writeFileSync(cut, readFileSync(SAMPLE).subarray(0, 600_001))
  const { status, out, err } = run(['-r', cut])
  assert.equal(status, 4)
  assert.match(
    err,
    /^peerscope: .*cut\.pcap: damaged at byte \d+: .+; what came before was read\n$/,
  )
  assert.match(out, /^DAMAGE\n {2}.*cut\.pcap at byte \d+/m)
  assert.match(out, /^ {2}bittorrent /m)
  const eve = run(['-q', '-r', cut, '--format', 'eve'])
  assert.equal(eve.status, 4)
  const last = JSON.parse(eve.out.trimEnd().split('\n').at(-1)!) as {
    stats: { p2p: { damage: object[] } }
  }
  assert.equal(last.stats.p2p.damage.length, 1)
  assert.equal(run(['info', cut]).status, 4)
})

test('what is called a capture in a folder and is none is told, and read is the rest', (context) => {
  const folder = temporaryFolder(context)
  writeFileSync(join(folder, 'good.pcap'), readFileSync(SMALL))
  writeFileSync(join(folder, 'bad.pcap'), 'Dear reader')
  const { status, err } = run(['-r', folder])
  assert.equal(status, 0)
  assert.match(err, /^peerscope: .*bad\.pcap: is not a capture file: .*; it was left out\n$/)
  assert.equal(run(['-q', '-r', folder]).err, '')
})

test('more captures than files may be open are told so', (context) => {
  const folder = temporaryFolder(context)
  // Node itself has hundreds open while it loads the modules that tsc wrote.
  for (let i = 0; i < 1000; i++) symlinkSync(SMALL, join(folder, `${i}.pcap`))
  const command = `ulimit -n 900; exec '${process.execPath}' '${MAIN}' -r '${folder}'`
  const { status, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8' })
  assert.equal(status, 1)
  assert.match(stderr, /\d+\.pcap: too many files are open at once; ulimit -n allows more\n$/)
})

test('options of what is not asked for are refused', () => {
  for (const [words, why] of [
    [['wall', '--dry-run', '--webhook-secret', 'key'], /: say --webhook$/m],
    [['wall', '--dry-run', '--every-event'], /: say --format or -w$/m],
    [['wall', '--dry-run', '--store', 'x.duckdb'], /: say --listen$/m],
    [['honeynet', '--dark', '10.99.0.0/16', '--token-file', 'x'], /: say --listen$/m],
  ] as const) {
    const { status, err } = run([...words])
    assert.deepEqual([status, why.test(err)], [2, true], err)
  }
})

test('a webhook that nothing can be posted to is refused before a wall stands', () => {
  for (const url of ['foo', 'ftp://192.0.2.1/', 'localhost:80']) {
    const { status, err } = run(['wall', '--dry-run', '--webhook', url])
    assert.equal(status, 2, url)
    assert.match(err, /--webhook <url>.* Not an address such as https:\/\/host\/path/)
  }
})

test('--fail-on turns findings into exit 3', () => {
  assert.equal(run(['-r', SAMPLE, '--fail-on', 'high']).status, 3)
  assert.equal(run(['-r', SAMPLE, '--fail-on', 'low', '-f', 'port 1']).status, 0)
})

test('-f and --count read less, and say so', () => {
  const filtered = run(['-r', SMALL, '-f', 'udp'])
  assert.equal(filtered.status, 0)
  assert.match(filtered.out, /left out by the filter/)
  assert.match(run(['-r', SMALL, '--count', '100']).out, /^ {2}100 packets read: /m)
})

test('colours: none in a pipe, forced by CLICOLOR_FORCE, never with NO_COLOR or --no-color', () => {
  const coloured = (env: NodeJS.ProcessEnv, ...args: string[]) =>
    run(['-r', SMALL, ...args], { env: { ...PLAIN, ...env } }).out.includes('\u001b[')
  assert.equal(coloured({}), false)
  assert.equal(coloured({ CLICOLOR_FORCE: '1' }), true)
  assert.equal(coloured({ CLICOLOR_FORCE: '1', NO_COLOR: '1' }), false)
  assert.equal(coloured({ CLICOLOR_FORCE: '1' }, '--no-color'), false)
})

test('a reader that goes away is no error, also while standard input stays open', async () => {
  const shell = '{ "$0" "$@"; echo "status $?" >&2; } | head -n 1'
  const args = ['-c', shell, process.execPath, MAIN, '-r', SAMPLE, '--json', '--messages', 'all']
  const done = spawnSync('sh', args, { encoding: 'utf8', env: PLAIN, timeout: TIMEOUT_MS })
  assert.equal(typeof (JSON.parse(done.stdout) as { type: string }).type, 'string')
  assert.equal(done.stderr, 'status 0\n')
  const child = spawn(process.execPath, [MAIN, '-r', '-', '--json', '-l'], {
    env: PLAIN,
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  })
  child.stdout.destroy()
  child.stdin.on('error', () => undefined)
  createReadStream(SAMPLE).pipe(child.stdin, { end: false })
  const [code] = (await once(child, 'exit')) as [number | null]
  assert.equal(code, 0)
})

test('SIGINT: what was read is still told, exit 130', async () => {
  const child = spawn(process.execPath, [MAIN, '-r', '-'], {
    env: PLAIN,
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  })
  child.stdout.setEncoding('utf8')
  child.stderr.setEncoding('utf8')
  let [out, err] = ['', '']
  child.stdout.on('data', (text: string) => {
    out += text
  })
  child.stderr.on('data', (text: string) => {
    err += text
  })
  // The pipe stays open, as that of a running tcpdump does.
  await new Promise<void>((resolve) => child.stdin.write(readFileSync(SAMPLE), () => resolve()))
  await new Promise((resolve) => setTimeout(resolve, 700))
  child.kill('SIGINT')
  const [code] = (await once(child, 'close')) as [number | null]
  assert.equal(code, 130)
  assert.match(out, /stopped before the end/)
  assert.match(out, /^PROTOCOLS {2}P2P is /m)
  assert.match(err, /^peerscope: stopped after [\d,]+ packets\n$/)
})

test('info describes several captures, as text and as JSON', () => {
  const text = run(['info', SAMPLE, SAMPLE])
  assert.equal(text.status, 0)
  assert.equal(text.out.match(/format {8}pcap 2\.4, little-endian/g)?.length, 2)
  // capinfos: data byte rate 17 kBps, average packet size 409.33 bytes, average packet rate 41
  // packets/s.
  assert.match(text.out, /rate {10}42 packets\/s, 17 kB\/s, 409 bytes a packet$/m)
  const json = run(['info', '--json', SAMPLE])
  assert.equal((JSON.parse(json.out) as { packets: number }).packets, SAMPLE_PACKETS)
  const folder = run(['info', '--json', dirname(SAMPLE)])
  assert.deepEqual([folder.status, folder.out], [0, json.out])
  const missing = run(['info', '/nowhere.pcap', SAMPLE])
  assert.equal(missing.status, 1)
  assert.match(missing.err, /no such file/)
  assert.match(missing.out, /office\.pcap/)
})
