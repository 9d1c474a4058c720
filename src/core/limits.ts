/**
 * Every bound of the shared code: name, value, unit, reason. LIMITS.md is generated from here and
 * from the wires' `messageBytesMax`. Reaching a bound is an event (`limit`), never silence.
 */

// biome-ignore format: a table
const TABLE = [
  ['flowsMax', 1_048_576, 'flows', 'A million flows at once take about 180 MB of table; the idle longest is let go first'],
  ['tcpIdleSeconds', 600, 'seconds', 'An established connection this long silent is accounted as ended; BitTorrent keeps alive every 2 minutes'],
  ['tcpOpeningSeconds', 30, 'seconds', 'A SYN without answer is not held longer, so that floods pass through'],
  ['tcpClosingSeconds', 10, 'seconds', 'After FIN from both sides or RST, late segments still find their flow'],
  ['udpIdleSeconds', 180, 'seconds', 'DHT and Kad ask again within minutes; the usual NAT time-out is 30 to 180'],
  ['lookBytes', 16_384, 'bytes', 'First bytes of each side of an undecided TCP flow; the longest HTTP head fits'],
  ['lookSegments', 16, 'segments', 'Payload segments of a TCP flow before recognition gives up'],
  ['lookMiddleBytes', 65_536, 'bytes', 'The same where the connection began before the capture: three BitTorrent pieces fit'],
  ['lookMiddleSegments', 64, 'segments', 'The same where the connection began before the capture'],
  ['lookHeldBytesMax', 134_217_728, 'bytes', 'First bytes of all undecided flows together; beyond, the oldest is decided on what it has shown'],
  ['lookDatagrams', 8, 'datagrams', 'Datagrams of a UDP flow before recognition gives up'],
  ['looksMax', 65_536, 'flows', 'Flows that are undecided at once; the oldest is decided on what it has shown'],
  ['sessionsMax', 65_536, 'flows', 'P2P flows that are read at once; the oldest is ended'],
  ['segmentsHeldMax', 256, 'segments', 'Out-of-order segments held per direction before a gap is declared'],
  ['segmentBytesHeldMax', 1_048_576, 'bytes', 'Out-of-order bytes held per direction before a gap is declared'],
  ['unreadBytesMax', 4_194_304, 'bytes', 'Unread bytes of one direction; no wire declares longer messages'],
  ['heldBytesMax', 268_435_456, 'bytes', 'Out-of-order and unread bytes of all flows together; then new gaps are declared at once'],
  ['endpointsMax', 1_048_576, 'endpoints', 'Remembered endpoints; the one longest not mentioned is forgotten'],
  ['endpointSeconds', 7_200, 'seconds', 'A claim is believed this long: four tracker intervals'],
  ['fragmentsMax', 4_096, 'datagrams', 'Fragmented IP datagrams being put together at once'],
  ['fragmentSeconds', 30, 'seconds', 'RFC 791 suggests 15, RFC 8200 says 60'],
  ['tunnelDepthMax', 4, 'headers', 'Tunnels inside tunnels that are unpacked'],
  ['inflatedBytesMax', 10_485_760, 'bytes', 'What one compressed message may become'],
  ['inflatedRatioMax', 250, 'times', 'How much larger than its compressed form a message may become'],
  ['bencodeDepthMax', 32, 'levels', 'Nesting of lists and dictionaries; real messages use at most 6'],
  ['httpHeadBytesMax', 16_384, 'bytes', 'Request or status line with all headers; common servers allow 8 to 16 KiB'],
  ['httpHeadersMax', 100, 'headers', 'Headers of one head'],
  ['listedMax', 1_000, 'entries', 'Entries of one list (files, sources, nodes) that become events or log fields'],
  ['savedLength', 262_144, 'bytes', 'Longest captured packet believed; libpcap uses the same'],
  ['captureInterfacesMax', 65_536, 'interfaces', 'Interfaces of one section of a pcapng file; a block that names another is damage'],
  ['captureNotesMax', 1_000, 'entries', 'Interfaces, sections and comments of a capture that are described one by one'],
  ['captureBlockBytesMax', 16_777_216, 'bytes', 'One block of a pcapng file, name tables and secrets included; libpcap and Wireshark use the same'],
  ['ringBytesMax', 1_073_741_824, 'bytes', 'Memory that the kernel shares with one reader of an interface; 64 MiB unless told'],
  ['zstdWindowBytesMax', 134_217_728, 'bytes', 'How far back a zstd stream may refer; the zstd program refuses more unless told otherwise'],
  ['metadataBytesMax', 8_388_608, 'bytes', 'Info dictionary put together out of pieces; the largest torrents in use have about 5 MB of it'],
  ['wrappedStreamsMax', 64, 'streams', 'Streams inside one UDP flow (uTP) that are read at once; the one longest silent is ended'],
  ['searchBytesMax', 1_048_576, 'bytes', 'How far a session searches for its place after a gap before it gives a direction up'],
  ['hostsMax', 262_144, 'hosts', 'Hosts that are judged; those with the least evidence are forgotten'],
  ['swarmsMax', 65_536, 'contents', 'Contents whose names and peers are summed up'],
  ['swarmHostsMax', 4_096, 'hosts', 'Hosts told apart per content; a larger swarm is counted as so many or more'],
  ['storeRowsMax', 500_000, 'rows', 'Rows that wait to be written to the store, about 100 MB; more are not kept, and counted'],
  ['storeFlowsMax', 262_144, 'flows', 'Flows that go on and whose latest state is kept in the store; more are stored when they end'],
  ['storeKeysMax', 262_144, 'texts', 'Addresses and contents that the store remembers to have written; an older one is written again'],
  ['pageWatchersMax', 2_048, 'pages', 'Pages that watch at once; the next is told to come back'],
  ['pageWatcherBytesMax', 16_384, 'bytes', 'What waits for one page that watches, some minutes of statuses; who does not read is let go'],
  ['pageQuestionsMax', 256, 'questions', 'Questions that wait for the store, and as many exports; the next is told to come back'],
  ['pageRowsMax', 1_000, 'rows', 'Rows of one answer, and flows chosen one by one'],
  ['pageCapturesMax', 32, 'captures', 'Captures given through the page that wait to be read'],
  ['evidenceFlowsMax', 10_000, 'flows', 'Flows whose packets are written into one file; the file says that there are more'],
  ['eventsWaitingMax', 100_000, 'events', 'Events that were handed to a store and not yet written; then reading waits'],
  ['metricSeriesMax', 1_000, 'series', 'Series of one metric; the rest is counted as other'],
  ['wallFlowsMax', 262_144, 'flows', 'Flows whose decision the wall remembers; an older one is decided again if it still comes up'],
  ['wallHostsMax', 65_536, 'hosts', 'Hosts whose measures the wall remembers; the one longest not met is forgotten'],
  ['wallNamedMax', 1_048_576, 'endpoints', 'Endpoints named to hosts, of all hosts together; then the hosts longest not met forget theirs'],
  ['wallNamedPerHostMax', 8_192, 'endpoints', 'Endpoints named to one host; the one longest not named is forgotten'],
  ['wallCountedMax', 4_096, 'entries', 'New flows, peers or offences of one host that are counted inside a window'],
  ['wallContentsMax', 65_536, 'contents', 'Contents whose kind of file is remembered'],
  ['wallRulesMax', 1_000, 'rules', 'Rules of one policy'],
  ['wallListBytesMax', 536_870_912, 'bytes', 'One address list, unpacked; the largest in use have about 40 MB'],
  ['wallListRatioMax', 100, 'times', 'How much larger than its packed form an address list may become; text of addresses packs to a fifth'],
  ['wallListRangesMax', 4_194_304, 'ranges', 'Ranges of addresses of all lists together'],
  ['wallSuffixesMax', 1_048_576, 'names', 'Names of hosts that are refused by suffix'],
] as const satisfies readonly (readonly [string, number, string, string])[]

export type LimitName = (typeof TABLE)[number][0]

export const limits: Readonly<Record<LimitName, number>> = Object.fromEntries(
  TABLE.map(([name, value]) => [name, value]),
) as Record<LimitName, number>

export const LIMIT_ROWS: readonly (readonly [string, number, string, string])[] = TABLE
