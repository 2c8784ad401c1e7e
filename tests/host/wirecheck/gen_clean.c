/* tests/host/wirecheck/gen_clean.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Conversations in which everything is as it may be, though not always as one
 * would wish: loss, closed windows, numbers that wrap.
 */

#include <string.h>

#include "scenarios.h"

#define MSS 1448

static void talk(struct cg_s *g)
{
  cg_open(g);
  cg_say(g, CG_A, 100);
  cg_say(g, CG_B, MSS);
  cg_say(g, CG_B, MSS);
  cg_ack(g, CG_A);
  cg_finish(g);
}

/* n segments of which one is lost before the capture */

static void burst(struct cg_s *g, unsigned int n, unsigned int lost)
{
  unsigned int i;

  for (i = 0; i < n; i++)
    {
      g->with.unseen = i == lost;
      if (g->with.unseen)
        {
          g->end[CG_A].nxt += MSS;
        }
      else
        {
          cg_say(g, CG_A, MSS);
        }

      memset(&g->with, 0, sizeof(g->with));
    }
}

/* ... or behind it, which the receiver says by doing nothing */

static void dropped(struct cg_s *g, unsigned int len)
{
  int64_t rcv = g->end[CG_B].rcv;

  cg_say(g, CG_A, len);
  g->end[CG_B].rcv = rcv;
}

static void basic(struct cg_s *g)
{
  talk(g);
}

static void no_options(struct cg_s *g)
{
  unsigned int i;

  for (i = 0; i < 2; i++)
    {
      g->end[i].ts     = false;
      g->end[i].sack   = false;
      g->end[i].wscale = -1;
    }

  talk(g);
}

static void no_mss(struct cg_s *g)
{
  g->end[CG_B].mss = 0;
  cg_open(g);
  cg_say(g, CG_A, 524);
  cg_ack(g, CG_B);
  cg_finish(g);
}

static void timeout(struct cg_s *g)
{
  cg_open(g);
  dropped(g, MSS);
  cg_wait(g, 210);
  cg_again(g, CG_A, 1, MSS);
  cg_ack(g, CG_B);
  cg_finish(g);
}

static void backoff(struct cg_s *g)
{
  unsigned int ms;

  cg_open(g);
  dropped(g, MSS);
  for (ms = 200; ms < 3000; ms *= 2)
    {
      cg_wait(g, ms);
      cg_seg(g, CG_A, CG_ACK, 1, 1, MSS);
    }

  g->end[CG_B].rcv = 1 + MSS;
  cg_ack(g, CG_B);
  cg_finish(g);
}

/* A tail is probed as late as its time-out would be, if that is earlier than
 * two round trips and the delay of acknowledgements; then the row of
 * time-outs begins
 */

static void probe_and_backoff(struct cg_s *g)
{
  unsigned int ms;

  cg_open(g);
  dropped(g, 9);
  cg_wait(g, 196);
  cg_seg(g, CG_A, CG_ACK, 1, 1, 9);
  for (ms = 200; ms < 1000; ms *= 2)
    {
      cg_wait(g, ms);
      cg_seg(g, CG_A, CG_ACK, 1, 1, 9);
    }

  g->end[CG_B].rcv = 10;
  cg_sack(g, CG_B, 1, 10);
  cg_finish(g);
}

/* ... or new data is the probe, and the timer of the head begins anew */

static void probe_of_new_data(struct cg_s *g)
{
  cg_open(g);
  dropped(g, MSS);
  cg_wait(g, 190);
  dropped(g, MSS);
  cg_wait(g, 200);
  cg_seg(g, CG_A, CG_ACK, 1, 1, MSS);
  cg_wait(g, 400);
  cg_again(g, CG_A, 1, MSS);
  g->end[CG_B].rcv = g->end[CG_A].nxt;
  cg_ack(g, CG_B);
  cg_finish(g);
}

/* The SYN-ACK had to be sent again, and is no measure; but its echo is */

