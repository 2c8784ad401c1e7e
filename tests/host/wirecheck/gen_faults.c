/* tests/host/wirecheck/gen_faults.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Conversations with exactly one thing wrong in each.
 */

#include <string.h>

#include "scenarios.h"

#define MSS 1448

/* Sent, and not received behind the capture */

static void dropped(struct cg_s *g, unsigned int len)
{
  int64_t rcv = g->end[CG_B].rcv;

  cg_say(g, CG_A, len);
  g->end[CG_B].rcv = rcv;
}

/* The next frame has it; then all goes on */

static void rest(struct cg_s *g)
{
  cg_ack(g, CG_B);
  cg_finish(g);
}

/* 1. Data ******************************************************************/

static void data_differs(struct cg_s *g)
{
  cg_open(g);
  dropped(g, MSS);
  cg_wait(g, 250);
  g->with.data_xor = 1;
  cg_again(g, CG_A, 1, MSS);
  rest(g);
}

static void data_differs_cut_anew(struct cg_s *g)
{
  unsigned int i;

  cg_open(g);
  for (i = 0; i < 20; i++)
    {
      dropped(g, 1000);
    }

  cg_wait(g, 250);
  cg_again(g, CG_A, 1, 700);
  cg_ack(g, CG_B);
  for (i = 700; i < 20000; i += 1448)
    {
      unsigned int n = 20000 - i < 1448 ? 20000 - i : 1448;

      g->with.data_xor = i + 2 * 1448 > 20000 && n == 1448 ? 0x80 : 0;
      cg_again(g, CG_A, 1 + i, n);
    }

  rest(g);
}

/* 2. Frames ****************************************************************/

static void short_packet(struct cg_s *g)
{
  g->with.cut = 10;
  cg_udp(g, CG_A, 1000, 2000, 100);
}

static void short_arp(struct cg_s *g)
{
  g->with.cut = 8;
  cg_arp(g, CG_A, 1);
}

static void short_frame(struct cg_s *g)
{
  g->with.cut = 30;
  cg_arp(g, CG_A, 1);
}

static void trailer(struct cg_s *g)
{
  g->with.trailer = 4;
  cg_udp(g, CG_A, 1000, 2000, 100);
}

static void too_long(struct cg_s *g)
{
  cg_udp(g, CG_A, 1000, 2000, 1473);
}

static void arp_operation(struct cg_s *g)
{
  cg_arp(g, CG_A, 3);
}

static void arp_sender(struct cg_s *g)
{
  uint8_t p[28] =
    {
      0, 1, 8, 0, 6, 4, 0, 2, 2, 0, 0, 0, 0, 77, 10, 0, 0, 2
    };

  cg_frame(g, CG_A, 0x0806, p, sizeof(p));
}

static void arp_conflict(struct cg_s *g)
{
  cg_arp(g, CG_A, 1);
  g->end[CG_A].mac[5] = 99;
  cg_arp(g, CG_A, 1);
}

static void ip_version(struct cg_s *g)
{
  g->with.version = 5;
  cg_udp(g, CG_A, 1000, 2000, 100);
}

static void ip_ttl(struct cg_s *g)
{
  g->with.ttl = 1;
  cg_udp(g, CG_A, 1000, 2000, 100);
}

static void ip_reserved(struct cg_s *g)
{
  g->with.frag = 0x8000;
  cg_udp(g, CG_A, 1000, 2000, 100);
}

static void ip_csum(struct cg_s *g)
{
  cg_open(g);
  g->with.ip_xor = 0x0100;
  dropped(g, MSS);
  cg_wait(g, 250);
  cg_again(g, CG_A, 1, MSS);
  rest(g);
}

static void ip_multicast_source(struct cg_s *g)
{
  g->with.src = 0xe0000001;
  cg_udp(g, CG_A, 1000, 2000, 100);
}

static void ip_loopback(struct cg_s *g)
{
  g->with.src = 0x7f000001;
  cg_udp(g, CG_A, 1000, 2000, 100);
}

static const unsigned int g_order[] =
{
  0, 1, 1, 2
};

static void frag_overlap(struct cg_s *g)
{
  g->with.data_xor = 1;
  cg_fragments(g, CG_A, 4000, 1480, g_order, 3);
}

