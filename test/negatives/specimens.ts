/**
 * Conversations by specification, for protocols of which no capture is at hand, and for those whose
 * first bytes come near those of P2P. A turn is written as its bytes:
 *
 *     >            from the opener; < from the other side
 *     e3 00        these bytes
 *     ?4           4 random bytes;  ?4-60: 4 to 60 of them
 *     @4           4 random bytes, the same in the whole conversation
 *     #2           2 bytes that count
 *     .4           4 zeros
 *     L2 L4 l4     the number of bytes behind it, in so many bytes; l: little-endian
 *     'text'       its characters, with _ for a blank
 */
import { ByteWriter, bytesOf, concat, fromHex } from '../../src/core/bytes.ts'
import type { Chance, Model, Piece } from './chance.ts'

// biome-ignore format: a table
const DATAGRAMS: Readonly<Record<string, readonly string[]>> = {
  'NTP, clock not set': ["> e3 00 06 ec .4 00010000 .32 ?8", '< 24 02 06 e9 ?44'],
  'NTP, server that is not set': ['> e3 00 0a fa .4 .4 .4 .24 ?8', '< e4 00 0a fa .4 ?4 "INIT" ?32'],
  'NTP, server of stratum 1 to 16 that is not set': ['< e4 10 06 e9 ?44', '< e4 01 06 e9 ?44', '< e4 0b 06 e9 ?44', '< e4 02 0a e9 ?44'],
  'NTP, broadcast that is not set': ['> e5 00 06 ec ?44'],
  'NTP, signed': ['> e3 03 06 ec ?44 00000001 ?16', '< e4 02 06 e9 ?44 00000001 ?16'],
  'QUIC 1, Initial': ['> c5 00000001 08 @8 00 00 44d0 ?1200', '< c5 00000001 00 08 ?8 00 44d0 ?1200'],
  'QUIC 1, Handshake': ['> e3 00000001 08 @8 08 ?8 41 ?60-300', '< e4 00000001 08 ?8 08 @8 41 ?60-300', '< e5 00000001 08 ?8 08 @8 41 ?60-1200'],
  'QUIC 2': ['> d4 6b3343cf 08 @8 00 00 44d0 ?1200', '< e3 6b3343cf 00 08 ?8 00 44d0 ?1200'],
  'QUIC draft': ['> c5 ff00001d 08 @8 00 00 44d0 ?1200', '< e3 ff00001d 00 08 ?8 00 44d0 ?600'],
  'QUIC, negotiation of versions': ['> c5 ?4 08 @8 00 00 44d0 ?1200', '< e4 00000000 00 08 @8 00000001 ff00001d 6b3343cf'],
  'QUIC, later': ['> 41 @8 ?20-1200', '< 41 ?20-1200', '< 5a ?20-1200'],
  'QUIC of Google': ['> 0d @8 "Q043" 01 ?1300', '< 08 ?20 ?600-1300'],
  'STUN of 2003': ['> 0001 0008 ?16 0003 0004 .4', '< 0101 0018 ?16 0001 0008 0001 ?6 0004 0008 0001 ?6'],
  'TURN': ['> 0003 0008 2112a442 ?12 0019 0004 11000000', '< 0103 0018 2112a442 ?12 0016 0008 0001 ?6 000d 0004 00000258', '> 4001 L2 ?100', '< 4101 L2 ?100'],
  'DTLS 1.2': ['> 16 fefd 0000 000000000000 L2 01 ?200', '< 16 fefd 0000 000000000001 L2 02 ?200', '> 17 fefd 0001 .4 #2 L2 ?40-400'],
  'DTLS 1.3': ['> 16 fefd 0000 000000000000 L2 01 ?200', '< 2f ?2 L2 ?200', '> 2e ?2 L2 ?60'],
  'RTP and RTCP': ['> 80 60 #2 ?4 @4 ?160', '< 80 60 #2 ?4 @4 ?160', '> 80 c8 0006 @4 ?20', '< 81 c9 0007 @4 ?28'],
  'SRTP with extension': ['> 90 ef #2 ?4 @4 bede 0001 ?4 ?40-1100', '< 90 6f #2 ?4 @4 bede 0002 ?8 ?40-1100'],
  'RADIUS': ['> 01 #1 0014 ?16', '< 02 #1 0014 ?16', '> 04 #1 0014 ?16', '< 05 #1 0014 ?16'],
  'RADIUS with attributes': ["> 01 01 0026 ?16 01 07 'alice' 02 0b ?9", '> 01 01 0026 ?16 02 12 ?16', '> 01 02 0026 ?16 02 12 ?16'],
  'TFTP': ["> 0001 'file.bin' 00 'octet' 00", '< 0003 #2 ?512', '> 0004 #2', '< 0003 #2 ?512'],
  'ESP in UDP': ['> @4 .2 #2 ?60-1200', '< @4 .2 #2 ?60-1200'],
  'IKEv2': ['> @8 .8 21 20 22 08 .4 .2 L2 ?400', '< @8 ?8 21 20 22 20 .4 .2 L2 ?400', '> @8 @8 2e 20 23 08 00000001 .2 L2 ?200'],
  'IKEv2 behind translators': ['> .4 @8 @8 2e 20 25 00 .2 #2 0000 L2 ?50', '< .4 @8 @8 2e 20 25 20 .2 #2 0000 L2 ?50', '> ff'],
  'L2TP': ['> c802 L2 0000 0000 #2 0000 ?60', '< c802 L2 @2 0000 #2 0001 ?60', '> 0002 @2 @2 ff03 0021 ?60'],
  'GTP-U': ['> 30 ff L2 @4 45 ?60', '< 30 ff L2 @4 45 ?60', '< 32 ff L2 @4 #2 .2 45 ?60'],
  'GTP-C': ['> 48 20 L2 .4 .1 #2 00 ?100', '< 48 21 L2 @4 .1 #2 00 ?80', '> 40 01 0009 .1 #2 00 03 0001 00 05'],
  'PFCP': ['> 20 01 000c .1 #2 00 0060 0004 ?4', '< 20 02 000c .1 #2 00 0060 0004 ?4', '> 21 32 L2 @8 .1 #2 00 ?90', '< 21 33 L2 @8 .1 #2 00 ?30'],
  'VXLAN': ['> 08000000 00002a00 @6 @6 0800 45 ?60', '< 08000000 00002a00 @6 @6 0800 45 ?60', '< 08000000 00002a00 0000040e0102 @6 0800 45 ?80'],
  'Geneve': ['> 0000 6558 000400 00 @6 @6 0800 45 ?60', '< 0100 6558 000417 00 0103 0001 ?4 @6 @6 0800 ?60'],
  'GRE in UDP': ['> 0000 0800 45 ?60', '> 0000 86dd 60 ?80', '> 2000 0800 @4 45 ?60'],
  'DNS with EDNS and long names': ["> ?2 0120 0001 0000 0000 0001 3c ?60 3c ?60 00 0001 0001 00 0029 1000 .6", '< ?2 8180 0001 0001 0000 0001 3c ?60 00 0001 0001 c00c 0001 0001 0000012c 0004 ?4 00 0029 1000 .6'],
  'DNS where the id is a type of uTP': ["> 0101 0100 0001 .6 03'www'07'example'03'org'00 0001 0001", "> 2100 0100 0001 .6 03'www'07'example'03'org'00 001c 0001", "> 4100 0100 0001 .6 03'ftp'07'example'03'org'00 001c 0001", "> 0102 0100 0001 .6 03'ftp'07'example'03'org'00 0001 0001"],
  'NetBIOS names': ["> #2 0110 0001 .6 20 'EJFDEBFEEBFACACACACACACACACACAAA' 00 0020 0001"],
  'NFS over UDP': ['> ?4 00000000 00000002 000186a3 00000003 00000004 00000001 L4 ?24 .8 00000020 ?32 0000001f', '< ?4 00000001 .4 .8 .4 .4 00000001 ?84 0000001f'],
  'portmapper': ['> ?4 00000000 00000002 000186a0 00000002 00000003 .16 000186a3 00000003 00000011 .4', '< ?4 00000001 .16 00000801'],
  'RPC with a small number': ['> 00000001 00000000 00000002 000186a0 00000002 00000003 .16', '< 00000001 00000001 .16 00000801', '< 00000002 00000001 .16 00000801'],
  'sFlow 5': ['> 00000005 00000001 ?4 00000000 .2 #2 ?4 00000001 00000001 ?120'],
  'NetFlow 5': ['> 0005 0002 ?4 ?4 ?4 .2 #2 .4 ?96'],
  'IPFIX': ['> 000a L2 ?4 .2 #2 .4 0100 L2 ?200'],
  'SNMP 3, encrypted': ['> 30 81 83 020103 3010 0204 ?4 020300ffe3 0401 03 020103 04 ?90'],
  'SNMP 1': ["> 30 26 020100 0406'public' a019 0204 ?4 020100 020100 300b 3009 0605 2b06010201 0500"],
  'CoAP': ["> 44 01 #2 @4 b4'time'", '< 64 45 #2 @4 c0 ff ?12', '> 40 00 #2', '< 70 00 #2'],
  'BACnet': ['> 81 0a 0011 01 04 0005 #1 0c 0c ?4 19 55', '< 81 0a 0017 01 00 30 #1 0c 0c ?4 19 55 3e 44 ?4 3f', '> 81 0b 000c 01 20 ffff 00 ff 10 08'],
  'KNXnet/IP': ['> 0610 0205 001a 0801 ?6 0801 ?6 0404 02 00', '< 0610 0206 0014 @1 00 0801 ?6 0404 ?2', '> 0610 0420 0015 04 @1 #1 00 ?11'],
  'DNP3 over UDP': ['> 0564 0b c4 0100 0200 ?2 c0 c1 01 3c0206 ?2', '< 0564 11 44 0200 0100 ?2 c0 c1 81 ?8 ?2'],
  'PCP and NAT-PMP': ['> 0201 0000 00000e10 .10 ffff ?4 ?12 11 .3 ?2 ?2 .10 ffff ?4', '< 0281 0000 00000e10 ?4 .12 ?12 11 .3 ?2 ?2 .10 ffff ?4', '> 0001 0000 ?2 ?2 00000e10', '< 0081 0000 ?4 ?2 ?2 00000e10'],
  'SSDP': ["> 'M-SEARCH_*_HTTP/1.1' 0d0a 'HOST:_239.255.255.250:1900' 0d0a 'ST:_ssdp:all' 0d0a0d0a", "< 'HTTP/1.1_200_OK' 0d0a 'ST:_upnp:rootdevice' 0d0a0d0a"],
  'games by RakNet': ['> 01 .4 .2 #2 00ffff00fefefefefdfdfdfd12345678 @8', '< 1c .4 .2 #2 @8 00ffff00fefefefefdfdfdfd12345678 ?60', '> 84 #2 00 40 0090 .3 00 ?18', '< c0 0001 01 #2 00'],
  'games by ENet': ['> 8f ff ?2 82 ff 0001 .4 ?36', '< 80 @2 ?2 83 ff 0001 ?36', '> @2 ?2 86 00 #2 L2 ?20-90'],
  'games by KCP in the clear': ['> @4 51 00 0080 ?2 .2 #2 .2 #2 00 00 L2 ?20-60', '< @4 52 00 0080 ?2 .2 #2 .2 #2 00 00 .4'],
  'games by Valve': ["> ffffffff 54 'Source_Engine_Query' 00", '< ffffffff 41 ?4', "> ffffffff 54 'Source_Engine_Query' 00 ?4", '< ffffffff 49 11 ?60'],
  'Steam links': ["> 'VS01' L2 06 00 ?4 ?4 .2 #2 .2 #2 ?12 ?60", "< 'VS01' L2 06 04 ?4 ?4 .2 #2 .2 #2 ?12 ?90"],
  'games by GameSpy': ['> fefd 09 ?4', '< 09 ?4 2d ?9 00', '> fefd 00 ?4 ?4 ff 00 00', "< 00 ?4 'hostname' 00 ?40"],
  'games by id Software': ["> ffffffff 'getservers_71' 0a", "< ffffffff 'getserversResponse' 5c ?4 ?2 5c ?4 ?2 5c 'EOT' .3", '> .2 #2 ?2 ?20-60'],
  'conferences by Zoom': ['> 01 00 02 #2 .6 ?4 ?20-60', '< 01 00 03 #2 .6 ?4 ?20-60', '> 05 10 01 #2 .4 ?2 0f ?30 90 62 #2 ?4 @4 ?200-900', '< 02 01 03 #2 ?20-40'],
  'conferences by Teams': ['> 0001 0054 2112a442 ?12 ?84', '> ff10 L2 ?60-90', '< 80 fa #2 ?4 @4 ?60-1100'],
  'IAX2': ['> 8001 0000 ?4 00 00 06 01 ?40', '< 8002 8001 ?4 00 01 06 09', '> 0001 ?2 ?160', '< 0002 ?2 ?160'],
  'T.38': ['> #2 06 c0 01 ?4 00 00', '< #2 2f c0 04 ?46 00 01 ?48'],
  'Mobile IP, bootstrap, DHCP': ['> 01 01 06 00 ?4 .20 @6 .10 .192 63825363 3501 01 ff', '< 02 01 06 00 ?4 .20 @6 .10 .192 63825363 3501 02 ff'],
  'Tailscale': ["> 'TS' f09f92ac ?32 ?24 ?60-90", '< 04000000 @4 #2 .6 ?60-300'],
  'ZeroTier': ['> ?8 @5 @5 00 ?8 ?20-200', '< ?8 @5 @5 0a ?8 ?20-200'],
  'syslog and StatsD': ["> '<34>1_2024-01-01T00:00:00Z_host_app_-_-_-_text'", "> 'gets.page:1|c'"],
  'Citrix, PCoIP, RDP over UDP': ['> ffffffff 0040 0001 ?4 04d0 04d0 ?1200', '< ?4 0040 0005 ?4 ?4 04d0 04d0 ?1200', '> ?4 0040 000c .4 ?60'],
  'time by PTP': ['> 00 02 002c 00 00 0200 .8 .4 @10 #2 00 00 ?10', '> 08 02 002c 00 00 0000 .8 .4 @10 #2 02 00 ?10', '> 01 02 002c 00 00 0000 .8 .4 @10 #2 01 7f ?10', '< 09 02 0036 00 00 0000 .8 .4 @10 #2 03 00 ?20'],
  'OSC and Art-Net': ["> '/fader/1' .4 ',f' .2 ?4", "> 'Art-Net' 00 0050 000e #1 00 00 00 0200 ?512"],
}