static void probe_without_sample(struct cg_s *g)
{
  cg_seg(g, CG_A, CG_SYN, 0, 0, 0);
  cg_seg(g, CG_B, CG_SYN | CG_ACK, 0, 1, 0);
  cg_wait(g, 1000);
  cg_open(g);
  cg_say(g, CG_B, 101);
  cg_seg(g, CG_B, CG_FIN | CG_ACK, 102, 1, 0);
  cg_wait(g, 6);
  cg_seg(g, CG_B, CG_FIN | CG_ACK, 102, 1, 0);
  cg_seg(g, CG_A, CG_ACK, 1, 103, 0);
}

/* The reader of the queue in which the frames are captured did not run: the
 * first one was there 12 ms before, as its timestamp says, so that the second
 * one is a probe in good time
 */

static void captured_late(struct cg_s *g)
{
  cg_open(g);
  cg_say(g, CG_A, MSS);
  cg_ack(g, CG_B);
  cg_wait(g, 20);
  g->with.ts_delta = -12;
  cg_say(g, CG_A, 312);
  cg_again(g, CG_A, 1 + MSS, 312);
  cg_sack(g, CG_B, 1 + MSS, 1 + MSS + 312);
  cg_finish(g);
}

/* The first time-out is seen 100 ms too late, so that the second one, which
 * is twice as long, seems to be no longer
 */

static void timeout_captured_late(struct cg_s *g)
{
  cg_open(g);
  dropped(g, MSS);
  dropped(g, MSS);
  cg_wait(g, 300);
  g->with.ts_delta = -100;
  cg_seg(g, CG_A, CG_ACK, 1, 1, MSS);
  cg_wait(g, 300);
  cg_again(g, CG_A, 1, MSS);
  g->end[CG_B].rcv = g->end[CG_A].nxt;
  cg_ack(g, CG_B);
  cg_finish(g);
}

/* Sent again, and seen half a second later: what it echoes is older than the
 * acknowledgement that would have made it needless
 */

static void sent_before_acked(struct cg_s *g)
{
  cg_open(g);
  cg_wait(g, 10);
  cg_say(g, CG_A, MSS);
  cg_wait(g, 250);
  cg_ack(g, CG_B);
  cg_wait(g, 500);
  g->with.ts_delta  = -500;
  g->with.ecr_delta = -250;
  cg_again(g, CG_A, 1, MSS);
  cg_sack(g, CG_B, 1, 1 + MSS);
  cg_finish(g);
}

/* Everything behind the first is sent again as well, in other pieces */

static void resegmented(struct cg_s *g)
{
  int64_t seq;

  cg_open(g);
  dropped(g, MSS);
  dropped(g, MSS);
  dropped(g, 700);
  cg_wait(g, 250);
  for (seq = 1; seq < 1 + 2 * MSS + 700; seq += 899)
    {
      cg_again(g, CG_A, seq, 899);
      cg_ack(g, CG_B);
    }

  cg_finish(g);
}

static void collapsed(struct cg_s *g)
{
  unsigned int i;

  cg_open(g);
  for (i = 0; i < 10; i++)
    {
      dropped(g, 100);
    }

  cg_wait(g, 250);
  cg_again(g, CG_A, 1, 1000);
  cg_ack(g, CG_B);
  cg_finish(g);
}

static void go_back(struct cg_s *g)
{
  int64_t i;

  cg_open(g);
  for (i = 0; i < 4; i++)
    {
      dropped(g, MSS);
    }

  cg_wait(g, 250);
  for (i = 0; i < 4; i++)
    {
      cg_again(g, CG_A, 1 + i * MSS, MSS);
      cg_ack(g, CG_B);
    }

  cg_finish(g);
}

static void fast_resend(struct cg_s *g)
{
  unsigned int i;

  g->end[CG_A].sack = false;
  cg_open(g);
  dropped(g, MSS);
  for (i = 0; i < 3; i++)
    {
      dropped(g, MSS);
      cg_ack(g, CG_B);
    }

  cg_ack(g, CG_B);
  cg_again(g, CG_A, 1, MSS);
  g->end[CG_B].rcv = g->end[CG_A].nxt;
  cg_ack(g, CG_B);
  cg_finish(g);
}