static void frag_length(struct cg_s *g)
{
  g->with.cut = 3;
  cg_fragments(g, CG_A, 4000, 1480, g_order, 2);
}

static void frag_two_ends(struct cg_s *g)
{
  static const unsigned int order[] =
  {
    2, 2
  };

  g->with.cut = 8;
  cg_fragments(g, CG_A, 4000, 1480, order, 2);
}

/* The sum of a datagram that came in fragments is wrong */

static void frag_sum(struct cg_s *g)
{
  static const unsigned int order[] =
  {
    2, 0, 1
  };

  g->with.data_xor = 4;
  cg_fragments(g, CG_A, 4000, 1480, order, 3);
}

static void icmp_csum(struct cg_s *g)
{
  g->with.csum_xor = 1;
  cg_icmp(g, CG_A, 8, 0, 0x10001, "abcdefgh", 8);
}

static void quote(struct cg_s *g, unsigned int from, int delta)
{
  uint8_t data[28];

  memcpy(data, g->frame + 14, sizeof(data));
  data[24] = (uint8_t)(data[24] + delta);
  cg_icmp(g, from, 3, 3, 0, data, sizeof(data));
}

static void icmp_about_error(struct cg_s *g)
{
  cg_udp(g, CG_A, 1000, 2000, 100);
  quote(g, CG_B, 0);
  quote(g, CG_A, 0);
}

static void icmp_short(struct cg_s *g)
{
  cg_icmp(g, CG_A, 3, 3, 0, "abcdefgh", 8);
}

static void icmp_quote_udp(struct cg_s *g)
{
  g->with.unseen = true;
  cg_udp(g, CG_A, 1000, 2000, 100);
  quote(g, CG_B, 0);
}

/* A number that was not sent by far */

static void icmp_quote_tcp(struct cg_s *g)
{
  cg_open(g);
  dropped(g, MSS);
  quote(g, CG_B, 16);
  cg_finish(g);
}

static void echo_nobody_asked(struct cg_s *g)
{
  cg_icmp(g, CG_A, 8, 0, 0x10001, "abcdefgh", 8);
  cg_icmp(g, CG_B, 0, 0, 0x10002, "abcdefgh", 8);
}

static void echo_of_other_data(struct cg_s *g)
{
  cg_icmp(g, CG_A, 8, 0, 0x10001, "abcdefgh", 8);
  cg_icmp(g, CG_B, 0, 0, 0x10001, "abcdefgH", 8);
}

static void igmp_csum(struct cg_s *g)
{
  static const uint8_t p[8] =
  {
    0x16, 0, 1, 2, 224, 1, 2, 3
  };

  cg_ip(g, CG_A, 2, p, 8);
}

static void udp_length(struct cg_s *g)
{
  static const uint8_t p[20] =
  {
    1, 1, 2, 2, 0, 30, 0, 0
  };

  cg_ip(g, CG_A, 17, p, 20);
}

static void udp_csum(struct cg_s *g)
{
  g->with.csum_xor = 0x10;
  cg_udp(g, CG_A, 1000, 2000, 100);
}

static void tcp_offset(struct cg_s *g)
{
  cg_open(g);
  g->with.offset = 4;
  dropped(g, MSS);
  cg_wait(g, 250);
  cg_again(g, CG_A, 1, MSS);
  rest(g);
}

static void tcp_reserved(struct cg_s *g)
{
  cg_open(g);
  g->with.reserved = 4;
  cg_seg(g, CG_A, CG_ACK, 1, 1, 0);
  cg_finish(g);
}

static void tcp_port(struct cg_s *g)
{
  cg_connection(g, 0);
  cg_seg(g, CG_A, CG_SYN, 0, 0, 0);
}

static void tcp_csum(struct cg_s *g)
{
  cg_open(g);
  g->with.csum_xor = 0x4000;
  dropped(g, MSS);
  cg_wait(g, 250);
  cg_again(g, CG_A, 1, MSS);
  rest(g);
}

static void syn_and_fin(struct cg_s *g)
{
  cg_seg(g, CG_A, CG_SYN | CG_FIN, 0, 0, 0);
}

