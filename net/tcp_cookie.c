/* net/tcp_cookie.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * SYN cookies (RFC 4987 3.6): when the SYN queue is full, a handshake is
 * kept in no memory at all.  The initial sequence number of the SYN-ACK is
 * made of what must be remembered, and comes back in the peer's ACK.
 *
 *   ISS = H1 + IRS + (t << 24) + ((H2(t) + m) mod 2^24)
 *
 * H1 and H2 are keyed hashes of addresses and ports, H2 also of t, which
 * counts periods of 64 seconds: a cookie is good in the period in which it
 * was made and in the next.  m is a row of a table of segment sizes.  Whoever
 * did not see the SYN-ACK has 1 in 2^20 at guessing one.
 *
 * Window scale and SACK fit nowhere in that; they go into the six lowest bits
 * of our timestamp, if the peer sends timestamps, and are echoed in its ACK.
 * A peer without timestamps gets neither.
 */

#include <nuttx/config.h>

#include "conn.h"
#include "net.h"
#include "tcp.h"
#include "tcp_listen.h"

#define COOKIE_PERIOD (64 * NET_SEC)
#define COOKIE_AGES   2              /* Periods in which one is good */
#define COOKIE_MASK   0xffffffu

/* In the timestamp */

#define TS_BITS       0x3fu
#define TS_NO_WSCALE  0x0fu
#define TS_SACK       0x10u

/* The largest that is not above the peer's is used */

static const uint16_t g_cookie_mss[] =
{
  216, 536, 1200, 1360, 1440, 1460, 4312, 8960
};

static uint32_t cookie_period(void)
{
  return (uint32_t)(net_now() / COOKIE_PERIOD);
}

static uint32_t cookie_hash(const struct tcp_seg_s *seg, uint32_t which,
                            uint32_t period)
{
  struct
  {
    struct netaddr_s src;
    struct netaddr_s dst;
    uint16_t sport;
    uint16_t dport;
    uint32_t which;
    uint32_t period;
  }
  key =
  {
    seg->rx->src, seg->rx->dst, seg->sport, seg->dport, which, period
  };

  return (uint32_t)net_hash(&key, sizeof(key));
}

static unsigned int mss_row(uint16_t mss)
{
  unsigned int row = nitems(g_cookie_mss) - 1;

  while (row > 0 && g_cookie_mss[row] > mss)
    {
      row--;
    }

  return row;
}

/* Our timestamp, with what is to be remembered; never later than now */

static uint32_t cookie_ts(const struct tcp_shake_s *shake, uint32_t now)
{
  uint32_t ts = (now & ~TS_BITS) | (shake->sack ? TS_SACK : 0) |
                (shake->wscale ? shake->snd_wscale : TS_NO_WSCALE);

  return SEQ_GT(ts, now) ? ts - (TS_BITS + 1) : ts;
}

uint32_t tcp_cookie_iss(const struct tcp_seg_s *seg,
                        const struct tcp_shake_s *shake)
{
  uint32_t period = cookie_period();

  return cookie_hash(seg, 1, 0) + shake->irs + (period << 24) +
         ((cookie_hash(seg, 2, period) + mss_row(shake->peermss)) &
          COOKIE_MASK);
}

void tcp_cookie_send(struct tcp_listen_s *l, const struct tcp_seg_s *seg,
                     struct tcp_shake_s *shake)
{
  struct tcp_opts_s opts;

  if (!shake->ts)
    {
      shake->wscale = false;
      shake->sack   = false;
    }

  shake->iss = tcp_cookie_iss(seg, shake);
  tcp_synack_opts(l, shake, seg->rx, &opts);
  opts.tsval = cookie_ts(shake, opts.tsval);

  l->cookie_time = net_now();
  g_net.stats.tcp.syncookiessent++;
  tcp_send_reply(seg->rx, seg->dport, seg->sport, shake->iss, shake->irs + 1,
                 TCPF_SYN | TCPF_ACK, shake->wnd, &opts);
}

/* What a good cookie says; false: it is none of ours, or too old */

static bool cookie_read(const struct tcp_seg_s *seg, unsigned int *row)
{
  uint32_t irs = seg->seq - 1;
  uint32_t value = seg->ack - 1 - cookie_hash(seg, 1, 0) - irs;
  uint32_t period = cookie_period();
  uint32_t age = (period - (value >> 24)) & 0xff;

  if (age >= COOKIE_AGES || age > period)
    {
      return false;
    }

  *row = (value - cookie_hash(seg, 2, period - age)) & COOKIE_MASK;
  return *row < nitems(g_cookie_mss);
}

bool tcp_cookie_check(struct tcp_listen_s *l, const struct tcp_seg_s *seg,
                      struct tcp_shake_s *shake)
{
  unsigned int row;
  uint32_t ts;

  /* Who sends none does not take any */

  if (l->cookie_time == 0 ||
      net_now() - l->cookie_time > COOKIE_AGES * COOKIE_PERIOD)
    {
      return false;
    }

  if (!cookie_read(seg, &row))
    {
      g_net.stats.tcp.syncookiesfailed++;
      return false;
    }

  g_net.stats.tcp.syncookiesrecv++;
  shake->irs     = seg->seq - 1;
  shake->iss     = seg->ack - 1;
  shake->peermss = g_cookie_mss[row];
  shake->ts      = seg->opts.has_ts;
  shake->sack    = false;
  shake->wscale  = false;
  shake->snd_wscale = 0;
  shake->ts_recent  = seg->opts.tsval;

  if (shake->ts)
    {
      ts = seg->opts.tsecr & TS_BITS;
      shake->sack   = (ts & TS_SACK) != 0;
      shake->wscale = (ts & TS_NO_WSCALE) != TS_NO_WSCALE;
      shake->snd_wscale = shake->wscale ? ts & TS_NO_WSCALE : 0;
    }

  return true;
}
