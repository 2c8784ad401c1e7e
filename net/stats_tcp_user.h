/* net/stats_tcp_user.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Part of net_stats.h, which explains it.
 */

#ifndef __NET_STATS_TCP_USER_H
#define __NET_STATS_TCP_USER_H

#define TCP_USER_STATS(X) \
  X(rcv_badfin, "FINs out of order with text behind them, not believed") \
  X(rcv_inorder, "segments that arrived in order") \
  X(tcpofoqueue, "segments put aside, out of order") \
  X(tcpofomerge, "segments out of order that came again, in part") \
  X(tcpofodrop, "segments out of order dropped: no memory") \
  X(ofosearch, "blocks compared to find the places of segments") \
  X(ofopruned, "blocks out of order thrown away for want of memory") \
  X(ofopruned_bytes, "... bytes in them") \
  X(prunecalled, "times that the memory of a connection was full") \
  X(tcprcvcollapsed, "buffers copied together to save memory") \
  X(collapse_bytes, "... bytes in them") \
  X(collapse_nomem, "times that there was no memory to do so") \
  X(tcprcvqdrop, "segments in order dropped: no memory") \
  X(rcv_afterclose, "segments dropped: nobody will read them") \
  X(tcpdsackoldsent, "D-SACKs sent for data before the window") \
  X(tcpdsackofosent, "D-SACKs sent for data out of order") \
  X(rcvbufgrown, "times that a receive buffer was made larger") \
  X(copies_rx, "bytes copied to users") \
  X(urgent_in, "urgent data announced by peers") \
  X(urgent_lost, "urgent bytes overtaken by the reader or another") \
  X(windowupdates_due, "windows that a reader has opened") \
  X(passiveopens, "connections opened by peers") \
  X(listen_syns, "SYNs that listeners got") \
  X(listendrops, "SYNs and handshakes dropped by listeners") \
  X(listenoverflows, "... because the accept queue was full") \
  X(listen_nomem, "... for want of memory") \
  X(listen_badsyn, "... because no handshake can start like this") \
  X(listen_rst, "RSTs that ended a handshake") \
  X(listen_badrst, "RSTs for a handshake that were not exact") \
  X(listen_badack, "ACKs of what no listener sent") \
  X(listen_oldseq, "segments of handshakes outside of the window") \
  X(listen_paws, "segments of handshakes with an old timestamp") \
  X(listen_timeouts, "handshakes given up") \
  X(synack_retrans, "SYN-ACKs sent again") \
  X(synq_restart, "handshakes begun anew by another SYN") \
  X(tcpreqqfulldocookies, "SYNs answered by a cookie: SYN queue full") \
  X(syncookiessent, "cookies sent") \
  X(syncookiesrecv, "good cookies received") \
  X(syncookiesfailed, "bad or late cookies received") \
  X(tcpabortonclose, "connections aborted: closed with unread data") \
  X(tcpabortonlinger, "connections aborted: closed with linger 0") \
  X(tcpabortonlisten, "connections aborted: their listener closed")

#endif /* __NET_STATS_TCP_USER_H */
