/** What the kernel is told about a flow: a connection mark, so that no more of it comes up. */

/** What is decided. Nothing yet: 0. */
export const MARK_PASS = 1
/** The same, of what nobody could read: it is judged again once its ends are known. */
export const MARK_UNREAD = 9
export const MARK_THROTTLE = 2
export const MARK_BLOCK = 4
/** The bits that say what is decided, and all that are ours: the others are left as they are. */
export const MARK_KIND_MASK = 0x07
export const MARK_MASK = 0xff

/** On packets that the wall itself writes. */
export const MARK_OWN = 0x100

/** Rules that throttle; the bits above the kind tell their flows apart, and the two that pass. */
export const CLASSES_MAX = 32

/** @param index  the place of the rule among those that throttle, from 0 */
export function throttleMark(index: number): number {
  return MARK_THROTTLE + 8 * index
}
