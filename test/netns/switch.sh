# Hosts on a switch, for the make-*.sh of fixtures that start real clients: namespaces without a way
# out, programs without rights. Everything goes when the script ends, however it ends.
#
#   . "$(dirname "$0")/../../../../test/netns/switch.sh"
#   needs dhtnode tshark            or ends with a sentence
#   packages hyperswarm@4.17.2      of npm, into $work/packages, without their scripts
#   host a 10.90.7.11/24            a namespace; its home is $work/a
#   address a                       its hardware address
#   record 'udp or tcp'             what passes the switch …
#   start a dhtnode -p 4222         in the background; what it says goes to $work/a.log
#   run a PROGRAM…                  the same, waited for, to standard output
#   await 30 grep -q done "$work/a.log"
#   recorded                        … until here
#   keep nodes udp.port==4222 1-200 of it, as nodes.pcap beside the script
set -eu

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
chmod 755 "$work"
hosts=
# A user that no system has.
user=41000

leave() {
  for name in $hosts; do
    ip netns pids "make$$-$name" | xargs -r kill -9 || :
    ip netns del "make$$-$name"
  done
  # What still ran would write into the folder that goes.
  wait
  rm -rf "$work"
}
trap leave EXIT
trap 'exit 1' HUP INT TERM

fail() {
  echo "$0: $*" >&2
  exit 1
}

needs() {
  [ "$(id -u)" = 0 ] || fail 'namespaces need root'
  for program in ip setpriv ethtool tcpdump tshark editcap "$@"; do
    command -v "$program" > "$work/found" || fail "needs $program; its head names the packages"
  done
}

packages() {
  mkdir "$work/packages"
  echo '{ "private": true, "type": "module" }' > "$work/packages/package.json"
  npm install --prefix "$work/packages" --ignore-scripts --no-audit --no-fund --silent "$@"
}

# Its namespace is called make<PID>-NAME.
namespace() {
  ip netns add "make$$-$1"
  hosts="$hosts $1"
  ip -n "make$$-$1" link set lo up
}

host() {
  name=$1
  namespace "$name"
  ip -n "make$$-$name" link add eth0 gso_max_segs 1 type veth peer name "$name" netns "make$$-switch"
  ip -n "make$$-switch" link set dev "$name" master br0 up
  ip -n "make$$-$name" address add "$2" brd + dev eth0
  ip -n "make$$-$name" link set eth0 up
  # Multicast goes by a route; checksums of a packet that meets no cable are made here.
  ip -n "make$$-$name" route add default dev eth0
  ip netns exec "make$$-$name" ethtool -K eth0 tx off > "$work/ethtool.log"
  mkdir "$work/$name"
  chown "$user" "$work/$name"
}

# The hardware address of a host.
address() {
  ip netns exec "make$$-$1" cat /sys/class/net/eth0/address
}

run() {
  name=$1
  shift
  (
    cd "$work/$name"
    exec ip netns exec "make$$-$name" setpriv --reuid="$user" --regid="$user" --clear-groups \
      env HOME="$work/$name" "$@"
  )
}

start() {
  run "$@" >> "$work/$1.log" 2>&1 &
}

await() {
  seconds=$1
  shift
  until "$@" > "$work/await.log" 2>&1; do
    seconds=$((seconds - 1))
    [ "$seconds" -gt 0 ] || fail "not in time: $*; said: $(tail -n 20 "$work"/*.log)"
    sleep 1
  done
}

record() {
  ip netns exec "make$$-switch" tcpdump -i br0 -s 262144 -B 65536 -U --immediate-mode -Z root \
    -w "$work/all.pcap" "$1" 2> "$work/tcpdump.log" &
  tcpdump=$!
  await 10 grep -q 'listening on' "$work/tcpdump.log"
}

recorded() {
  kill -INT "$tcpdump"
  wait "$tcpdump"
  grep -q '^0 packets dropped' "$work/tcpdump.log" || fail 'the capture is not whole'
}

# keep NAME FILTER [FIRST-LAST [MOST]]: these of the packets that pass tshark's filter, as classic pcap;
# of each conversation MOST packets, which may be 512 in all.
keep() {
  tshark -r "$work/all.pcap" -Y "$2" -w "$work/$1.pcapng" 2> "$work/tshark.log"
  numbers=${3:-1-100000}
  [ $# -lt 4 ] || numbers=$(
    tshark -r "$work/$1.pcapng" -T fields -e frame.number -e tcp.stream -e udp.stream \
      -E separator=, 2>> "$work/tshark.log" |
      awk -F , -v most="$4" 'seen[$2 "," $3]++ < most { print $1 }'
  )
  # shellcheck disable=SC2086 # a list
  editcap -F pcap -r "$work/$1.pcapng" "$here/$1.pcap" $numbers
}

namespace switch
ip -n "make$$-switch" link add br0 type bridge forward_delay 0
ip -n "make$$-switch" link set br0 up