static void no_flags(struct cg_s *g)
{
  cg_open(g);
  cg_seg(g, CG_A, 0, 1, 0, 0);
  cg_finish(g);
}

static void option(struct cg_s *g, const char *bytes, unsigned int n)
{
  memcpy(g->with.option, bytes, n);
  g->with.noption = n;
}

static void option_length(struct cg_s *g)
{
  option(g, "\2\5\1\1\1\1\1\1", 8);
  cg_open(g);
  cg_finish(g);
}

static void option_zero(struct cg_s *g)
{
  cg_open(g);
  option(g, "\1\1\77\0", 4);
  cg_ack(g, CG_A);
  cg_finish(g);
}

static void option_without_syn(struct cg_s *g)
{
  cg_open(g);
  option(g, "\2\4\5\264", 4);
  cg_ack(g, CG_A);
  cg_finish(g);
}

static void option_shift(struct cg_s *g)
{
  g->end[CG_A].wscale = 15;
  g->end[CG_A].wnd = 1;
  cg_open(g);
  cg_finish(g);
}

static void ts_left_out(struct cg_s *g)
{
  cg_open(g);
  g->with.no_ts = true;
  cg_say(g, CG_A, 100);
  rest(g);
}

static void ts_not_agreed(struct cg_s *g)
{
  g->end[CG_B].ts = false;
  cg_open(g);
  g->with.add_ts = true;
  cg_say(g, CG_A, 100);
  rest(g);
}

static void sack_not_agreed(struct cg_s *g)
{
  g->end[CG_A].sack = false;
  cg_open(g);
  dropped(g, MSS);
  dropped(g, MSS);
  cg_sack(g, CG_B, 1 + MSS, 1 + 2 * MSS);
  cg_again(g, CG_A, 1, MSS);
  g->end[CG_B].rcv = g->end[CG_A].nxt;
  rest(g);
}

static void scale_not_offered(struct cg_s *g)
{
  g->end[CG_A].wscale = -1;
  cg_seg(g, CG_A, CG_SYN, 0, 0, 0);
  option(g, "\1\3\3\2", 4);
  cg_seg(g, CG_B, CG_SYN | CG_ACK, 0, 1, 0);
}

static void too_long_segment(struct cg_s *g)
{
  cg_open(g);
  cg_say(g, CG_A, MSS + 1);
  rest(g);
}

/* 3. Numbers ***************************************************************/

static void beyond_window(struct cg_s *g)
{
  unsigned int i;

  g->end[CG_B].wnd = 2000;
  g->end[CG_B].wscale = 0;
  cg_open(g);
  for (i = 0; i < 2; i++)
    {
      cg_say(g, CG_A, 1001);
    }

  rest(g);
}

static void beyond_closed_window(struct cg_s *g)
{
  g->end[CG_B].wnd = 1000;
  g->end[CG_B].wscale = 0;
  cg_open(g);
  cg_say(g, CG_A, 1000);
  g->end[CG_B].wnd = 0;
  cg_ack(g, CG_B);
  cg_say(g, CG_A, 2);
  g->end[CG_B].wnd = 1000;
  rest(g);
}

static void window_shrinks(struct cg_s *g)
{
  cg_open(g);
  cg_say(g, CG_A, 100);
  g->end[CG_B].wnd = 1000;
  rest(g);
}

static void number_left_out(struct cg_s *g)
{
  cg_open(g);
  cg_say(g, CG_A, 100);
  cg_ack(g, CG_B);
  g->end[CG_A].nxt += 50;
  cg_say(g, CG_A, 100);
  cg_ack(g, CG_B);
}

static void old_number(struct cg_s *g)
{
  cg_open(g);
  cg_say(g, CG_A, 1000);
  cg_ack(g, CG_B);
  cg_seg(g, CG_A, CG_ACK, 500, 1, 0);
  cg_finish(g);
}

static void ack_of_nothing(struct cg_s *g)
{
  cg_open(g);
  cg_say(g, CG_A, 1000);
  cg_seg(g, CG_B, CG_ACK, 1, 1002, 0);
  rest(g);
}

static void ack_over_hole(struct cg_s *g)
{
  cg_open(g);
  g->with.lost = true;
  cg_say(g, CG_A, MSS);
  dropped(g, MSS);
  cg_seg(g, CG_B, CG_ACK, 1, 1 + 2 * MSS, 0);
}

