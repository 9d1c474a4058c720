/** The examples that the specifications give are read as they say. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf } from '../../core/bytes.ts'
import { nameOf, stepsOut } from '../formats/file-path.ts'
import { addressOf, decimalOf, fileUrn, md5Urn } from './content.ts'
import { fieldsOf, speakersOf } from './fields.ts'
import { folderFilesOf, searchOf } from './searches.ts'
import { softwareOfClient, softwareOfMotd } from './software.ts'
import { commandOf } from './wire/commands.ts'

const CLIENT = 0
const SERVER = 1

/** [type, who says it, text, some of its fields]: napster.txt and slavanap.txt, word for word. */
// biome-ignore format: a table
const EXAMPLES: readonly (readonly [number, 0 | 1, string, Record<string, string | number>])[] = [
  [2, CLIENT, 'foo badpass 6699 "nap v0.8" 3', { nick: 'foo', password: '(redacted)', port: 6699, client: 'nap v0.8', link: 3 }],
  [6, CLIENT, 'foo foo 6699 "nap v0.8" 3 email@here.com', { email: 'email@here.com' }],
  [14, CLIENT, 'NAME: kev  ADDRESS:  CITY: ephrata  STATE: pa  PHONE:  AGE: 60 or older', { text: '(redacted)' }],
  [100, CLIENT, '"generic band - generic song.mp3" b92870e0d41bc8e698cf2f0a1ddfeac7 443332 128 44100 60', { size: 443332, bitrate: 128, frequency: 44100, seconds: 60 }],
  [201, SERVER, '"random band - random song.mp3" 7d733c1e7419674744768db71bff8bcd 2558199 128 44100 159 lefty 3437166285 4', { nick: 'lefty', ip: '205.254.222.204', ip_number: '3437166285', link: 4 }],
  [201, SERVER, '"c:\\MP3\\Emma Bunton - Sunshine On A Rainy Day.mp3" 00000000000000000000000000000000 4118494 128 44100 257 CyberAlien 3437166285 6 n/a "v2.0 BETA 10.4"', { extra: 'n/a "v2.0 BETA 10.4"' }],
  [203, CLIENT, 'mred "C:\\Program Files\\Napster\\generic cowboy song.mp3"', { nick: 'mred', path: 'C:\\Program Files\\Napster\\generic cowboy song.mp3' }],
  [212, SERVER, 'foouser "generic band - generic song.mp3" b92870e0d41bc8e698cf2f0a1ddfeac7 443332 128 44100 60', { nick: 'foouser' }],
  [214, SERVER, '553 64692 254', { users: 553, files: 64692, gigabytes: 254 }],
  [214, SERVER, '553 64692 254 GB 102', { extra: 'GB 102' }],
  [403, SERVER, "80's espinozaf hello...hola", { channel: "80's", nick: 'espinozaf', text: 'hello...hola' }],
  [404, SERVER, 'User nosuchuser is not currently online.', { text: 'User nosuchuser is not currently online.' }],
  [406, SERVER, "80's WilmaFlinstone 12 2", { nick: 'WilmaFlinstone', shared: 12, link: 2 }],
  [407, SERVER, "80's DLongley 23 7", { nick: 'DLongley' }],
  [430, CLIENT, 'CyberAlien2 #test_channel', { nick: 'CyberAlien2', channel: '#test_channel' }],
  [430, SERVER, 'CyberAlien3 #test_channel "Welcome to the #test_channel." 0 0', { nick: 'CyberAlien3' }],
  [604, SERVER, 'lefty "User" 1203 "80\'s " "Active" 0 0 0 3 "nap v0.8"', { level: 'User', channels: "80's ", link: 3, client: 'nap v0.8' }],
  [607, SERVER, 'lefty "generic band - generic song.mp3"', { nick: 'lefty' }],
  [607, SERVER, 'lefty "generic band - generic song.mp3" 7', { link: 7 }],
  [608, CLIENT, 'lefty "generic band - generic song.mp3"', { nick: 'lefty' }],
  [616, SERVER, '207.172.245. valkyrie "" 947304224', { target: '207.172.245.', nick: 'valkyrie', reason: '"" 947304224' }],
  [618, SERVER, 'Help 50 OpenNap help channel', { channel: 'Help', users: 50, text: 'OpenNap help channel' }],
  [619, CLIENT, 'joebob "C:\\MP3\\Generic Band - Generic Song.mp3" 3', { count: 3 }],
  [620, SERVER, 'joebob "C:\\MP3\\Generic Band - Generic Song.mp3" 1234567 3', { size: 1234567, count: 3 }],
  [825, SERVER, 'Help testor3 0 3', { channel: 'Help', nick: 'testor3', shared: 0, link: 3 }],
  [10300, CLIENT, '"C:\\IMAGES\\Grand Canyon.jpg" 54187 bc938fdc0ef63772bfbdbf57aabb0860-54187 image', { size: 54187, media: 'image' }],
]