static void new_reno(struct cg_s *g)
{
  unsigned int i;

  g->end[CG_A].sack = false;
  cg_open(g);
  for (i = 0; i < 6; i++)
    {
      dropped(g, MSS);
    }

  for (i = 0; i < 4; i++)
    {
      cg_ack(g, CG_B);
    }

  cg_again(g, CG_A, 1, MSS);
  g->end[CG_B].rcv = 1 + 3 * MSS;
  cg_ack(g, CG_B);
  cg_again(g, CG_A, 1 + 3 * MSS, MSS);
  g->end[CG_B].rcv = g->end[CG_A].nxt;
  cg_ack(g, CG_B);
  cg_finish(g);
}

static void sack(struct cg_s *g)
{
  unsigned int i;

  cg_open(g);
  dropped(g, MSS);
  for (i = 1; i < 5; i++)
    {
      dropped(g, MSS);
      cg_sack(g, CG_B, 1 + MSS, 1 + (i + 1) * MSS);
    }

  cg_again(g, CG_A, 1, MSS);
  g->end[CG_B].rcv = g->end[CG_A].nxt;
  cg_ack(g, CG_B);
  cg_finish(g);
}

/* One block suffices if it was sent later; and a resend is lost, too */

static void rack(struct cg_s *g)
{
  cg_open(g);
  dropped(g, MSS);
  dropped(g, MSS);
  cg_sack(g, CG_B, 1 + MSS, 1 + 2 * MSS);
  cg_wait(g, 1);
  cg_seg(g, CG_A, CG_ACK, 1, 1, MSS);
  dropped(g, MSS);
  cg_sack(g, CG_B, 1 + MSS, 1 + 3 * MSS);
  cg_again(g, CG_A, 1, MSS);
  g->end[CG_B].rcv = g->end[CG_A].nxt;
  cg_ack(g, CG_B);
  cg_finish(g);
}

static void tail_probe(struct cg_s *g)
{
  cg_open(g);
  cg_say(g, CG_A, MSS);
  cg_ack(g, CG_B);
  dropped(g, MSS);
  dropped(g, MSS);
  cg_wait(g, 20);
  cg_seg(g, CG_A, CG_ACK, 1 + 2 * MSS, 1, MSS);
  cg_sack(g, CG_B, 1 + 2 * MSS, 1 + 3 * MSS);
  cg_again(g, CG_A, 1 + MSS, MSS);
  g->end[CG_B].rcv = g->end[CG_A].nxt;
  cg_ack(g, CG_B);
  cg_finish(g);
}

/* A block below the acknowledgement: it has come twice */

static void dsack(struct cg_s *g)
{
  cg_open(g);
  cg_say(g, CG_A, MSS);
  cg_wait(g, 250);
  cg_again(g, CG_A, 1, MSS);
  cg_sack(g, CG_B, 1, 1 + MSS);
  cg_finish(g);
}

static void lost_before(struct cg_s *g)
{
  cg_open(g);
  burst(g, 6, 2);
  cg_sack(g, CG_B, 1 + 3 * MSS, 1 + 6 * MSS);
  cg_again(g, CG_A, 1 + 2 * MSS, MSS);
  g->end[CG_B].rcv = g->end[CG_A].nxt;
  cg_ack(g, CG_B);
  cg_finish(g);
}

/* The third one comes last */

static void reordered(struct cg_s *g)
{
  cg_open(g);
  burst(g, 5, 2);
  cg_sack(g, CG_B, 1 + 3 * MSS, 1 + 5 * MSS);
  g->with.ts_delta = -2;
  cg_again(g, CG_A, 1 + 2 * MSS, MSS);
  g->end[CG_B].rcv = g->end[CG_A].nxt;
  cg_ack(g, CG_B);
  cg_finish(g);
}

