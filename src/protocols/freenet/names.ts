/**
 * Names of messages: whether a first line is one of Freenet's, and of which language.
 * Source: hyphanet/legacy src/freenet/message/ and message/client/; hyphanet/fred
 * src/freenet/clients/fcp/ (FCPMessage.create for what clients say).
 */

/** Between nodes. 0.3 began with the two handshakes. */
export const NODE_NAMES: ReadonlySet<string> = new Set([
  'Accepted',
  'AnnouncementComplete',
  'AnnouncementExecute',
  'AnnouncementFailed',
  'AnnouncementReply',
  'DataInsert',
  'DataNotFound',
  'DataReply',
  'DataRequest',
  'HandshakeReply',
  'HandshakeRequest',
  'Identify',
  'InsertReply',
  'InsertRequest',
  'NodeAnnouncement',
  'QueryAborted',
  'QueryRejected',
  'QueryRestarted',
  'RequestFailed',
  'StoreData',
  'TimedOut',
  'Void',
])

/** What a client of FCP 1 may begin with. */
export const FCP1_NAMES: ReadonlySet<string> = new Set([
  'ClientHello',
  'ClientInfo',
  'ClientGet',
  'ClientPut',
  'ClientDelete',
  'GenerateCHK',
  'GenerateSHA1',
  'GenerateSVKPair',
  'GetDiagnostics',
  'GetSize',
  'InvertPrivateKey',
  'FECDecodeSegment',
  'FECEncodeSegment',
  'FECMakeMetadata',
  'FECSegmentFile',
  'FECSegmentSplitFile',
  'Illegal',
])

/** What a client may do to the host of its node: read and write files, load code, stop it. */
export const POWERS: ReadonlySet<string> = new Set([
  'ClientPutDiskDir',
  'LoadPlugin',
  'ModifyConfig',
  'Shutdown',
  'TestDDARequest',
  'ReloadPlugin',
])