static void ack_goes_back(struct cg_s *g)
{
  cg_open(g);
  cg_say(g, CG_A, 1000);
  cg_ack(g, CG_B);
  cg_say(g, CG_A, 1000);
  cg_ack(g, CG_B);
  cg_seg(g, CG_B, CG_ACK, 1, 1001, 0);
  cg_finish(g);
}

static void sack_reversed(struct cg_s *g)
{
  cg_open(g);
  dropped(g, MSS);
  dropped(g, MSS);
  cg_sack(g, CG_B, 1 + 2 * MSS, 1 + MSS);
  cg_wait(g, 250);
  cg_again(g, CG_A, 1, MSS);
  g->end[CG_B].rcv = g->end[CG_A].nxt;
  rest(g);
}

static void sack_at_ack(struct cg_s *g)
{
  cg_open(g);
  dropped(g, MSS);
  dropped(g, MSS);
  cg_sack(g, CG_B, 1, 1 + MSS);
  g->end[CG_B].rcv = g->end[CG_A].nxt;
  rest(g);
}

/* The last byte has not been sent */

static void sack_of_nothing(struct cg_s *g)
{
  cg_open(g);
  dropped(g, MSS);
  dropped(g, MSS);
  cg_sack(g, CG_B, 1 + MSS, 2 + 2 * MSS);
  cg_wait(g, 250);
  cg_again(g, CG_A, 1, MSS);
  g->end[CG_B].rcv = g->end[CG_A].nxt;
  rest(g);
}

static void dsack_of_one(struct cg_s *g)
{
  cg_open(g);
  cg_say(g, CG_A, MSS);
  cg_sack(g, CG_B, 1, 1 + MSS);
  cg_finish(g);
}

static void ts_goes_back(struct cg_s *g)
{
  cg_open(g);
  cg_say(g, CG_A, 1000);
  g->with.ts_delta = -50;
  cg_say(g, CG_A, 1000);
  g->end[CG_B].tsrecent += 50;
  rest(g);
}

static void ts_from_nowhere(struct cg_s *g)
{
  cg_open(g);
  g->with.ecr_delta = 77;
  cg_say(g, CG_A, 1000);
  rest(g);
}

static void ts_before_first(struct cg_s *g)
{
  cg_open(g);
  g->with.ecr_delta = -77;
  cg_say(g, CG_A, 1000);
  rest(g);
}

/* 4. Resends ***************************************************************/

static void too_early(struct cg_s *g)
{
  cg_open(g);
  dropped(g, MSS);
  dropped(g, MSS);
  cg_wait(g, 100);
  cg_again(g, CG_A, 1, MSS);
  g->end[CG_B].rcv = g->end[CG_A].nxt;
  rest(g);
}

/* Two duplicates are not three, and without SACK there is nothing else */

static void two_duplicates(struct cg_s *g)
{
  unsigned int i;

  g->end[CG_A].sack = false;
  cg_open(g);
  dropped(g, MSS);
  for (i = 0; i < 2; i++)
    {
      dropped(g, MSS);
      cg_ack(g, CG_B);
    }

  dropped(g, MSS);
  cg_again(g, CG_A, 1, MSS);
  g->end[CG_B].rcv = g->end[CG_A].nxt;
  rest(g);
}

/* A second probe of the same tail, which is for the time-out to do */

static void probe_twice(struct cg_s *g)
{
  cg_open(g);
  cg_say(g, CG_A, MSS);
  cg_ack(g, CG_B);
  dropped(g, MSS);
  cg_wait(g, 20);
  cg_seg(g, CG_A, CG_ACK, 1 + MSS, 1, MSS);
  cg_wait(g, 20);
  cg_again(g, CG_A, 1 + MSS, MSS);
  rest(g);
}

static void no_backoff(struct cg_s *g)
{
  cg_open(g);
  dropped(g, MSS);
  dropped(g, MSS);
  cg_wait(g, 200);
  cg_seg(g, CG_A, CG_ACK, 1, 1, MSS);
  cg_wait(g, 200);
  cg_again(g, CG_A, 1, MSS);
  g->end[CG_B].rcv = g->end[CG_A].nxt;
  rest(g);
}