/* Acknowledgements overtake each other */

static void late_ack(struct cg_s *g)
{
  cg_open(g);
  cg_say(g, CG_A, MSS);
  cg_say(g, CG_A, MSS);
  cg_ack(g, CG_B);
  g->with.ts_delta = -1;
  cg_seg(g, CG_B, CG_ACK, 1, 1 + MSS, 0);
  cg_finish(g);
}

/* tshark calls the second one a spurious retransmission */

static void doubled(struct cg_s *g)
{
  cg_open(g);
  g->with.twice = true;
  cg_say(g, CG_A, MSS);
  cg_ack(g, CG_B);
  cg_finish(g);
}

/* What comes again from long ago has an old timestamp (PAWS) */

static void paws(struct cg_s *g)
{
  cg_open(g);
  cg_say(g, CG_A, MSS);
  cg_ack(g, CG_B);
  cg_wait(g, 3000);
  cg_say(g, CG_A, MSS);
  cg_ack(g, CG_B);
  g->with.ts_delta  = -3000;
  g->with.ecr_delta = -3000;
  cg_seg(g, CG_A, CG_ACK, 1, 1, MSS);
  cg_sack(g, CG_B, 1, 1 + MSS);
  cg_finish(g);
}

static void wrap(struct cg_s *g)
{
  unsigned int i;

  g->end[CG_A].isn = 0xffffff00u;
  g->end[CG_B].isn = 0xfffffffeu;
  g->end[CG_A].tsbase = 0xfffffff0u - (uint32_t)(g->us / 1000 % 100000000);
  cg_open(g);
  for (i = 0; i < 20; i++)
    {
      cg_say(g, CG_A, MSS);
      cg_say(g, CG_B, 10);
      cg_wait(g, 1);
    }

  dropped(g, MSS);
  cg_wait(g, 300);
  cg_again(g, CG_A, g->end[CG_A].nxt - MSS, MSS);
  cg_ack(g, CG_B);
  cg_finish(g);
}

/* The window closes, is probed by an old number and by one byte, and opens.
 * tshark has no name for a probe by an old number but keep-alive.
 */

/* There is no memory for the second: what was offered is taken back, and less
 * offered later
 */

static void window_taken_back(struct cg_s *g)
{
  cg_open(g);
  cg_say(g, CG_A, MSS);
  cg_ack(g, CG_B);
  dropped(g, MSS);
  g->end[CG_B].wnd = 0;
  cg_ack(g, CG_B);
  cg_wait(g, 250);
  cg_again(g, CG_A, 1 + MSS, MSS);
  g->end[CG_B].rcv = 1 + MSS;
  cg_ack(g, CG_B);
  g->end[CG_B].wnd = 2 * MSS;
  cg_ack(g, CG_B);
  cg_wait(g, 500);
  cg_again(g, CG_A, 1 + MSS, MSS);
  cg_ack(g, CG_B);
  g->end[CG_B].wnd = 64000;
  cg_ack(g, CG_B);
  cg_say(g, CG_A, MSS);
  cg_ack(g, CG_B);
  cg_finish(g);
}

static void window_closed(struct cg_s *g)
{
  unsigned int i;

  g->end[CG_B].wnd = 2 * MSS;
  cg_open(g);
  cg_say(g, CG_A, MSS);
  cg_say(g, CG_A, MSS);
  g->end[CG_B].wnd = 0;
  cg_ack(g, CG_B);
  for (i = 0; i < 3; i++)
    {
      cg_wait(g, 200 << i);
      cg_seg(g, CG_A, CG_ACK, g->end[CG_A].nxt - 1, 1, 0);
      cg_ack(g, CG_B);
    }

  cg_wait(g, 2000);
  cg_seg(g, CG_A, CG_ACK, g->end[CG_A].nxt, 1, 1);
  cg_ack(g, CG_B);
  cg_wait(g, 400);
  cg_seg(g, CG_A, CG_ACK, g->end[CG_A].nxt, 1, 1);
  g->end[CG_B].wnd = 64000;
  cg_ack(g, CG_B);
  cg_say(g, CG_A, MSS);
  cg_ack(g, CG_B);
  cg_finish(g);
}