// biome-ignore format: a table
const STREAMS: Readonly<Record<string, readonly string[]>> = {
  'Kafka': ["> L4 0003 0009 .2 #2 000a 'consumer-1' 00 02 ?16", '< L4 .2 #2 00 ?60', "> L4 0001 000d .2 #2 000a 'consumer-1' ?40", '< L4 .2 #2 ?900'],
  'MongoDB': ['> l4 ?4 .4 dd070000 .4 00 l4 ?90 00', '< l4 ?4 ?4 dd070000 .4 00 l4 ?200 00'],
  'Cassandra': ['> 04 00 0001 05 .4', '< 84 00 0001 06 L4 ?90', "> 04 00 0002 01 L4 0001 000b 'CQL_VERSION' 0005 '3.0.0'", '< 84 00 0002 02 .4', '> 04 00 #2 07 L4 ?60', '< 84 00 #2 08 L4 ?200'],
  'Thrift': ["> L4 80010001 00000004 'ping' .2 #2 00", "< L4 80010002 00000004 'ping' .2 #2 00"],
  'agent of SSH': ['> 00000001 0b', '< L4 0c 00000001 00000033 ?51 00000004 ?4', '> L4 0d 00000033 ?51 00000020 ?32 .4', '< 00000005 0e ?4', '> 00000001 06', '< 00000001 05'],
  'SFTP in the clear': ['> 00000005 01 00000003', '< 00000005 02 00000003', "> L4 05 .2 #2 00000000 0000000d 0004 ?40", '> 0000000d 04 .2 #2 00000004 ?4', '> 0000000d 08 .2 #2 00000004 ?4', '> 0000000d 06 .2 #2 00000004 ?4', '< L4 67 .2 #2 00004000 ?300', '< 00000011 65 .2 #2 .4 .4 .4'],
  'VNC': ["< 'RFB_003.008' 0a", "> 'RFB_003.008' 0a", '< 0102', '> 02', '< ?16', '> ?16', '< .4', '> 01', "< 0400 0300 2018 0001 00ff 00ff 00ff 1008 00 .3 00000004 'host'", '> 04 01 .2 0000 ff0d', '> 03 01 0000 0000 0400 0300', '< 00 00 0001 ?8 .4 ?500'],
  'X11': ["> 6c 00 0b00 0000 1200 1000 .2 'MIT-MAGIC-COOKIE-1' .2 ?16", '< 01 00 0b00 0000 ?2 ?300', '> 62 00 0500 ?16', '< 01 00 #2 .4 ?24'],
  'RTMP': ['> 03 ?1448', '> ?88', '< 03 ?1448', '< ?1624', '> ?1448', '> ?88', '> 03 .3 L2 00 14 .4 ?200'],
  'Diameter': ['> 01 0000b4 80 000101 .4 ?8 ?160', '< 01 0000b4 00 000101 .4 ?8 ?160', '> 01 000048 80 000118 .4 ?8 ?52'],
  'BGP': ['> ffffffffffffffffffffffffffffffff 001d 01 04 ?2 00b4 ?4 00', '< ffffffffffffffffffffffffffffffff 001d 01 04 ?2 00b4 ?4 00', '> ffffffffffffffffffffffffffffffff 0013 04', '< ffffffffffffffffffffffffffffffff 0013 04'],
  'iSCSI': ['> 43 87 .2 00 0000 90 ?40 ?144', '< 23 87 .2 00 0000 60 ?40 ?96', '> 01 c1 .2 .4 .8 ?32', '< 25 91 .2 00 0010 00 ?40 ?1400'],
  'network block device': ["< 'NBDMAGIC' 'IHAVEOPT' 0003", '> 00000003', "> 'IHAVEOPT' 00000007 L4 00000004 'disk' .2", '< 0003e889045565a9 00000007 .8', '> 25609513 0000 0000 ?8 ?8 00004000', '< 67446698 .4 ?8 ?1400'],
  'Modbus': ['> #2 0000 0006 01 03 006b 0003', '< #2 0000 0009 01 03 06 ?6', '> #2 0000 0006 01 06 0001 0003', '< #2 0000 0006 01 06 0001 0003'],
  'S7': ['> 03 00 0016 11 e0 .2 0001 00 c1 02 0100 c2 02 0102 c0 01 0a', '< 03 00 0016 11 d0 0001 0002 00 c0 01 0a c1 02 0100 c2 02 0102', '> 03 00 0019 02 f0 80 32 01 .2 #2 0008 .2 f0 00 0001 0001 01e0'],
  'DNP3': ['> 0564 05 c0 0100 0200 ?2', '< 0564 05 0b 0200 0100 ?2', '> 0564 0b c4 0100 0200 ?2 c0 c1 01 3c0206 ?2'],
  'OPC UA': ["> 'HELF' l4 .4 ?12 .8 l4 'opc.tcp://h:4840'", "< 'ACKF' l4 .4 ?16", "> 'OPNF' l4 .4 ?120", "> 'MSGF' l4 @4 @4 ?8 ?90"],
  'EtherNet/IP': ['> 6500 0400 .4 .4 ?8 .4 0100 .2', '< 6500 0400 @4 .4 ?8 .4 0100 .2', '> 6f00 1600 @4 .4 ?8 .4 ?22'],
  'NFS over TCP': ['> 8000 L2 ?4 .4 00000002 000186a3 00000004 00000001 00000001 ?28 .8 ?60', '< 8000 L2 ?4 00000001 .12 .4 ?90'],
  'SMB 2': ["> 0000 L2 fe 'SMB' 4000 .2 .4 0000 1f00 .8 #2 .6 .16 .16 2400 0100 ?30", "< 0000 L2 fe 'SMB' 4000 .2 .4 0000 0100 01000000 .4 #2 .6 .16 .16 4100 ?90"],
  'MS-RPC': ['> 05 00 0b 03 10000000 4800 0000 #2 .2 d016 d016 .4 01000000 ?44', '< 05 00 0c 03 10000000 3c00 0000 #2 .2 d016 d016 ?34', '> 05 00 00 03 10000000 2c00 0000 #2 .2 ?20'],
  'ADB': ["> 'CNXN' 01000001 00001000 07000000 ?4 bcb1a7b1 'host::' 00", "< 'AUTH' 01000000 00000000 14000000 ?4 beaaabb7 ?20", "> 'AUTH' 02000000 00000000 00010000 ?4 beaaabb7 ?256"],
  'Docker attach': ["< 01 .3 L4 'some_text_of_a_log' 0a", "< 02 .3 L4 'other_text' 0a", "< 01 .3 L4 'some_text_of_a_log' 0a"],
  'ZooKeeper': ['> 0000002d .4 .8 00007530 .8 00000010 .16 00', '< 00000025 .4 00007530 ?8 00000010 ?16 00', "> L4 .2 #2 00000003 00000006 '/paths' 00", '< L4 .2 #2 ?8 .4 ?68'],
  'Erlang': ["> L2 'n' 0005 ?4 'node@host'", "< 0003 'sok'", "< L2 'n' 0005 ?4 ?4 'peer@host'", "> 0015 'r' ?4 ?16", "< 0011 'a' ?16", '> .4', '< L4 70 83 68 04 ?60', '> .4', '< .4'],
  'messages of protobuf with a length': ['> L4 08 #2 12 10 ?16 1a 20 ?32', '< L4 08 #2 12 10 ?16 1a 20 ?32'],
  'messages with a length and a small type': ['> L4 #1 00 ?3 ?20-200', '< L4 #1 00 ?3 ?20-200', '> 00000005 0b 00 ?3', '< 00000002 01 00', '< 00000003 0a ?2'],
  "messages of eDonkey's first bytes": ['> e3 L4 01 ?40-200', '< e3 L4 02 ?40-200', '> c5 L4 03 ?10-80', '< d4 L2 05 ?40'],
  'messages with a small-endian length behind a type': ['> d4 l4 00 ?40-200', '< d4 l4 00 ?40-200', '> d4 l4 #1 ?10-80'],
  'ZeroMQ': ["> ff 00000000 00000001 7f 03 00 'NULL' .16 00 .31", "< ff 00000000 00000001 7f 03 00 'NULL' .16 01 .31", "> 04 19 05 'READY' 0b 'Socket-Type' L4 'REQ'", '> 01 00', '> 00 05 ?5'],
  'lightning, by Noise': ['> 00 ?49', '< 00 ?49', '> 00 ?65', '< ?18', '< ?40-90', '> ?18', '> ?40-90'],
  'RLPx': ['> 01 ?400-500', '< 01 ?400-500', '> ?176', '< ?176', '> ?32', '< ?64-160'],
  'NTCP2': ['> ?64-95', '< ?64-95', '> ?600-1200', '< ?20-1000', '> ?20-1000'],
  'obfuscated SSH (Psiphon)': ['> ?24-1400', '< ?300-1400', '> ?300-1200', '< ?300-1200', '> ?52', '< ?52', '> ?68', '< ?84'],
  'SSH, encrypted lengths, from the middle': ['> ?36', '< ?36', '> ?52', '< ?44', '> ?76', '< ?68'],
  'MTProto, padded': ['> ?64', '> ?108', '< ?108', '> ?412', '< ?700', '> ?460', '< ?140'],
  'Trojan and other TLS': ['> 16 0301 L2 01 ?511', '< 16 0303 L2 02 ?120', '< 14 0303 0001 01', '< 17 0303 L2 ?900', '> 14 0303 0001 01', '> 17 0303 L2 ?64-500', '< 17 0303 L2 ?64-1200'],
  'HTTP with words of magnet links': ["> 'GET_/search?q=urn:btih:0123456789abcdef0123456789abcdef01234567&xt=urn:sha1:ABCDEFGHIJKLMNOPQRSTUVWXYZ234567_HTTP/1.1' 0d0a 'Host:_a.example' 0d0a0d0a", "< 'HTTP/1.1_200_OK' 0d0a 'Content-Length:_4' 0d0a0d0a 'd1:e'"],
  'HTTP with info_hash in a page': ["> 'GET_/torrents?info_hash=0123456789abcdef0123456789abcdef01234567&page=2_HTTP/1.1' 0d0a 'Host:_a.example' 0d0a0d0a", "< 'HTTP/1.1_200_OK' 0d0a 'Content-Length:_2' 0d0a0d0a 'ok'"],
  'HTTP announce of something else': ["> 'GET_/announce?id=5&peer_id=77&port=80_HTTP/1.1' 0d0a 'Host:_a.example' 0d0a0d0a", "< 'HTTP/1.1_200_OK' 0d0a 'Content-Length:_8' 0d0a0d0a 'd2:aa2:e'"],
  'HTTP of a downloader': ["> 'GET_/get/12/file.iso_HTTP/1.1' 0d0a 'Range:_bytes=0-1023' 0d0a 'User-Agent:_Wget/1.21' 0d0a 'Host:_a.example' 0d0a0d0a", "< 'HTTP/1.1_206_Partial_Content' 0d0a 'Content-Length:_1024' 0d0a0d0a ?1024"],
  'HTTP with client= and hostfile in a query': ["> 'GET_/api?client=web&version=2&get=1_HTTP/1.1' 0d0a 'Host:_a.example' 0d0a0d0a", "< 'HTTP/1.1_200_OK' 0d0a 'Content-Length:_3' 0d0a0d0a 'OK' 0a"],
  'HTTP answer of addresses': ["> 'GET_/proxies.txt?client=curl&ping=1_HTTP/1.1' 0d0a 'User-Agent:_curl/8' 0d0a0d0a", "< 'HTTP/1.1_200_OK' 0d0a 'Content-Length:_32' 0d0a0d0a '192.0.2.1:8080' 0a '192.0.2.2:3128' 0a"],
  'a page that says GNUTELLA': ["> 'GNUTLS_HELLO' 0d0a", "< 'GNU' 0d0a"],
}

