/* tests/host/wirecheck/wc_tcp.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The header of a segment (RFC 9293 3.1), its options (RFC 2018, 7323), its
 * checksum.  What is no segment goes no further.
 */

#include <string.h>

#include "wirecheck.h"

#define HEADER      20
#define RESERVED    0x0e00           /* The bit behind them is that of AE */
#define MAX_WSCALE  14

#define OPT_END     0
#define OPT_NOP     1
#define OPT_MSS     2
#define OPT_WSCALE  3
#define OPT_SACKOK  4
#define OPT_SACK    5
#define OPT_TS      8

static void option_wrong(struct wc_s *w, const struct wc_seg_s *seg,
                         const uint8_t *opt, const char *why)
{
  if (seg->pkt->sender_here)
    {
      wc_found(w, seg->pkt->frame, NULL, WC_TCP_OPTION,
               "option %u of a segment from port %u: %s", opt[0], seg->sport,
               why);
    }
}

static void read_sack(struct wc_seg_s *seg, const uint8_t *opt, size_t len)
{
  size_t i;

  for (i = 2; i + 8 <= len && seg->nsack < WC_MAXSACK; i += 8)
    {
      seg->sack[seg->nsack].left  = wc_32(opt + i);
      seg->sack[seg->nsack].right = wc_32(opt + i + 4);
      seg->nsack++;
    }
}

/* What is wrong with an option, or NULL */

static const char *option(struct wc_seg_s *seg, const uint8_t *opt,
                          size_t len)
{
  static const uint8_t lengths[] =
  {
    0, 0, 4, 3, 2, 0, 0, 0, 10
  };

  bool syn = (seg->flags & WC_SYN) != 0;

  if (opt[0] < sizeof(lengths) && lengths[opt[0]] != 0 &&
      len != lengths[opt[0]])
    {
      return "its length";
    }

  switch (opt[0])
    {
      case OPT_MSS:
        seg->has_mss = true;
        seg->mss     = wc_16(opt + 2);
        return !syn ? "without SYN" : seg->mss == 0 ? "is 0" : NULL;

      case OPT_WSCALE:
        seg->has_wscale = true;
        seg->wscale     = opt[2] < MAX_WSCALE ? opt[2] : MAX_WSCALE;
        return !syn ? "without SYN" : opt[2] > MAX_WSCALE ? "is above 14" :
               NULL;

      case OPT_SACKOK:
        seg->sack_ok = true;
        return !syn ? "without SYN" : NULL;

      case OPT_SACK:
        read_sack(seg, opt, len);
        return len < 10 || len % 8 != 2 ? "its length" :
               syn ? "with SYN" : NULL;

      case OPT_TS:
        seg->has_ts = true;
        seg->tsval  = wc_32(opt + 2);
        seg->tsecr  = wc_32(opt + 6);
        return NULL;

      default:
        return NULL;
    }
}

static void read_options(struct wc_s *w, struct wc_seg_s *seg,
                         const uint8_t *opt, size_t len)
{
  const char *why;
  size_t i = 0;
  size_t n;

  while (i < len && opt[i] != OPT_END)
    {
      n = 1;
      if (opt[i] != OPT_NOP)
        {
          if (i + 1 >= len || opt[i + 1] < 2 || opt[i + 1] > len - i)
            {
              option_wrong(w, seg, opt + i, "its length");
              return;
            }

          n   = opt[i + 1];
          why = option(seg, opt + i, n);
          if (why != NULL)
            {
              option_wrong(w, seg, opt + i, why);
            }
        }

      i += n;
    }
}

/* False if it is no segment at all */

static bool header_ok(struct wc_s *w, const struct wc_pkt_s *pkt)
{
  const uint8_t *p = pkt->l4;
  unsigned int hlen = pkt->l4cap >= HEADER ? (p[12] >> 4) * 4u : 0;

  if (pkt->l4cap < HEADER && !pkt->whole)
    {
      return false;
    }

  if (pkt->l4len < HEADER || hlen < HEADER || hlen > pkt->l4len ||
      (wc_16(p + 12) & RESERVED) != 0 || wc_16(p) == 0 || wc_16(p + 2) == 0)
    {
      if (pkt->sender_here)
        {
          wc_found(w, pkt->frame, NULL, WC_TCP_HEADER, "a segment of %u "
                   "bytes with a header of %u, or a port or reserved bit "
                   "that must not be", pkt->l4len, hlen);
        }

      return false;
    }

  return hlen <= pkt->l4cap;
}

static void check_flags(struct wc_s *w, const struct wc_seg_s *seg)
{
  unsigned int set = seg->flags & (WC_SYN | WC_FIN | WC_RST | WC_ACK);

  if (((set & WC_SYN) && (set & (WC_FIN | WC_RST))) ||
      (set & (WC_SYN | WC_RST | WC_ACK)) == 0)
    {
      wc_found(w, seg->pkt->frame, NULL, WC_TCP_FLAGS,
               "flags 0x%02x in a segment from port %u to %u",
               seg->flags & 0xff, seg->sport, seg->dport);
    }
}

void wc_tcp(struct wc_s *w, struct wc_pkt_s *pkt)
{
  const uint8_t *p = pkt->l4;
  struct wc_seg_s seg;
  unsigned int hlen;

  if (!header_ok(w, pkt))
    {
      return;
    }

  memset(&seg, 0, sizeof(seg));
  hlen      = (p[12] >> 4) * 4u;
  seg.pkt   = pkt;
  seg.sport = wc_16(p);
  seg.dport = wc_16(p + 2);
  seg.seq   = wc_32(p + 4);
  seg.ack   = wc_32(p + 8);
  seg.flags = wc_16(p + 12) & 0x1ff;
  seg.wnd   = wc_16(p + 14);
  seg.data  = p + hlen;
  seg.len   = pkt->l4len - hlen;
  seg.optlen = hlen - HEADER;
  if (!wc_csum_ok(pkt, wc_16(p + 16)))
    {
      if (pkt->sender_here)
        {
          wc_found(w, pkt->frame, NULL, WC_TCP_CSUM, "a segment from port "
                   "%u to %u, checksum 0x%04x%s", seg.sport, seg.dport,
                   wc_16(p + 16), wc_16(p + 16) == wc_fold(wc_pseudo(pkt)) ?
                   " (it is left to the device: --offload)" : "");
        }

      return;
    }

  read_options(w, &seg, p + HEADER, seg.optlen);
  if (pkt->sender_here)
    {
      check_flags(w, &seg);
    }

  if ((seg.flags & (WC_SYN | WC_RST | WC_ACK)) != 0)
    {
      wc_flow(w, &seg);
    }
}