static void keep_alive(struct cg_s *g)
{
  cg_open(g);
  cg_say(g, CG_A, 10);
  cg_ack(g, CG_B);
  cg_wait(g, 60000);
  cg_seg(g, CG_A, CG_ACK, 10, 1, 0);
  cg_ack(g, CG_B);
  cg_wait(g, 60000);
  cg_seg(g, CG_A, CG_ACK, 10, 1, 1);
  cg_sack(g, CG_B, 10, 11);
  cg_finish(g);
}

static void both_open(struct cg_s *g)
{
  cg_seg(g, CG_A, CG_SYN, 0, 0, 0);
  cg_seg(g, CG_B, CG_SYN, 0, 0, 0);
  cg_seg(g, CG_A, CG_SYN | CG_ACK, 0, 1, 0);
  cg_seg(g, CG_B, CG_SYN | CG_ACK, 0, 1, 0);
  g->end[CG_A].nxt = 1;
  g->end[CG_B].nxt = 1;
  g->end[CG_A].rcv = 1;
  g->end[CG_B].rcv = 1;
  cg_say(g, CG_A, 10);
  cg_ack(g, CG_B);
  cg_finish(g);
}

static void both_close(struct cg_s *g)
{
  cg_open(g);
  cg_seg(g, CG_A, CG_FIN | CG_ACK, 1, 1, 0);
  cg_seg(g, CG_B, CG_FIN | CG_ACK, 1, 1, 0);
  cg_seg(g, CG_A, CG_ACK, 2, 2, 0);
  cg_seg(g, CG_B, CG_ACK, 2, 2, 0);
}

static void half_close(struct cg_s *g)
{
  cg_open(g);
  cg_seg(g, CG_A, CG_FIN | CG_ACK, 1, 1, 0);
  g->end[CG_A].nxt = 2;
  g->end[CG_B].rcv = 2;
  cg_ack(g, CG_B);
  cg_say(g, CG_B, MSS);
  cg_ack(g, CG_A);
  cg_seg(g, CG_B, CG_FIN | CG_ACK, 1 + MSS, 2, 0);
  cg_seg(g, CG_A, CG_ACK, 2, 2 + MSS, 0);
}

/* B has closed.  The FIN of A comes before the data in front of it; when that
 * has come, too, Linux names the block of the FIN once more.
 */

static void fin_out_of_order(struct cg_s *g)
{
  cg_open(g);
  cg_seg(g, CG_B, CG_FIN | CG_ACK, 1, 1, 0);
  g->end[CG_B].nxt = 2;
  g->end[CG_A].rcv = 2;
  cg_ack(g, CG_A);
  dropped(g, 500);
  cg_seg(g, CG_A, CG_FIN | CG_ACK, 501, 2, 0);
  cg_sack(g, CG_B, 501, 502);
  cg_wait(g, 200);
  cg_again(g, CG_A, 1, 500);
  g->end[CG_B].rcv = 502;
  cg_sack(g, CG_B, 501, 502);
}

static void fin_again(struct cg_s *g)
{
  cg_open(g);
  cg_seg(g, CG_A, CG_FIN | CG_ACK, 1, 1, 0);
  cg_wait(g, 220);
  cg_seg(g, CG_A, CG_FIN | CG_ACK, 1, 1, 0);
  g->end[CG_B].rcv = 2;
  cg_seg(g, CG_B, CG_FIN | CG_ACK, 1, 2, 0);
  cg_seg(g, CG_A, CG_ACK, 2, 2, 0);
}

static void syn_again(struct cg_s *g)
{
  cg_seg(g, CG_A, CG_SYN, 0, 0, 0);
  cg_wait(g, 1000);
  cg_seg(g, CG_A, CG_SYN, 0, 0, 0);
  cg_wait(g, 2000);
  talk(g);
}

