/**
 * For tests: one or more byte strings for every message of every table, written by hand after the
 * layouts of the source. Texts are ASCII, hashes are recognisable patterns, addresses come from
 * documentation ranges.
 */
import { bytesOf, concat, fromHex, hex } from '../../core/bytes.ts'

/** File hash. */
export const FILE = '00112233445566778899aabbccddeeff'
/** User hash with eMule's marks 0e and 6f. */
export const USER = 'a0a1a2a3a40ea6a7a8a9aaabacad6faf'
/** The same 16 bytes as Kad writes the number: each group of four reversed. */
export const FILE_KAD = '33221100 77665544 bbaa9988 ffeeddcc'
export const USER_KAD = 'a3a2a1a0 a7a60ea4 abaaa9a8 af6fadac'
/** 192.0.2.1 as spoken and reversed; port 4662 = 0x1236. */
export const IP = 'c0000201'
export const IP_REVERSED = '010200c0'
export const PORT = '3612'

export function str16(text: string): string {
  return hex(concat(Uint8Array.of(text.length % 256, Math.floor(text.length / 256)), bytesOf(text)))
}

function str32(text: string): string {
  return `${str16(text).slice(0, 4)}0000${hex(bytesOf(text))}`
}

/** Name and size, long form and short form. */
const TAGS = `02000000 02 0100 01 ${str16('a.txt')} 03 0100 02 40e20100`
const SHORT_TAGS = `03000000 95 01 ${hex(bytesOf('a.txt'))} 83 02 40e20100 88 15 0700`
const ENTRY = `${FILE} ${IP} ${PORT} ${TAGS}`
const INCOMPLETE = `${FILE} fcfcfcfc fcfc ${SHORT_TAGS}`
const HELLO_TAGS = `04000000 02 0100 01 ${str16('nick')} 03 0100 11 3c000000 03 0100 fa 12321334 03 0100 fe 38040000`
const HELLO = `${USER} ${IP} ${PORT} ${HELLO_TAGS} cb007105 3512`
const KAD_TAGS = `02 02 0100 01 ${str16('a.txt')} 03 0100 02 40e20100`
const CONTACT = `${FILE_KAD} ${IP_REVERSED} 4012 3612 08`
const ONE_PART = '0900 ff01'

type Samples = Readonly<Record<string, readonly string[]>>

// biome-ignore format: a table
export const SERVER_TCP_SAMPLES: Samples = {
  'login': [`01 ${USER} 00000000 ${PORT} ${HELLO_TAGS}`],
  'get-server-list': ['14'],
  'offer-files': ['15 00000000', `15 02000000 ${ENTRY} ${INCOMPLETE}`],
  'search': [`16 01 ${str16('handbook')}`],
  'disconnect': ['18'],
  'get-sources': [`19 ${FILE}`, `19 ${FILE} 40e20100`, `19 ${FILE} 00000000 0000000002000000`],
  'search-user': [`1a 01 ${str16('nick')}`],
  'callback-request': ['1c 39300000'],
  'more-results': ['21'],
  'get-sources-obfuscated': [`23 ${FILE} 40e20100`],
  'reject': ['05'],
  'server-list': ['32 00', `32 02 ${IP} 3512 cb007105 9210`],
  'search-result': [`33 01000000 ${ENTRY}`, `33 01000000 ${ENTRY} 01`],
  'status': ['34 e8030000 10270000'],
  'callback-requested': [`35 ${IP} ${PORT}`, `35 ${IP} ${PORT} 83 ${USER}`],
  'callback-failed': ['36'],
  'server-message': [`38 ${str16('server version 17.15 (lugdunum)')}`],
  'id-change': [`40 ${IP}`, `40 ${IP} 81050000`, `40 39300000 81050000 35120000 ${IP} 40120000`],
  'server-ident': [`41 ${'2a'.repeat(16)} ${IP} 3512 ${TAGS}`],
  'found-sources': [`42 ${FILE} 02 ${IP} ${PORT} 39300000 ${PORT}`],
  'users-list': [`43 01000000 ${ENTRY}`],
  'found-sources-obfuscated': [`44 ${FILE} 02 ${IP} ${PORT} 03 ${IP} ${PORT} 83 ${USER}`],
}