/* The first may have been a probe, but not the second */

static void no_backoff_of_tail(struct cg_s *g)
{
  unsigned int i;

  cg_open(g);
  dropped(g, MSS);
  for (i = 0; i < 3; i++)
    {
      cg_wait(g, 200);
      cg_seg(g, CG_A, CG_ACK, 1, 1, MSS);
    }

  g->end[CG_B].rcv = 1 + MSS;
  rest(g);
}

/* Its timestamps say the same */

static void too_early_by_timestamps(struct cg_s *g)
{
  cg_open(g);
  dropped(g, MSS);
  dropped(g, MSS);
  cg_wait(g, 100);
  g->with.ts_delta = 50;
  cg_again(g, CG_A, 1, MSS);
  g->end[CG_B].rcv = g->end[CG_A].nxt;
  cg_wait(g, 60);
  rest(g);
}

static void syn_backoff(struct cg_s *g)
{
  unsigned int i;

  for (i = 0; i < 7; i++)
    {
      cg_seg(g, CG_A, CG_SYN, 0, 0, 0);
      cg_wait(g, i == 5 ? 1000 : 1000 << i);
    }
}

static void acked_again(struct cg_s *g)
{
  cg_open(g);
  cg_say(g, CG_A, MSS);
  cg_ack(g, CG_B);
  cg_wait(g, 1000);
  cg_again(g, CG_A, 1, MSS);
  cg_sack(g, CG_B, 1, 1 + MSS);
  cg_finish(g);
}

/* All but the first have been reported, and are sent again */

static void storm(struct cg_s *g)
{
  int64_t i;

  cg_open(g);
  for (i = 0; i < 40; i++)
    {
      dropped(g, MSS);
    }

  cg_sack(g, CG_B, 1 + MSS, 1 + 40 * MSS);
  cg_wait(g, 20);
  for (i = 0; i < 20; i++)
    {
      cg_seg(g, CG_A, CG_ACK, 1 + i * MSS, 1, MSS);
    }

  g->end[CG_B].rcv = g->end[CG_A].nxt;
  rest(g);
}

/* It is never sent again, though its sender lives */

static void nothing_done(struct cg_s *g)
{
  cg_open(g);
  dropped(g, MSS);
  cg_wait(g, 20000);
  cg_udp(g, CG_A, 1000, 2000, 10);
}

/* 5. Start and end *********************************************************/

static void syn_ack_number(struct cg_s *g)
{
  cg_seg(g, CG_A, CG_SYN, 0, 0, 0);
  cg_seg(g, CG_B, CG_SYN | CG_ACK, 0, 2, 0);
  cg_seg(g, CG_A, CG_RST, 2, 0, 0);
}

static void syn_in_connection(struct cg_s *g)
{
  cg_open(g);
  cg_say(g, CG_A, 100);
  cg_ack(g, CG_B);
  cg_wait(g, 10);
  g->end[CG_A].isn += 30000;
  cg_seg(g, CG_A, CG_SYN, 0, 0, 0);
  g->end[CG_A].isn -= 30000;
}

static void data_before_syn(struct cg_s *g)
{
  cg_seg(g, CG_A, CG_SYN, 0, 0, 0);
  cg_seg(g, CG_A, CG_ACK, 1, 1, 100);
}

static void data_of_nobody(struct cg_s *g)
{
  cg_seg(g, CG_A, CG_SYN, 0, 0, 0);
  cg_seg(g, CG_B, CG_ACK, 1, 1, 100);
}

static void fin_moves(struct cg_s *g)
{
  cg_open(g);
  cg_seg(g, CG_A, CG_FIN | CG_ACK, 1, 1, 100);
  cg_wait(g, 250);
  cg_seg(g, CG_A, CG_FIN | CG_ACK, 1, 1, 99);
}

static void data_behind_fin(struct cg_s *g)
{
  cg_open(g);
  cg_seg(g, CG_A, CG_FIN | CG_ACK, 1, 1, 0);
  g->end[CG_A].nxt = 2;
  g->end[CG_B].rcv = 2;
  cg_ack(g, CG_B);
  cg_say(g, CG_A, 100);
}