/* The answer to the SYN is lost, so both come again */

static void syn_ack_again(struct cg_s *g)
{
  cg_seg(g, CG_A, CG_SYN, 0, 0, 0);
  cg_seg(g, CG_B, CG_SYN | CG_ACK, 0, 1, 0);
  cg_wait(g, 1000);
  talk(g);
}

static void refused(struct cg_s *g)
{
  cg_seg(g, CG_A, CG_SYN, 0, 0, 0);
  g->with.no_ts = true;
  cg_seg(g, CG_B, CG_RST | CG_ACK, -(int64_t)g->end[CG_B].isn, 1, 0);
}

static void reset(struct cg_s *g)
{
  cg_open(g);
  cg_say(g, CG_A, MSS);
  g->with.no_ts = true;
  cg_seg(g, CG_B, CG_RST | CG_ACK, 1, 1 + MSS, 0);
  cg_say(g, CG_A, MSS);
  g->with.no_ts = true;
  cg_seg(g, CG_B, CG_RST, 1, 0, 0);
}

static void ports_again(struct cg_s *g)
{
  talk(g);
  cg_wait(g, 100);
  g->end[CG_A].isn += 1000000;
  g->end[CG_B].isn += 2000000;
  talk(g);
}

static void urgent(struct cg_s *g)
{
  cg_open(g);
  cg_seg(g, CG_A, CG_PSH | CG_ACK | CG_URG, 1, 1, 10);
  g->end[CG_A].nxt = 11;
  g->end[CG_B].rcv = 11;
  cg_ack(g, CG_B);
  cg_finish(g);
}

/* Not one host, and not in order, but each fragment is right */

static void fragments(struct cg_s *g)
{
  static const unsigned int in_order[] =
  {
    0, 1, 2
  };

  static const unsigned int mixed[] =
  {
    2, 0, 2, 1
  };

  static const unsigned int incomplete[] =
  {
    0, 2
  };

  cg_fragments(g, CG_A, 4000, 1480, in_order, 3);
  cg_fragments(g, CG_B, 4000, 1480, mixed, 4);
  cg_fragments(g, CG_A, 4000, 1480, incomplete, 2);
}

static void datagrams(struct cg_s *g)
{
  cg_udp(g, CG_A, 1000, 2000, 0);
  cg_udp(g, CG_A, 1000, 2000, 1472);
  g->with.pad = true;
  cg_udp(g, CG_B, 2000, 1000, 1);
  g->with.vlan = true;
  cg_udp(g, CG_B, 2000, 1000, 99);
}

/* What an error quotes: header and eight bytes of the frame just written */

static void quote(struct cg_s *g, unsigned int from, uint8_t type,
                  uint8_t code, uint32_t rest)
{
  uint8_t data[28];

  memcpy(data, g->frame + (g->link == DLT_EN10MB ? 14 : 0), sizeof(data));
  cg_icmp(g, from, type, code, rest, data, sizeof(data));
}

static void icmp(struct cg_s *g)
{
  cg_icmp(g, CG_A, 8, 0, 0x10001, "abcdefgh", 8);
  cg_icmp(g, CG_B, 0, 0, 0x10001, "abcdefgh", 8);
  cg_udp(g, CG_A, 3000, 9, 20);
  quote(g, CG_B, 3, 3, 0);
}

static void path_mtu(struct cg_s *g)
{
  cg_open(g);
  dropped(g, MSS);
  quote(g, CG_B, 3, 4, 1000);
  cg_again(g, CG_A, 1, 948);
  cg_again(g, CG_A, 949, 500);
  cg_ack(g, CG_B);
  cg_finish(g);
}

static void arp(struct cg_s *g)
{
  cg_arp(g, CG_A, 1);
  cg_arp(g, CG_B, 2);
  talk(g);
}