// biome-ignore format: a table
export const SERVER_UDP_SAMPLES: Samples = {
  'udp-search-3': [`e390 01000000 03 0100 0e 01000000 01 ${str16('handbook')}`],
  'udp-search-2': [`e392 01 ${str16('handbook')}`],
  'udp-get-sources-2': [`e394 ${FILE} 40e20100 ${FILE} 00000000 0000000002000000`],
  'status-request': ['e396', 'e396 1234aa55'],
  'udp-search': [`e398 01 ${str16('handbook')}`],
  'udp-get-sources': [`e39a ${FILE} ${USER}`],
  'udp-callback-request': [`e39c ${IP} ${PORT} 39300000`],
  'server-list-request': [`e3a0 ${IP} 3512`],
  'description-request': ['e3a2', 'e3a2 fff01234'],
  'server-list-request-2': ['e3a4'],
  'status-answer': ['e397 1234aa55 e8030000 10270000', `e397 1234aa55 e8030000 10270000 10000000 20000000 30000000 fb170000 05000000 4112 4012 78563412`],
  'udp-search-result': [`e399 ${ENTRY}`, `e399 ${ENTRY} e399 ${INCOMPLETE}`],
  'udp-found-sources': [`e39b ${FILE} 01 ${IP} ${PORT} e39b ${USER} 00`],
  'udp-callback-failed': ['e39e 39300000'],
  'udp-server-list': [`e3a1 01 ${IP} 3512`],
  'description-answer': [`e3a3 ${str16('a server')} ${str16('for tests')}`, `e3a3 fff01234 ${TAGS}`],
}

// biome-ignore format: a table
export const CLIENT_TCP_SAMPLES: Samples = {
  'hello': [`01 10 ${HELLO}`, `01 10 ${HELLO} 4d4c444b`],
  'hello-answer': [`4c ${HELLO}`],
  'sending-part': [`46 ${FILE} 00000000 04000000 01020304`],
  'request-parts': [`47 ${FILE} 00000000 00280000 00000000 00280000 00500000 00000000`],
  'no-such-file': [`48 ${FILE}`],
  'end-of-download': [`49 ${FILE}`],
  'ask-shared-files': ['4a'],
  'shared-files': [`4b 02000000 ${ENTRY} ${INCOMPLETE}`],
  'changed-id': [`4d ${IP} cb007105`],
  'chat': [`4e ${str16('hello')}`],
  'set-request-file': [`4f ${FILE}`],
  'file-status': [`50 ${FILE} 0000`, `50 ${FILE} ${ONE_PART}`],
  'hash-set-request': [`51 ${FILE}`],
  'hash-set-answer': [`52 ${FILE} 0200 ${USER} ${FILE}`],
  'start-upload': ['54', `54 ${FILE}`],
  'accept-upload': ['55'],
  'cancel-transfer': ['56'],
  'out-of-parts': ['57'],
  'request-file-name': [`58 ${FILE}`, `58 ${FILE} ${ONE_PART}`, `58 ${FILE} ${ONE_PART} 0300`],
  'file-name': [`59 ${FILE} ${str16('a.txt')}`],
  'change-slot': ['5b', `5b ${FILE}`],
  'queue-rank': ['5c 07000000'],
  'ask-shared-dirs': ['5d'],
  'ask-shared-files-dir': [`5e ${str16('C:\\Music')}`],
  'shared-dirs': [`5f 02000000 ${str16('C:\\Music')} ${str16('!Other')}`],
  'shared-files-dir': [`60 ${str16('C:\\Music')} 01000000 ${ENTRY}`],
  'shared-list-denied': ['61'],
}

/** One source each: the id, the port, a server, and what the version adds. */
export const SX1 = `${IP} ${PORT} cb007105 3512`
export const SX2 = `${IP} ${PORT} cb007105 3512 ${USER}`
export const SX3 = `${IP_REVERSED} ${PORT} cb007105 3512 ${USER}`
export const SX4 = `${SX3} 83`

const QUESTIONS = `58 ${ONE_PART} 0300 4f 81 83 04 0000 9e`
const ANSWERS = `59 ${str16('a.txt')} 50 ${ONE_PART} 9d ${'5a'.repeat(20)}`
/** Hash, size and AICH root. */
const IDENTIFIER = `07 ${FILE} 40e2010000000000 ${'5a'.repeat(20)}`

