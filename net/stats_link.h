/* net/stats_link.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Part of net_stats.h, which explains it.
 */

#ifndef __NET_STATS_LINK_H
#define __NET_STATS_LINK_H

#define LINK_STATS(X) \
  X(inshort, "frames shorter than their link header") \
  X(inotherhost, "frames for another station") \
  X(inbadsource, "frames from a multicast address") \
  X(inunknowntype, "frames of a protocol that is not spoken here") \
  X(innomem, "received frames dropped for lack of memory") \
  X(inlater, "frames that arrived from inside a call of the device") \
  X(outnomem, "frames dropped: no buffer for the link header") \
  X(outdown, "frames dropped: the interface is down") \
  X(outrefused, "places in a device asked for in vain") \
  X(outturns, "turns of those who had waited for a place") \
  X(outwaited, "frames without a reservation that had to wait") \
  X(outctrlfull, "frames without a reservation dropped: too many wait") \
  X(memwaits, "times that a sender began to wait for memory") \
  X(memtries, "... and tried again, when some was freed") \
  X(memturns, "datagrams passed too often, for which others had to wait") \
  X(memturnsover, "... that found no memory in their time")

#define ARP_STATS(X) \
  X(inrequests, "requests received") \
  X(inreplies, "replies received") \
  X(inprobes, "probes received (RFC 5227)") \
  X(inerrors, "malformed packets") \
  X(inmartian, "packets with an impossible sender") \
  X(innotours, "packets about others, of no use") \
  X(inignored, "address changes ignored, too soon after the last") \
  X(outrequests, "requests sent") \
  X(outprobes, "unicast probes sent") \
  X(outreplies, "replies sent") \
  X(outannounce, "announcements sent") \
  X(outacd, "probes for an address of ours sent (RFC 5227)") \
  X(outnomem, "packets not sent for lack of memory") \
  X(outlimited, "requests put off by the limit of rate") \
  X(resolved, "neighbours that answered") \
  X(unresolved, "neighbours that did not") \
  X(changed, "neighbours whose link address changed") \
  X(conflicts, "others who use an address of ours") \
  X(defended, "announcements against them") \
  X(queued, "packets that waited for an answer") \
  X(queuefull, "packets dropped: too many wait for one neighbour") \
  X(unreachable, "packets dropped: the neighbour does not answer") \
  X(flushed, "packets dropped: the interface went down meanwhile") \
  X(nomem, "packets dropped: no memory to wait in") \
  X(tablefull, "packets dropped: too many neighbours") \
  X(evicted, "neighbours forgotten for others") \
  X(aged, "neighbours forgotten by age")

#endif /* __NET_STATS_LINK_H */
