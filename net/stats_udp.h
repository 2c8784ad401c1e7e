/* net/stats_udp.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Part of net_stats.h, which explains it.
 */

#ifndef __NET_STATS_UDP_H
#define __NET_STATS_UDP_H

#define CONN_STATS(X) \
  X(lookups, "searches for the endpoint of a packet") \
  X(compares, "entries compared in these searches") \
  X(probes, "slots of tables looked at in these searches") \
  X(tablememory, "tables that could not grow: no memory") \
  X(portmemory, "ports not taken: no memory") \
  X(dgrammemory, "datagrams and errors not queued: no memory") \
  X(errorsdropped, "ICMP errors that a full error queue did not take")

/* The names up to ignoredmulti are those of /proc/net/snmp */

#define UDP_STATS(X) \
  X(indatagrams, "datagrams delivered to a reader's queue") \
  X(noports, "datagrams for a port that nobody has") \
  X(inerrors, "datagrams not delivered for other reasons") \
  X(outdatagrams, "datagrams handed to IP") \
  X(rcvbuferrors, "datagrams dropped: the reader's queue was full") \
  X(sndbuferrors, "datagrams not sent: no memory, or IP refused") \
  X(incsumerrors, "datagrams dropped: wrong checksum") \
  X(ignoredmulti, "multicasts and broadcasts that nobody wanted") \
  X(intruncated, "datagrams dropped: shorter than they say") \
  X(innopeer, "datagrams dropped: the endpoint has another peer") \
  X(memerrors, "datagrams dropped: no memory to queue them") \
  X(outqueued, "datagrams that waited for the device") \
  X(outwaited, "times a writer had to wait for memory") \
  X(outflushed, "datagrams thrown away with their endpoint") \
  X(icmpnoport, "ICMP errors about an endpoint that is gone") \
  X(copies_tx, "payload copies out of a sender's memory") \
  X(copies_rx, "payload copies into a reader's memory")

#define RAW_STATS(X) \
  X(indatagrams, "packets delivered") \
  X(outdatagrams, "packets sent") \
  X(rcvbuferrors, "packets dropped: the socket's buffer is full") \
  X(memoryerrors, "packets dropped: no view for a socket") \
  X(sndbuferrors, "packets not sent: no memory") \
  X(outwaited, "times a writer had to wait for memory") \
  X(inshut, "packets dropped: the socket does not read any more")

#endif /* __NET_STATS_UDP_H */