// biome-ignore format: a table
export const EMULE_TCP_SAMPLES: Samples = {
  'emule-info': [`01 3c 01 02000000 03 0100 21 40120000 03 0100 23 02000000`, '01 47 ff 01000000 02 0100 94 0500 4c696e7578'],
  'emule-info-answer': ['02 3c 01 00000000'],
  'compressed-part': [`40 ${FILE} 00000000 00010000 789c0102`],
  'queue-ranking': ['60 0700', `60 0700 ${'00'.repeat(10)}`],
  'file-description': [`61 03 ${str32('good')}`],
  'request-sources': [`81 ${FILE}`],
  'answer-sources': [`82 ${FILE} 0000`, `82 ${FILE} 0100 ${SX1}`, `82 ${FILE} 0100 ${SX2}`, `82 ${FILE} 0200 ${SX4} ${SX4}`],
  'request-sources-2': [`83 04 0000 ${FILE}`],
  'answer-sources-2': [`84 03 ${FILE} 0100 ${SX3}`, `84 04 ${FILE} 0100 ${SX4}`],
  'public-key': ['85 04 01020304'],
  'signature': ['86 04 01020304', '86 04 01020304 0a'],
  'secure-ident-state': ['87 02 b8138e0c'],
  'request-preview': [`90 ${FILE}`],
  'preview-answer': [`91 ${FILE} 00`, `91 ${FILE} 01 04000000 ffd8ffe0`],
  'multipacket': [`92 ${FILE} ${QUESTIONS}`, `92 ${FILE} 58 4f`, `92 ${FILE} 4f aa 01`],
  'multipacket-answer': [`93 ${FILE} ${ANSWERS}`, `93 ${FILE} aa 01`],
  'public-ip-request': ['97'],
  'public-ip-answer': [`98 ${IP}`],
  'callback': [`99 ${USER_KAD} ${FILE_KAD} ${IP_REVERSED} ${PORT}`],
  'reask-callback': [`9a ${IP} 4012 ${FILE}`, `9a ${IP} 4012 ${FILE} ${ONE_PART} 0300`],
  'aich-part-request': [`9b ${FILE} 0100 ${'5a'.repeat(20)}`],
  'aich-part-answer': [`9c ${FILE}`, `9c ${FILE} 0100 ${'5a'.repeat(20)} 0000`],
  'aich-answer': [`9d ${FILE} ${'5a'.repeat(20)}`],
  'aich-request': [`9e ${FILE}`],
  'buddy-ping': ['9f'],
  'buddy-pong': ['a0'],
  'compressed-part-64': [`a1 ${FILE} 0000000002000000 00010000 789c0102`],
  'sending-part-64': [`a2 ${FILE} 0000000002000000 0400000002000000 01020304`],
  'request-parts-64': [`a3 ${FILE} ${'0000000002000000'.repeat(3)} ${'0028000002000000'.repeat(3)}`],
  'multipacket-ext': [`a4 ${FILE} 40e2010000000000 ${QUESTIONS}`],
  'chat-captcha': ['a5 00 424d'],
  'chat-captcha-result': ['a6 01'],
  'firewall-check-udp': ['a7 4012 4112 78563412'],
  'kad-firewall-ack': ['a8'],
  'multipacket-ext-2': [`a9 ${IDENTIFIER} ${QUESTIONS}`],
  'multipacket-ext-2-answer': [`b0 ${IDENTIFIER} ${ANSWERS}`],
  'hash-set-request-2': [`b1 ${IDENTIFIER} 03`],
  'hash-set-answer-2': [`b2 ${IDENTIFIER} 03 ${FILE} 0100 ${USER} ${'5a'.repeat(20)} 0100 ${'a5'.repeat(20)}`],
  'port-test': ['fe', 'fe 12'],
}

// biome-ignore format: a table
export const EMULE_UDP_SAMPLES: Samples = {
  'reask': [`c590 ${FILE}`, `c590 ${FILE} ${ONE_PART} 0300`],
  'reask-answer': ['c591 0700', `c591 ${ONE_PART} 0700`],
  'file-not-found': ['c592'],
  'queue-full': ['c593'],
  'reask-callback-udp': [`c594 ${USER} ${FILE} ${ONE_PART} 0300`],
  'direct-callback': [`c595 ${PORT} ${USER} 03`],
  'udp-port-test': ['c5fe', 'c5fe 12'],
}

