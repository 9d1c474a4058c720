/** What is shown where nothing is stored yet. */
import { useFrame } from '../frame.ts'
import { ChooseCapture } from '../parts/drop.tsx'

export function StartScreen() {
  const { live } = useFrame()
  const { status } = live
  const isComing = status?.state === 'reading' || status?.state === 'watching'
  return (
    <div class="start">
      <h1>{isComing ? 'No packet yet' : 'Nothing to show yet'}</h1>
      <p>
        {status?.state === 'watching' &&
          `Watching ${status.source}: what comes by appears here by itself.`}
        {status?.state === 'reading' &&
          `Reading ${status.source}: what was read appears here by itself.`}
        {!isComing &&
          'Drop a capture anywhere on this page, or choose one. pcap and pcapng, plain, gzip or zstd.'}
      </p>
      <ChooseCapture />
      <dl class="start-ways">
        <dt>
          <code>peerscope serve -i eth0</code>
        </dt>
        <dd>watches an interface and opens this page</dd>
        <dt>
          <code>peerscope -r capture.pcapng --serve</code>
        </dt>
        <dd>reads a capture and opens this page</dd>
      </dl>
    </div>
  )
}