/** The pieces of one conversation, its turns said several times over. */
function piecesOf(turns: readonly string[], chance: Chance, rounds: number): Piece[] {
  const kept = new Map<number, Uint8Array>()
  const counts = [chance.between(0, 200), chance.between(0, 200)]
  const pieces: Piece[] = []
  for (let round = 0; round < rounds; round++) {
    for (const turn of turns) {
      const from = turn.startsWith('>') ? 0 : 1
      const tokens = turn
        .slice(1)
        .trim()
        .split(/\s+|(?<=')(?=[0-9a-f])|(?<=[0-9a-f])(?=')/)
      counts[from]!++
      const bytes = bytesOfTokens(tokens, chance, kept, counts[from]!)
      pieces.push({ from, bytes, waitMicros: chance.logBetween(50, 200_000) })
    }
  }
  return pieces
}

/** From the last token to the first, so that lengths know what is behind them. */
function bytesOfTokens(
  tokens: readonly string[],
  chance: Chance,
  kept: Map<number, Uint8Array>,
  count: number,
): Uint8Array {
  let behind: Uint8Array = new Uint8Array(0)
  const places = new Map<string, number>()
  for (const token of [...tokens].reverse()) {
    const [from = 0, to = from] = token.slice(1).split('-').map(Number)
    const number = (size: number, value: number) => fixed(size, value)
    let bytes: Uint8Array
    switch (token[0]) {
      case '?':
        bytes = chance.bytes(chance.between(from, to))
        break
      case '@': {
        const place = 100 * from + (places.get(token) ?? 0)
        places.set(token, (places.get(token) ?? 0) + 1)
        bytes = kept.get(place) ?? chance.bytes(from)
        kept.set(place, bytes)
        break
      }
      case '#':
        bytes = number(from, count)
        break
      case '.':
        bytes = new Uint8Array(from)
        break
      case 'L':
        bytes = number(from, behind.length)
        break
      case 'l':
        bytes = number(from, behind.length).reverse()
        break
      case "'":
      case '"':
        bytes = bytesOf(token.slice(1, -1).replaceAll('_', ' '))
        break
      default:
        bytes = fromHex(token)
    }
    behind = concat(bytes, behind)
  }
  return behind
}

function fixed(size: number, value: number): Uint8Array {
  const writer = new ByteWriter()
  for (let at = size - 1; at >= 0; at--) writer.u8(Math.floor(value / 256 ** at) % 256)
  return writer.finish()
}

const ROUNDS = 4

function models(
  carrier: 'tcp' | 'udp',
  table: Readonly<Record<string, readonly string[]>>,
): Model[] {
  return Object.entries(table).map(([name, turns]) => ({
    name: `${carrier}: ${name}`,
    carrier,
    make: (chance) => piecesOf(turns, chance, ROUNDS),
  }))
}

export const SPECIMENS: readonly Model[] = [...models('udp', DATAGRAMS), ...models('tcp', STREAMS)]