// biome-ignore format: a table
export const KAD_SAMPLES: Samples = {
  'kad1-bootstrap-request': [`e400 ${CONTACT}`],
  'kad1-bootstrap-response': [`e408 0200 ${CONTACT} ${CONTACT}`],
  'kad1-hello-request': [`e410 ${CONTACT}`],
  'kad1-hello-response': [`e418 ${CONTACT}`],
  'kad1-request': [`e420 02 ${FILE_KAD} ${USER_KAD}`],
  'kad1-response': [`e428 ${FILE_KAD} 01 ${CONTACT}`],
  'kad1-search': [`e430 ${FILE_KAD} 00`, `e430 ${FILE_KAD} 01 01 ${str16('handbook')}`],
  'kad1-search-notes': [`e432 ${FILE_KAD}`],
  'kad1-search-response': [`e438 ${FILE_KAD} 0100 ${USER_KAD} ${KAD_TAGS}`],
  'kad1-notes-response': [`e43a ${FILE_KAD} 0100 ${USER_KAD} 01 02 0100 0b ${str16('fine')}`],
  'kad1-publish': [`e440 ${FILE_KAD} 0100 ${USER_KAD} ${KAD_TAGS}`],
  'kad1-publish-notes': [`e442 ${FILE_KAD} ${USER_KAD} 01 02 0100 0b ${str16('fine')}`],
  'kad1-publish-response': [`e448 ${FILE_KAD} 07`],
  'kad1-notes-published': [`e44a ${FILE_KAD} 07`],
  'bootstrap-request': ['e401'],
  'bootstrap-response': [`e409 ${USER_KAD} ${PORT} 08 0100 ${CONTACT}`],
  'hello-request': [`e411 ${USER_KAD} ${PORT} 08 00`, `e411 ${USER_KAD} ${PORT} 08 02 08 0100 fc 4012 09 0100 f2 04`],
  'hello-response': [`e419 ${USER_KAD} ${PORT} 08 01 09 0100 f2 02`],
  'hello-ack': [`e422 ${USER_KAD} 00`],
  'request': [`e421 0b ${FILE_KAD} ${USER_KAD}`],
  'response': [`e429 ${FILE_KAD} 00`, `e429 ${FILE_KAD} 02 ${CONTACT} ${CONTACT}`],
  'search-key': [`e433 ${FILE_KAD} 0000`, `e433 ${FILE_KAD} 0080 01 ${str16('handbook')}`],
  'search-source': [`e434 ${FILE_KAD} 0000 40e2010000000000`],
  'search-notes': [`e435 ${FILE_KAD} 40e2010000000000`],
  'search-response': [`e43b ${USER_KAD} ${FILE_KAD} 0100 ${USER_KAD} ${KAD_TAGS}`],
  'publish-key': [`e443 ${USER_KAD} 0100 ${FILE_KAD} ${KAD_TAGS}`],
  'publish-source': [`e444 ${FILE_KAD} ${USER_KAD} 03 09 0100 ff 01 08 0100 fd ${PORT} 03 0100 02 40e20100`],
  'publish-notes': [`e445 ${FILE_KAD} ${USER_KAD} 01 02 0100 01 ${str16('a.txt')}`],
  'publish-response': [`e44b ${FILE_KAD} 07`, `e44b ${FILE_KAD} 07 01`],
  'publish-ack': ['e44c'],
  'firewalled-request': [`e450 ${PORT}`],
  'find-buddy-request': [`e451 ${FILE_KAD} ${USER_KAD} ${PORT}`],
  'kad-callback-request': [`e452 ${USER_KAD} ${FILE_KAD} ${PORT}`],
  'firewalled-request-2': [`e453 ${PORT} ${USER_KAD} 03`],
  'firewalled-response': [`e458 ${IP_REVERSED}`],
  'firewalled-ack': ['e459'],
  'find-buddy-response': [`e45a ${FILE_KAD} ${USER_KAD} ${PORT}`, `e45a ${FILE_KAD} ${USER_KAD} ${PORT} 03`],
  'ping': ['e460'],
  'pong': ['e461 4012'],
  'firewall-udp': ['e462 00 4012'],
}

const PEER = `${FILE} ${IP} 4012 00`

// biome-ignore format: a table
export const OVERNET_SAMPLES: Samples = {
  'overnet-connect': [`e30a ${PEER}`],
  'overnet-connect-reply': [`e30b 0200 ${PEER} ${PEER}`],
  'overnet-publicize': ['e30c', `e30c ${PEER}`],
  'overnet-publicize-ack': ['e30d'],
  'overnet-search': [`e30e 02 ${FILE}`],
  'overnet-search-next': [`e30f ${FILE} 01 ${PEER}`],
  'overnet-get-results': [`e310 ${FILE} 00 0000 6400`],
  'overnet-result': [`e311 ${FILE} ${USER} ${TAGS}`],
  'overnet-search-end': [`e312 ${FILE}`],
  'overnet-publish': [`e313 ${FILE} ${USER} ${TAGS}`],
  'overnet-publish-ack': [`e314 ${FILE}`],
  'overnet-firewall': [`e318 ${FILE} ${PORT}`],
  'overnet-firewall-ack': ['e319'],
  'overnet-firewall-nack': ['e31a'],
  'overnet-ip-query': ['e31b 4012'],
  'overnet-ip-answer': [`e31c ${IP}`],
  'overnet-ip-end': ['e31d'],
}

/** All byte strings of a table's samples. */
export function bytesOfSamples(samples: Samples): Uint8Array[] {
  return Object.values(samples).flatMap((all) => all.map(fromHex))
}