static void alive_after_reset(struct cg_s *g)
{
  cg_open(g);
  cg_seg(g, CG_A, CG_RST | CG_ACK, 1, 1, 0);
  cg_say(g, CG_A, 100);
}

static void reset_number(struct cg_s *g)
{
  cg_open(g);
  cg_seg(g, CG_A, CG_RST | CG_ACK, 40000, 1, 0);
}

/* A good datagram that arrives and was not sent */

static void from_nowhere(struct cg_s *g)
{
  unsigned int i;

  cg_open(g);
  for (i = 0; i < 5; i++)
    {
      cg_say(g, CG_A, 1000);
      cg_ack(g, CG_B);
    }

  g->nout = 1;
  cg_udp(g, CG_B, 1000, 2000, 10);
  g->nout = 2;
  cg_finish(g);
}

const struct scenario_s g_faults[] =
{
  {"data-differs", data_differs, SC_NEAR, "data-differ"},
  {"data-differs-far", data_differs, 0, "data-differ"},
  {"data-differs-cut-anew", data_differs_cut_anew, SC_NEAR, "data-differ"},
  {"data-differs-two", data_differs, SC_TWO, "data-differ"},
  {"short-packet", short_packet, SC_NEAR, "frame-short"},
  {"short-arp", short_arp, SC_NEAR, "frame-short"},
  {"short-frame", short_frame, SC_NEAR, "frame-short"},
  {"trailer", trailer, SC_NEAR, "frame-trailer"},
  {"too-long", too_long, SC_NEAR | SC_MTU, "frame-mtu"},
  {"arp-operation", arp_operation, SC_NEAR, "arp-form"},
  {"arp-sender", arp_sender, SC_NEAR, "arp-form"},
  {"arp-conflict", arp_conflict, SC_NEAR, "arp-conflict"},
  {"ip-version", ip_version, SC_NEAR, "ip-header"},
  {"ip-ttl", ip_ttl, SC_NEAR, "ip-header"},
  {"ip-reserved", ip_reserved, SC_NEAR, "ip-header"},
  {"ip-csum", ip_csum, SC_NEAR, "ip-csum"},
  {"ip-csum-two", ip_csum, SC_TWO, "ip-csum"},
  {"ip-multicast-source", ip_multicast_source, SC_NEAR, "ip-address"},
  {"ip-loopback", ip_loopback, SC_NEAR, "ip-address"},
  {"frag-overlap", frag_overlap, SC_NEAR, "ip-frag"},
  {"frag-length", frag_length, SC_NEAR, "ip-frag"},
  {"frag-two-ends", frag_two_ends, SC_NEAR, "ip-frag"},
  {"frag-sum", frag_sum, SC_NEAR, "udp-csum"},
  {"icmp-csum", icmp_csum, SC_NEAR, "icmp-csum"},
  {"icmp-about-error", icmp_about_error, SC_NEAR, "icmp-form"},
  {"icmp-short", icmp_short, SC_NEAR, "icmp-form"},
  {"icmp-quote-udp", icmp_quote_udp, SC_NEAR, "icmp-quote"},
  {"icmp-quote-tcp", icmp_quote_tcp, SC_NEAR, "icmp-quote"},
  {"echo-nobody-asked", echo_nobody_asked, SC_NEAR, "icmp-echo"},
  {"echo-of-other-data", echo_of_other_data, SC_NEAR, "icmp-echo"},
  {"igmp-csum", igmp_csum, SC_NEAR, "igmp-csum"},
  {"udp-length", udp_length, SC_NEAR, "udp-length"},
  {"udp-csum", udp_csum, SC_NEAR, "udp-csum"},
  {"tcp-offset", tcp_offset, SC_NEAR, "tcp-header"},
  {"tcp-reserved", tcp_reserved, SC_NEAR, "tcp-header"},
  {"tcp-port", tcp_port, SC_NEAR, "tcp-header"},
  {"tcp-csum", tcp_csum, SC_NEAR, "tcp-csum"},
  {"tcp-csum-two", tcp_csum, SC_TWO, "tcp-csum"},
  {"syn-and-fin", syn_and_fin, SC_NEAR, "tcp-flags"},
  {"no-flags", no_flags, SC_NEAR, "tcp-flags"},
  {"option-length", option_length, SC_NEAR, "tcp-option"},
  {"option-zero", option_zero, SC_NEAR, "tcp-option"},
  {"option-without-syn", option_without_syn, SC_NEAR, "tcp-option"},
  {"option-shift", option_shift, SC_NEAR, "tcp-option"},
  {"ts-left-out", ts_left_out, SC_NEAR, "tcp-negotiate"},
  {"ts-not-agreed", ts_not_agreed, SC_NEAR, "tcp-negotiate"},
  {"sack-not-agreed", sack_not_agreed, SC_NEAR, "tcp-negotiate"},
  {"scale-not-offered", scale_not_offered, SC_NEAR, "tcp-negotiate"},
  {"too-long-segment", too_long_segment, SC_NEAR, "tcp-mss"},
  {"beyond-window", beyond_window, SC_NEAR, "window"},
  {"beyond-closed-window", beyond_closed_window, SC_NEAR, "window"},
  {"beyond-window-two", beyond_window, SC_TWO, "window"},
  {"window-shrinks", window_shrinks, SC_NEAR, "window-shrink"},
  {"number-left-out", number_left_out, SC_NEAR, "seq-gap"},
  {"old-number", old_number, SC_NEAR, "seq-back"},
  {"ack-of-nothing", ack_of_nothing, SC_NEAR, "ack-unsent"},
  {"ack-of-nothing-far", ack_of_nothing, 0, "ack-unsent"},
  {"ack-over-hole", ack_over_hole, SC_TWO, "ack-hole"},
  {"ack-goes-back", ack_goes_back, SC_NEAR, "ack-back"},
  {"ack-goes-back-far", ack_goes_back, 0, "ack-back"},
  {"sack-reversed", sack_reversed, SC_NEAR, "sack-form"},
  {"sack-at-ack", sack_at_ack, SC_NEAR, "sack-form"},
  {"sack-of-nothing", sack_of_nothing, SC_NEAR, "sack-false"},
  {"dsack-of-one", dsack_of_one, SC_NEAR, "dsack-false"},
  {"ts-goes-back", ts_goes_back, SC_NEAR, "ts-back"},
  {"ts-goes-back-far", ts_goes_back, 0, "ts-back"},
  {"ts-from-nowhere", ts_from_nowhere, SC_NEAR, "ts-echo"},
  {"ts-before-first", ts_before_first, SC_NEAR, "ts-echo"},
  {"too-early", too_early, SC_NEAR, "resend-cause"},
  {"too-early-two", too_early, SC_TWO, "resend-cause"},
  {"two-duplicates", two_duplicates, SC_NEAR, "resend-cause"},
  {"probe-twice", probe_twice, SC_NEAR, "resend-cause"},
  {"no-backoff", no_backoff, SC_NEAR, "resend-backoff"},
  {"no-backoff-of-tail", no_backoff_of_tail, SC_NEAR, "resend-backoff"},
  {"too-early-by-timestamps", too_early_by_timestamps, SC_NEAR,
   "resend-cause"},
  {"syn-backoff", syn_backoff, SC_NEAR, "resend-backoff"},
  {"acked-again", acked_again, SC_NEAR, "resend-acked"},
  {"storm", storm, SC_NEAR, "resend-storm"},
  {"nothing-done", nothing_done, SC_NEAR, "resend-missing"},
  {"syn-ack-number", syn_ack_number, SC_NEAR, "syn-ack"},
  {"syn-in-connection", syn_in_connection, SC_NEAR, "syn-again"},
  {"data-before-syn", data_before_syn, SC_NEAR, "state-data"},
  {"data-of-nobody", data_of_nobody, SC_NEAR, "state-data"},
  {"fin-moves", fin_moves, SC_NEAR, "fin-moved"},
  {"data-behind-fin", data_behind_fin, SC_NEAR, "fin-beyond"},
  {"alive-after-reset", alive_after_reset, SC_NEAR, "after-rst"},
  {"reset-number", reset_number, SC_NEAR, "rst-seq"},
  {"from-nowhere", from_nowhere, SC_TWO, "not-sent"},
  {NULL, NULL, 0, NULL}
};