test('examples of the specifications', () => {
  for (const [number, side, line, wanted] of EXAMPLES) {
    const { values, complete } = fieldsOf(commandOf(number)!.formats[side]!, bytesOf(line))
    assert.ok(complete, `${number} ${line}`)
    for (const [name, value] of Object.entries(wanted)) {
      assert.equal(values[name], value, `${number} ${name}`)
    }
  }
})

test('who may say it', () => {
  const speakers = (number: number, line: string) => speakersOf(commandOf(number)!, bytesOf(line))
  assert.equal(speakers(203, 'mred "a.mp3"'), 1)
  assert.equal(speakers(204, 'lefty 3437166285 6699 "a.mp3" x 3'), 2)
  assert.equal(speakers(205, 'lefty hello'), 3)
  assert.equal(speakers(204, 'lefty nothing 6699 "a.mp3" x 3'), 0)
  assert.equal(speakers(202, 'text where there is none'), 0)
})

test('searches: words in any order, what must not be there, filters', () => {
  const search = (line: string) => searchOf(bytesOf(line))
  assert.deepEqual(
    search(
      'FILENAME CONTAINS "Sneaker Pimps" MAX_RESULTS 75 FILENAME CONTAINS "tesko suicide" BITRATE "AT LEAST" "128"',
    ),
    { text: 'Sneaker Pimps tesko suicide', filters: ['BITRATE AT LEAST 128'], results: 75 },
  )
  assert.deepEqual(
    search('MAX_RESULTS 100 FILENAME CONTAINS "Ventolin" LINESPEED "EQUAL TO" 10 LOCAL_ONLY'),
    { text: 'Ventolin', filters: ['LINESPEED EQUAL TO 10', 'LOCAL_ONLY'], results: 100 },
  )
  assert.equal(search('FILENAME CONTAINS "a" FILENAME EXCLUDES "b c" TYPE any').text, 'a -b -c')
})

test('folders: the folder stands before each name', () => {
  const line =
    '"\\tmp\\mp3\\" "Loud Amp.mp3" NOMD5COMPUTED 111595 128 44100 6 "Rusty Gate.mp3" NOMD5COMPUTED 159660 128 44100 9'
  assert.deepEqual(folderFilesOf(bytesOf(line)), [
    { path: '\\tmp\\mp3\\Loud Amp.mp3', md5: 'NOMD5COMPUTED', size: 111_595 },
    { path: '\\tmp\\mp3\\Rusty Gate.mp3', md5: 'NOMD5COMPUTED', size: 159_660 },
  ])
  assert.equal(folderFilesOf(bytesOf('"/music/mp3" "a" x 1 2 3 4'))[0]!.path, '/music/mp3/a')
})

test('addresses there and back; names out of paths of all systems', () => {
  for (const ip of ['203.0.113.101', '0.0.0.0', '255.255.255.255', '1.2.3.4']) {
    assert.equal(addressOf(decimalOf(ip)), ip)
  }
  assert.equal(addressOf('4294967296'), undefined)
  assert.equal(nameOf('C:\\a\\b.mp3'), 'b.mp3')
  assert.equal(nameOf('/music/a/b.mp3'), 'b.mp3')
  assert.equal(fileUrn('C:\\a b.mp3', 5), 'urn:x-peerscope:opennap:5:a%20b.mp3')
  assert.ok(stepsOut('..\\x') && stepsOut('a/../b') && !stepsOut('a..b'))
})

test('what stands for no hash is none', () => {
  const none = ['00000000000000000000000000000000', 'NOMD5COMPUTED', 'WMA-FILE', 'A'.repeat(32), '']
  for (const field of none) assert.equal(md5Urn(field), undefined, field)
  assert.equal(
    md5Urn('58DC354F81BF37B050799EAD7CA8D3BC-5333975'),
    'urn:x-peerscope:opennap:md5:58dc354f81bf37b050799ead7ca8d3bc',
  )
})

test('programs', () => {
  assert.deepEqual(softwareOfClient('nap v0.8'), { software: 'nap', version: '0.8' })
  assert.deepEqual(softwareOfClient('v2.0 BETA 10.4'), {
    software: 'Napster',
    version: '2.0 BETA 10.4',
  })
  assert.deepEqual(softwareOfClient('WinMX v2.6'), { software: 'WinMX', version: '2.6' })
  assert.deepEqual(softwareOfClient('CQ_EX'), { software: 'CQ_EX' })
  assert.deepEqual(softwareOfMotd('VERSION SlavaNap 2.0.0'), {
    software: 'SlavaNap',
    version: '2.0.0',
  })
  assert.equal(softwareOfMotd('VERSION of the rules'), undefined)
})
