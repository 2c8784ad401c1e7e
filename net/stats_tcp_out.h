/* net/stats_tcp_out.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Part of net_stats.h, which explains it.
 */

#ifndef __NET_STATS_TCP_OUT_H
#define __NET_STATS_TCP_OUT_H

#define TCP_OUT_STATS(X) \
  X(outsegs, "segments sent, those sent again apart") \
  X(retranssegs, "segments sent again") \
  X(outrsts, "resets sent") \
  X(outacks, "segments sent without data") \
  X(outprobes, "zero window probes sent") \
  X(outsupers, "super-segments that the device cut") \
  X(copies_tx, "bytes of the user copied, once each") \
  X(copies_resend, "bytes copied because they were sent again") \
  X(copies_collapse, "bytes moved to join small writes") \
  X(bounces, "segments copied because somebody held the frame") \
  X(inplace, "segments sent again with the headers in place") \
  X(headers, "segments sent with a header buffer in front") \
  X(deferrals, "resends that wait for their frame") \
  X(kicks, "deferred resends whose frame came back") \
  X(defertimeouts, "deferred resends sent as a copy after one RTO") \
  X(csum_kept, "checksums reused for a resend") \
  X(csum_bytes, "bytes added up again after a cut") \
  X(splits, "segments cut in two") \
  X(halved, "extents smaller than a segment, memory being short") \
  X(sndnomem, "times the user's data found no memory") \
  X(outnomem, "segments not sent yet for lack of memory") \
  X(outnoroute, "times there was no way to the peer") \
  X(outdrop, "segments that IP dropped") \
  X(timeouts, "retransmission time-outs") \
  X(spuriousrtos, "of which were needless") \
  X(blackholes, "path MTUs lowered because nothing came through") \
  X(fastrecovery, "times fast recovery was entered") \
  X(recoveryundo, "... needlessly, and undone") \
  X(dupacks, "duplicate acknowledgements received") \
  X(sacksegs, "segments marked as received by SACK") \
  X(sackbad, "SACK blocks that make no sense") \
  X(sackreneged, "times the peer dropped what it had reported") \
  X(dsackrecv, "duplicates that the peer reported") \
  X(racklost, "segments that RACK found lost") \
  X(renolost, "segments that NewReno found lost") \
  X(rackreorder, "times reordering was seen") \
  X(lossprobes, "tail loss probes sent") \
  X(lossproberecovery, "... that repaired a loss")

#endif /* __NET_STATS_TCP_OUT_H */
