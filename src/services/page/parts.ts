/** What the page's server is made of: given to it by the app, which knows where it comes from. */
import type { FlowDetail, Page, StoreReader, Which } from '../../core/store.ts'
import type {
  DarkPlaces,
  DarkQuestion,
  DarkView,
  Detected,
  FamilyTitle,
  Names,
  PacketRow,
  Status,
  WallPreview,
  WallState,
} from './api.ts'
import type { Metric } from './metrics.ts'

export interface PageParts {
  readonly reader: StoreReader
  /** How it stands now; asked at most once a second for all who watch. */
  readonly status: () => Status
  readonly families: readonly FamilyTitle[]
  /** As configured; asked each time. */
  readonly names: () => Names
  /** Absent where no packets are at hand. */
  readonly packets?: Packets
  /** Absent where captures are not taken. */
  readonly captures?: Captures
  /** Absent where this process is no wall. */
  readonly wall?: WallPart
  /** Absent where nobody looks for incidents. */
  readonly dark?: DarkPart
  /** The line of a flow in Suricata's EVE. */
  readonly eve: (flow: FlowDetail) => string
  readonly metrics: () => Promise<readonly Metric[]>
  /** Whether questions can be answered. */
  readonly isReady: () => boolean
  /** Folder of the built client. */
  readonly client: string
  /** Whoever speaks must say it; absent: nobody is asked. */
  readonly token?: string
  /** Names that the server is reached by, beside addresses and `localhost`. */
  readonly hostNames?: readonly string[]
  /** Our own mistakes. */
  readonly onError: (error: Error, path: string) => void
}

export interface Packets {
  /** A pcapng file in pieces: packets of the flows, each with a comment where it is evidence. */
  capture(which: Which & { readonly flows?: readonly string[] }): AsyncIterable<Uint8Array>
  /** Undefined where the packets are not at hand any more. */
  rows(
    flow: string,
    page: Page,
  ): Promise<{ readonly rows: readonly PacketRow[]; readonly total: number } | undefined>
}

export interface Captures {
  /** The largest file that is taken, in bytes. */
  readonly bytesMax: number
  /**
   * Take in a capture and begin to read it, after those before it.
   * @throws Busy      where too many wait
   * @throws TooLarge
   */
  take(name: string, body: AsyncIterable<Uint8Array>): Promise<{ readonly name: string }>
}

export interface DarkPart {
  view(): DarkView
  /** To the authors of the clients that are blamed, as Markdown. */
  bugReport(): string
  /** Undefined where no dark network is known. */
  detect(question: DarkQuestion): Promise<Detected | undefined>
  /** Undefined where no dark network of IPv6 is known. */
  places(which: Which): Promise<DarkPlaces | undefined>
}

export interface WallPart {
  state(): WallState
  /** @param policy  a whole `peerscope.yaml`; nothing of it is done */
  preview(policy: string): WallPreview
}