static void igmp(struct cg_s *g)
{
  uint8_t p[8] =
    {
      0x16, 0, 0, 0, 224, 1, 2, 3
    };

  cg_put16(p + 2, cg_csum(p, 8, 0));
  cg_ip(g, CG_A, 2, p, 8);
}

/* As a device with offloads has it.  tshark takes the sums for right. */

static void offload(struct cg_s *g)
{
  cg_open(g);
  g->with.open_csum = true;
  cg_say(g, CG_A, 20000);
  cg_ack(g, CG_B);
  cg_finish(g);
}

/* Two captures *************************************************************/

static void two_lossy(struct cg_s *g)
{
  unsigned int i;

  cg_open(g);
  g->with.lost = true;
  cg_say(g, CG_A, MSS);
  for (i = 1; i < 4; i++)
    {
      dropped(g, MSS);
      g->with.lost = i == 2;
      cg_sack(g, CG_B, 1 + MSS, 1 + (i + 1) * MSS);
    }

  cg_again(g, CG_A, 1, MSS);
  g->end[CG_B].rcv = g->end[CG_A].nxt;
  g->with.lost = true;
  cg_ack(g, CG_B);
  cg_wait(g, 250);
  cg_again(g, CG_A, 1 + 3 * MSS, MSS);
  cg_sack(g, CG_B, 1 + 3 * MSS, 1 + 4 * MSS);
  cg_finish(g);
}

/* Each of two SYNs is answered, though both came before the first answer */

static void two_syns(struct cg_s *g)
{
  g->with.twice = true;
  cg_seg(g, CG_A, CG_SYN, 0, 0, 0);
  cg_seg(g, CG_B, CG_SYN | CG_ACK, 0, 1, 0);
  cg_seg(g, CG_B, CG_SYN | CG_ACK, 0, 1, 0);
  cg_seg(g, CG_A, CG_ACK, 1, 1, 0);
  cg_seg(g, CG_A, CG_ACK, 1, 1, 0);
}

/* The answer is lost; the SYN comes again just when its time-out ends, so
 * there are two answers at once
 */

static void two_syn_acks(struct cg_s *g)
{
  cg_seg(g, CG_A, CG_SYN, 0, 0, 0);
  g->with.lost = true;
  cg_seg(g, CG_B, CG_SYN | CG_ACK, 0, 1, 0);
  cg_wait(g, 1000);
  cg_seg(g, CG_A, CG_SYN, 0, 0, 0);
  cg_seg(g, CG_B, CG_SYN | CG_ACK, 0, 1, 0);
  g->step = 0;
  cg_seg(g, CG_B, CG_SYN | CG_ACK, 0, 1, 0);
  g->step = 500;
  cg_seg(g, CG_A, CG_ACK, 1, 1, 0);
  cg_seg(g, CG_A, CG_ACK, 1, 1, 0);
}

/* A router in between has a smaller MTU, and refuses all that is under way in
 * one instant
 */

static void two_router(struct cg_s *g)
{
  unsigned int i;

  cg_open(g);
  g->step = 0;
  for (i = 0; i < 3; i++)
    {
      g->with.lost = true;
      dropped(g, MSS);
      g->nout = 1;
      quote(g, CG_B, 3, 4, 1000);
      g->nout = 2;
    }

  for (i = 0; i < 3 * MSS; i += 724)
    {
      cg_again(g, CG_A, 1 + i, 724);
    }

  g->step = 500;
  cg_ack(g, CG_B);
  cg_finish(g);
}

static void two_treated(struct cg_s *g)
{
  unsigned int i;

  cg_open(g);
  g->with.late = true;
  dropped(g, MSS);
  dropped(g, MSS);
  g->end[CG_B].rcv = 1 + 2 * MSS;
  cg_ack(g, CG_B);
  g->with.twice = true;
  cg_say(g, CG_A, MSS);
  cg_ack(g, CG_B);
  cg_sack(g, CG_B, 1 + 2 * MSS, 1 + 3 * MSS);
  g->with.damaged = true;
  dropped(g, MSS);
  cg_wait(g, 300);
  cg_again(g, CG_A, 1 + 3 * MSS, MSS);
  cg_ack(g, CG_B);
  for (i = 0; i < 30; i++)
    {
      cg_say(g, CG_A, MSS);
      cg_ack(g, CG_B);
    }

  cg_finish(g);
}

