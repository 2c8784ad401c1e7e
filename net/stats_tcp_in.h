/* net/stats_tcp_in.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Part of net_stats.h, which explains it.
 */

#ifndef __NET_STATS_TCP_IN_H
#define __NET_STATS_TCP_IN_H

#define TCP_IN_STATS(X) \
  X(activeopens, "connections opened from here") \
  X(attemptfails, "connections that were never established") \
  X(rests, "connections put to rest") \
  X(wakes, "... and woken") \
  X(wakenomem, "... or not, for lack of memory") \
  X(estabresets, "established connections that ended at once") \
  X(insegs, "segments received") \
  X(inerrs, "... with errors") \
  X(incsumerrors, "... with a bad checksum") \
  X(inshort, "... shorter than their header") \
  X(innotunicast, "... to a broadcast or multicast address") \
  X(inport0, "... from or to port 0") \
  X(innomem, "... whose header could not be made contiguous") \
  X(badoptions, "... with malformed options, the rest ignored") \
  X(noport, "... for a port where nobody is") \
  X(tcphphits, "data segments by header prediction") \
  X(tcphpacks, "acknowledgements by header prediction") \
  X(pawsestab, "segments refused by their timestamp (PAWS)") \
  X(tsmissing, "segments without the timestamp that was agreed on") \
  X(oowsegs, "segments outside of the window") \
  X(oowrsts, "RST outside of the window, ignored") \
  X(dupsegs, "segments received before, whole") \
  X(cutsegs, "segments cut to the window") \
  X(zerowndprobes, "data that came into a closed window") \
  X(noacksegs, "segments without ACK, dropped") \
  X(oldacks, "acknowledgements of what was acknowledged before") \
  X(badacks, "acknowledgements of what was not sent, or long ago") \
  X(synsentdrops, "segments without SYN in answer to a SYN") \
  X(badsynacks, "answers to a SYN that we did not send") \
  X(tcpchallengeack, "challenge ACKs sent") \
  X(tcpsynchallenge, "... because of a SYN in a connection") \
  X(tcprstchallenge, "... because of a RST not quite in place") \
  X(ackskipped, "challenge and duplicate ACKs not sent: too many") \
  X(rstsreceived, "connections that the peer reset") \
  X(afterclose, "connections reset by data after close") \
  X(lateseg, "segments for a connection that had ended") \
  X(delayedacks, "delayed acknowledgements sent by timer") \
  X(tcpkeepalive, "keep-alive probes sent") \
  X(tcpkeepdrops, "connections ended by keep-alive") \
  X(tcptimeouts, "connections ended by R2 or the user timeout") \
  X(tcpsyntimeouts, "connections ended before an answer to SYN came") \
  X(finwait2timeouts, "connections ended in FIN-WAIT-2") \
  X(orphanlimit, "orphans reset: too many") \
  X(tw, "connections that entered TIME-WAIT") \
  X(twexpired, "... and left it after 2 MSL") \
  X(twrecycled, "... that were reopened by a SYN (RFC 6191)") \
  X(twreset, "... that a RST ended") \
  X(twsegs, "segments for connections in TIME-WAIT") \
  X(tcptimewaitoverflow, "connections without TIME-WAIT: no room") \
  X(icmperrs, "ICMP errors for connections") \
  X(outofwindowicmps, "ICMP errors outside of the window, ignored") \
  X(icmpnoconn, "ICMP errors for no connection") \
  X(icmpaborts, "connections ended by an ICMP error") \
  X(connnomem, "connections not made: no memory")

#endif /* __NET_STATS_TCP_IN_H */
