/* net/stats_ip.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Part of net_stats.h, which explains it.  Those that SNMP has come first, in
 * the order of /proc/net/snmp.
 */

#ifndef __NET_STATS_IP_H
#define __NET_STATS_IP_H

#define IP_STATS(X) \
  X(inreceives, "packets received") \
  X(inhdrerrors, "with a bad header") \
  X(inaddrerrors, "not for us, and not forwarded") \
  X(forwdatagrams, "forwarded") \
  X(inunknownprotos, "of a protocol that nobody wants") \
  X(indiscards, "discarded for lack of memory") \
  X(indelivers, "delivered") \
  X(outrequests, "sent by us") \
  X(outdiscards, "of ours discarded for lack of memory or room") \
  X(outnoroutes, "without a route") \
  X(reasmtimeout, "datagrams whose fragments did not all come in time") \
  X(reasmreqds, "fragments received") \
  X(reasmoks, "datagrams put together") \
  X(reasmfails, "fragments or datagrams given up, for any reason") \
  X(fragoks, "packets cut into fragments") \
  X(fragfails, "packets too long, but not to be cut") \
  X(fragcreates, "fragments sent") \
  X(inshort, "shorter than their header") \
  X(inversion, "of another version than 4, or with a bad header length") \
  X(intruncated, "shorter than they say") \
  X(incsum, "with a wrong header checksum") \
  X(inoptions, "with malformed options") \
  X(insrcroute, "refused: source routed") \
  X(inmartiansrc, "from an address that nobody can have") \
  X(inmartiandst, "to an address that no packet can have") \
  X(inland, "from our own address") \
  X(inlinkbcast, "to one host, in a broadcast frame") \
  X(inmcast, "to a group that we are not in") \
  X(reasmbad, "fragments with an impossible length or offset") \
  X(reasmdups, "fragments that came twice") \
  X(reasmoverlaps, "datagrams given up: fragments overlap") \
  X(reasmmany, "datagrams given up: too many fragments") \
  X(reasmevicted, "datagrams given up to make room for others") \
  X(reasmnomem, "fragments dropped for lack of memory") \
  X(reasmlate, "fragments of a datagram that was given up") \
  X(reasmflushed, "datagrams given up: the interface went down") \
  X(forwttl, "not forwarded: the TTL ran out") \
  X(forwbcast, "not forwarded: a broadcast or a multicast") \
  X(forwtoobig, "not forwarded: too long, and not to be cut") \
  X(forwnoroute, "not forwarded: no route") \
  X(forwdiscards, "not forwarded: no memory") \
  X(outtoobig, "longer than 65535 bytes") \
  X(outheaders, "sent with a header buffer in front") \
  X(outcsums, "checksums completed for a device that does not") \
  X(outqueued, "that waited for a place in the device") \
  X(outqfull, "dropped: too many wait already") \
  X(outqflushed, "dropped: the interface went down") \
  X(outloops, "copies to ourselves") \
  X(outloopdrops, "copies to ourselves that had to be dropped") \
  X(outttl0, "with a TTL of 0, not sent") \
  X(outreservelost, "reservations given back unused")

#define ICMP_STATS(X) \
  X(inmsgs, "messages received") \
  X(inerrors, "with an error of ICMP") \
  X(incsumerrors, "with a wrong checksum") \
  X(indestunreachs, "destination unreachable, received") \
  X(intimeexcds, "time exceeded, received") \
  X(inparmprobs, "parameter problem, received") \
  X(insrcquenchs, "source quench, received and ignored") \
  X(inredirects, "redirect, received and ignored") \
  X(inechos, "echo, received") \
  X(inechoreps, "echo reply, received") \
  X(intimestamps, "timestamp, received and ignored") \
  X(intimestampreps, "timestamp reply, received") \
  X(inaddrmasks, "address mask, received and ignored") \
  X(inaddrmaskreps, "address mask reply, received") \
  X(outmsgs, "messages sent") \
  X(outerrors, "not sent: no memory, or no route") \
  X(outratelimitglobal, "errors not sent: too many") \
  X(outratelimithost, "errors not sent: too many to this host") \
  X(outdestunreachs, "destination unreachable, sent") \
  X(outtimeexcds, "time exceeded, sent") \
  X(outparmprobs, "parameter problem, sent") \
  X(outechos, "echo, sent") \
  X(outechoreps, "echo reply, sent") \
  X(inshort, "shorter than a header") \
  X(inunknown, "of an unknown type") \
  X(inbcast, "queries to a broadcast or multicast address, ignored") \
  X(inquoteshort, "errors that quote too little, or rubbish") \
  X(inquoteforeign, "errors about a packet that we have not sent") \
  X(inpmtu, "path MTUs lowered") \
  X(inpmturefused, "path MTU messages about no connection of ours") \
  X(outsuppressed, "errors that must not be sent") \
  X(echocopied, "echoes whose answer had to be copied")

#define IGMP_STATS(X) \
  X(inmsgs, "messages received") \
  X(inshort, "shorter than a header") \
  X(incsumerrors, "with a wrong checksum") \
  X(inttl, "from further away than the next link") \
  X(inqueries, "queries received") \
  X(inqueriesv1, "queries of version 1") \
  X(inqueriesbad, "queries with an impossible address") \
  X(inreports, "reports of others") \
  X(inleaves, "leaves of others, ignored") \
  X(inunknown, "of an unknown type") \
  X(outreports, "reports sent") \
  X(outleaves, "leaves sent") \
  X(outerrors, "not sent: no memory, or the interface is down") \
  X(suppressed, "reports that another member sent for us") \
  X(joins, "groups joined") \
  X(leaves, "groups left")

#endif /* __NET_STATS_IP_H */