const struct scenario_s g_clean[] =
{
  {"basic", basic, SC_NEAR | SC_MTU, NULL},
  {"no-options", no_options, SC_NEAR, NULL},
  {"no-mss", no_mss, SC_NEAR, NULL},
  {"timeout", timeout, SC_NEAR, NULL},
  {"backoff", backoff, SC_NEAR, NULL},
  {"probe-and-backoff", probe_and_backoff, SC_NEAR, NULL},
  {"probe-of-new-data", probe_of_new_data, SC_NEAR, NULL},
  {"probe-without-sample", probe_without_sample, SC_NEAR, NULL},
  {"captured-late", captured_late, SC_NEAR, NULL},
  {"timeout-captured-late", timeout_captured_late, SC_NEAR, NULL},
  {"sent-before-acked", sent_before_acked, SC_NEAR, NULL},
  {"resegmented", resegmented, SC_NEAR, NULL},
  {"collapsed", collapsed, SC_NEAR, NULL},
  {"go-back", go_back, SC_NEAR, NULL},
  {"fast-resend", fast_resend, SC_NEAR, NULL},
  {"new-reno", new_reno, SC_NEAR, NULL},
  {"sack", sack, SC_NEAR, NULL},
  {"rack", rack, SC_NEAR, NULL},
  {"tail-probe", tail_probe, SC_NEAR, NULL},
  {"dsack", dsack, SC_NEAR, NULL},
  {"lost-before", lost_before, 0, NULL},
  {"reordered", reordered, 0, NULL},
  {"late-ack", late_ack, 0, NULL},
  {"doubled", doubled, 0, NULL},
  {"paws", paws, 0, NULL},
  {"wrap", wrap, SC_NEAR, NULL},
  {"window-closed", window_closed, SC_NEAR, NULL},
  {"window-taken-back", window_taken_back, SC_NEAR, NULL},
  {"keep-alive", keep_alive, SC_NEAR, NULL},
  {"both-open", both_open, SC_NEAR, NULL},
  {"both-close", both_close, SC_NEAR, NULL},
  {"half-close", half_close, SC_NEAR, NULL},
  {"fin-out-of-order", fin_out_of_order, SC_NEAR, NULL},
  {"fin-again", fin_again, SC_NEAR, NULL},
  {"syn-again", syn_again, SC_NEAR, NULL},
  {"syn-ack-again", syn_ack_again, 0, NULL},
  {"refused", refused, SC_NEAR, NULL},
  {"reset", reset, SC_NEAR, NULL},
  {"ports-again", ports_again, SC_NEAR, NULL},
  {"urgent", urgent, SC_NEAR, NULL},
  {"fragments", fragments, SC_NEAR | SC_MTU, NULL},
  {"datagrams", datagrams, SC_NEAR | SC_MTU, NULL},
  {"icmp", icmp, SC_NEAR, NULL},
  {"path-mtu", path_mtu, SC_NEAR, NULL},
  {"arp", arp, SC_NEAR, NULL},
  {"igmp", igmp, SC_NEAR, NULL},
  {"raw", basic, SC_NEAR | SC_RAW, NULL},
  {"offload", offload, SC_NEAR | SC_OFFLOAD | SC_MTU, NULL},
  {"two-basic", basic, SC_TWO, NULL},
  {"two-lossy", two_lossy, SC_TWO, NULL},
  {"two-syns", two_syns, SC_TWO, NULL},
  {"two-syn-acks", two_syn_acks, SC_TWO, NULL},
  {"two-router", two_router, SC_TWO, NULL},
  {"two-treated", two_treated, SC_TWO, NULL},
  {NULL, NULL, 0, NULL}
};
